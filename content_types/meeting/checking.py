"""Checking logs, rolls, results and archive files (核对) for ``yitang check``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from content_types.meeting import joined_units
from content_types.meeting.counting import ROLL_LEAF
from content_types.meeting.paper.checking import check_papers
from content_types.meeting.roll import meeting_id
from portal import catalog
from portal.errors import ConfigurationError
from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.meeting_keys import key_fault
from portal.rules.errors import RuleError
from portal.rules.profile_files import digest


def check_logs(request: Any) -> Iterator[tuple[str, str]]:
    """Yield for every vote what is wrong with its log or roll, empty when nothing is."""
    for meeting in catalog.each(request, types=("meeting",), everything=True):
        if meeting.ballot_box is not None:
            yield f"log {meeting.ballot_box.meeting_id}", fault_of(meeting)


def fault_of(meeting: Any) -> str:
    """Derive the log again from settings, roll and sealed ballots; return the first fault."""
    box = meeting.ballot_box
    leaves = {index: canonical(envelope) for index, _, envelope in box.envelopes()}
    fsck = box.log.fsck(leaves.get, [box.signing_key])
    if not fsck.ok:
        return str(fsck.problem)
    if not (box.is_secret and not box.is_mixed) and len(box.sequence) != box.turnout.ballots:
        return f"turnout says {box.turnout.ballots} ballots, the log holds {len(box.sequence)}"
    fault = (
        box.place_fault()
        or box.roll.fault(box.meeting_id, box.log.leaf(ROLL_LEAF))
        or joined_units.fault(box)
    )
    if fault:
        return str(fault)
    logged = set(box.log.kept.values())
    for one in meeting.results:
        if canonical(one.record) not in logged or canonical(one.settings) not in logged:
            return f"result {one.version} is not the one in the log"
    if meeting.result is not None:
        last = meeting.result.record["version"]
        if last != len(meeting.results):
            return f"the newest result has version {last} of {len(meeting.results)}"
    return ""


def check_keys(request: Any) -> Iterator[tuple[str, str]]:
    """Yield for every vote whether its signing key is certified by the site and can still sign."""
    for meeting in catalog.each(request, types=("meeting",), everything=True):
        box = meeting.ballot_box
        if box is None:
            continue
        yield f"signing key {box.meeting_id}", _key_fault(box, request.registry)


def _key_fault(box: Any, registry: Any) -> str:
    fault = key_fault(box.signing_key, box.meeting_id, registry.signer.key_id)
    if fault:
        return fault
    try:
        box.signer(registry)
    except (ConfigurationError, EvidenceError) as error:
        return str(error)
    return ""


def check_profiles(request: Any) -> Iterator[tuple[str, str]]:
    """Yield for every meeting whether it still has the rules it was launched with (SZ-35)."""
    for meeting in catalog.each(request, types=("meeting",), everything=True):
        if meeting.pinned is not None:
            yield f"rules of {meeting_id(meeting)}", _rules_fault(meeting, request.registry)


def _rules_fault(meeting: Any, registry: Any) -> str:
    """Return what is wrong with the rules a meeting keeps, or with the file they came from."""
    try:
        profile = meeting.profile
    except RuleError:
        return "the kept text does not have its digest"
    box = meeting.ballot_box
    if box is not None and box.profile_digest != f"sha256:{meeting.pinned.digest}":
        return "the vote was opened with other rules"
    file = registry.profiles.get(profile.id)
    if file is not None and file.label == profile.label and digest(file) != meeting.pinned.digest:
        return f"the file of {profile.label} was changed without a new version"
    return ""


def check_files(request: Any) -> Iterator[tuple[str, str]]:
    """Yield for every file of an archive which of its parts were changed."""
    found = catalog.find(request, types=("record_file",), everything=True, limit=100_000)
    for record in found:
        changed = "、".join(record.faults(request.vault))
        yield f"file {record.__name__} of {record.community.__name__}", changed


def includeme(config: Any) -> None:
    """Add the checks."""
    config.registry.integrity_checks += [
        check_logs,
        check_keys,
        check_papers,
        check_profiles,
        check_files,
    ]
