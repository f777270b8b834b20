"""Counting (计票): a job after the close opens the ballots and writes a result, or says why not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.meeting import Meeting, corrections, joined_units
from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.opening import count_job
from content_types.meeting.paper.joining import joined
from content_types.meeting.paper.opening import awaits_paper
from content_types.meeting.result import Result
from content_types.meeting.sequencing import sequence
from portal import audit, clock, workflow
from portal.content import by_oid, oid
from portal.errors import USER_ERRORS, PortalError
from portal.evidence import records, seal
from portal.evidence.canonical import EvidenceError, Record, canonical, digest
from portal.evidence.outcome import outcome
from portal.evidence.promise import milliseconds
from portal.outbox import job
from portal.security import Permission

# Leaves of the log that stand before the first ballot.
SETTINGS_LEAF, ROLL_LEAF = 0, 1


@dataclass(frozen=True)
class CountFailure:
    """The count stopped; nothing of it is kept. ``reason`` names no choice and no person."""

    at: datetime
    reason: str


@job("meeting.count", forever=True)
def count_meeting(request: Any, meeting: int) -> None:
    """Count a closed vote and take it to ``counted``; a fault is noted and leaves no result."""
    item = by_oid(request.site, meeting)
    if item.workflow_state != "counting" or awaits_paper(item):
        return
    if item.result is None or corrections.waiting(item):
        sequence(item, request)
        if not item.ballot_box.can_be_opened:
            return  # The trustees' keys are waited for; the last of them asks again.
        try:
            write(item, request)
        except (EvidenceError, *USER_ERRORS) as error:
            item.count_failure = CountFailure(clock.now(), str(error))
            item.remember(workflow.SYSTEM, "count_failed", comment=str(error))
            audit.record(request, "meeting.count_failed", item, reason=str(error))
            return
    workflow.transition(item, "finish_count", request, system=True)


def write(meeting: Any, request: Any) -> Result:
    """Count, log the key release and the result, and add the result version to the meeting.

    Everything is computed before anything is written. Raises EvidenceError or RuleError.
    """
    box: BallotBox = meeting.ballot_box
    started = clock.now()
    releases = box.releases(request.registry.kek)
    check_log(box, request)
    openings = opened(box, seal.opener(box.sealing, releases))
    cast = joined(meeting, openings, request.registry, corrections.excluded(meeting))
    settings: Record = json.loads(box.log.leaf(SETTINGS_LEAF))
    record = result_of(
        box,
        settings,
        cast.counted,
        version=len(meeting.results) + 1,
        received=cast.openings,
        excluded=cast.excluded,
    )
    released = records.keys_released(box.meeting_id, releases)
    log = _count_log(box, settings, record, released, started)
    result = Result(record, settings, log, corrections=len(meeting.corrections))
    if not meeting.results:
        box.log.append(canonical(released))
    box.log.append(canonical(record))
    box.log.head(box.signer(request.registry), clock.now())
    meeting.results = (*meeting.results, result)
    # Not stored: spares the publication, in this same transaction, opening every ballot again.
    meeting._v_casts = cast.casts  # noqa: SLF001
    meeting.count_failure = None
    audit.record(
        request,
        "meeting.count",
        meeting,
        after=record,
        ballots=len(cast.casts),
        digest=result.digest,
    )
    return result


def check_log(box: BallotBox, request: Any) -> None:
    """Derive log and roll again from what is stored; EvidenceError names the first fault."""
    leaves = {index: canonical(envelope) for index, _, envelope in box.envelopes()}
    fsck = box.log.fsck(leaves.get, [box.signing_key])
    if not fsck.ok:
        raise EvidenceError(fsck.problem)
    fault = box.roll.fault(box.meeting_id, box.log.leaf(ROLL_LEAF)) or joined_units.fault(box)
    if fault:
        raise EvidenceError(fault)


def opened(box: BallotBox, opener: Any) -> list[Record]:
    """Open every ballot of the log, in its order; each must be of the right it was cast for."""
    found = []
    if box.is_secret:
        found = [seal.open_ballot(one, opener, box.profile_digest) for _, _, one in box.envelopes()]
        check_weights(box, found)
        return found
    for index, key, envelope in box.envelopes():
        ballot = seal.open_ballot(envelope, opener, box.profile_digest)
        right = box.roll.rights[key]
        if tuple(ballot["units"]) != box.sealed_units(right):
            msg = f"ballot at leaf {index} is of other units than its slot"
            raise EvidenceError(msg)
        found.append(ballot)
    return found


def result_of(
    box: BallotBox,
    settings: Record,
    openings: list[Record],
    *,
    version: int,
    received: list[Record] | None = None,
    excluded: Iterable[Record] = (),
) -> Record:
    """Return the result record of a box.

    ``openings`` count; ``received`` are all ballots of the log, where ``excluded`` ones are more.
    """
    return outcome(
        box.meeting_id,
        settings,
        openings,
        openings if received is None else received,
        area_of=partial(_area, box),
        totals=box.roll.totals,
        version=version,
        counted_at=clock.now(),
        excluded=excluded,
    )


def check_weights(box: BallotBox, ballots: list[Record]) -> None:
    """Hold opened secret ballots against the rights that voted; EvidenceError when they differ."""
    cast = [right for right in box.roll.rights.values() if box.slots[right.key].is_cast]
    marked = Counter(right.area_of(box.cast_units(right)) for right in cast)
    if Counter(ballot["weight"][1] for ballot in ballots) != marked:
        msg = "the ballots weigh something else than the rights that voted"
        raise EvidenceError(msg)
    if len({ballot["tracker"] for ballot in ballots}) != len(ballots):
        msg = "a tracker stands twice"
        raise EvidenceError(msg)


def unit_table(box: BallotBox, openings: list[Record]) -> list[Record]:
    """Return the per-unit table (分户结果统计表) in the order of the roll.

    Of a secret vote it says only which units voted.
    """
    if box.is_secret:
        return records.unit_marks(list(box.roll.entries()), box.voted_units())
    return records.unit_results(list(box.roll.entries()), openings)


def _area(box: BallotBox, ballot: Record) -> int:
    if box.is_secret:
        return int(ballot["weight"][1])
    right = box.roll.right_of(ballot["units"][0])
    if right is None:
        msg = "a ballot names a unit outside the roll"
        raise EvidenceError(msg)
    return right.area_of(ballot["units"])


def _count_log(
    box: BallotBox, settings: Record, record: Record, released: Record, started: datetime
) -> Record:
    (head,) = box.log.heads(last=1)
    return {
        "type": "count-log",
        "v": 1,
        "meeting": box.meeting_id,
        "version": record["version"],
        "started_at": milliseconds(started),
        "finished_at": record["counted_at"],
        "profile": settings["profile"],
        "rules": [
            {name: motion["rule"][name] for name in ("rule", "category", "matter")}
            | {"motion": motion["motion"]}
            for motion in settings["motions"]
        ],
        "inputs": {
            "settings": digest(canonical(settings)),
            "roll": digest(box.log.leaf(ROLL_LEAF) or b""),
            "release": released["release"],
            "ballots": sum(row["ballots"] for row in record["channels"]),
            "log_size": head["size"],
            "log_root": f"sha256:{head['root_sha256']}",
        },
        "excluded": record["excluded"],
        "result": digest(canonical(record)),
    }


@view_config(
    context=Meeting,
    name="recount",
    request_method="POST",
    permission=Permission.MEETING_RUN.value,
)
def try_again(context: Meeting, request: Any) -> Any:
    """Let a count that failed run again."""
    if context.workflow_state != "counting" or context.count_failure is None:
        raise PortalError("count.nothing_to_repeat", status=409)
    context.count_failure = None
    request.site.outbox.put(count_job(context), {"meeting": oid(context)})
    audit.record(request, "meeting.recount", context)
    request.session.flash(["info", "count.again"])
    return HTTPSeeOther(request.resource_path(context))
