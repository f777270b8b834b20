"""Journal of promises (承诺流水): a line for each ballot a voter was promised, beside the database.

A backup that is put back knows no ballot cast after it was made; the journal names each of them. It
serves best on another medium than the database (``yitang.promises``). Secret ballots are not in it:
a leaf beside its time would join them to their voters.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.slots import Slot
from portal import catalog, clock
from portal.evidence.canonical import EvidenceError, Record, canonical
from portal.evidence.keys import verify_record
from portal.evidence.promise import leaf_digests, promise
from portal.evidence.verifier.container import parse
from portal.evidence.verifier.report import MALFORMED, ProblemError

log = logging.getLogger(__name__)

HASH_BYTES = 32
BLOCK = 65_536
TIME = re.compile(rb'"time":(\d+)')
LEAF = re.compile(rb'"sha256":"([0-9a-f]{64})"')


def note(request: Any, box: BallotBox, envelope: Record, now: datetime) -> None:
    """Write the promise of a ballot into the journal as soon as it is committed."""
    if box.is_secret:
        return
    line = _line(request, box, envelope, now)
    request.tm.get().addAfterCommitHook(_append, (journal_of(box, request.registry), line))


def note_again(request: Any, box: BallotBox, slot: Slot) -> None:
    """Note a ballot whose form came again: a process may die between commit and journal.

    A logged ballot is not looked for, because `complete` wrote its line before the log took it.
    """
    if slot.index is not None:
        return
    for envelope, at in _not_noted(request, box, [slot]):
        note(request, box, envelope, at)


def complete(request: Any, box: BallotBox, slots: list[Slot]) -> None:
    """Write at once what is missing of ballots committed before, so that no kill leaves it out."""
    try:
        for envelope, at in _not_noted(request, box, slots):
            line = _line(request, box, envelope, at)
            _append(is_committed=True, path=journal_of(box, request.registry), line=line)
    except OSError:
        # The vote goes on when the disk of the journal fails, as it does after a cast.
        log.exception("The journal of %s cannot be completed", box.meeting_id)


def _not_noted(
    request: Any, box: BallotBox, slots: list[Slot]
) -> Iterator[tuple[Record, datetime]]:
    """Yield envelope and time of the ballots that the journal lacks."""
    if box.is_secret or not slots:
        return
    wanted = {}
    for slot in slots:
        envelope = box.envelope(slot)
        leaf = leaf_digests(canonical(envelope))["sha256"].encode()
        wanted[leaf] = envelope, slot.cast_at
    for block in blocks_since(journal_of(box, request.registry), min(slot.at for slot in slots)):
        for leaf in LEAF.findall(block):
            wanted.pop(leaf, None)
        if not wanted:
            return
    yield from wanted.values()


def blocks_since(path: Path, since: int) -> Iterator[bytes]:
    """Yield the lines of a journal by blocks from its end, back to one before ``since`` (ms).

    A line that somebody completed much later can hide an earlier one, which is then written twice.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        start, rest = file.seek(0, os.SEEK_END), b""
        while start:
            end, start = start, max(0, start - BLOCK)
            file.seek(start)
            block = file.read(end - start) + rest
            # The first line of a block begins in the block before it.
            cut = block.find(b"\n") + 1 if start else 0
            rest, block = block[:cut], block[cut:]
            yield block
            first = TIME.search(block)
            if first and int(first[1]) < since:
                return


def _line(request: Any, box: BallotBox, envelope: Record, at: datetime) -> bytes:
    signer = box.signer(request.registry)
    return canonical(promise(signer, box.meeting_id, canonical(envelope), at)) + b"\n"


def journal_of(box: BallotBox, registry: Any) -> Path:
    """Return the file of a meeting."""
    folder: Path = registry.settings["yitang"].promises
    return folder / f"{box.meeting_id}.jsonl"


def _append(is_committed: bool, path: Path, line: bytes) -> None:
    if not is_committed:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One write to a file opened for appending: lines of several processes do not mix.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


def missing(box: BallotBox, registry: Any) -> list[Record]:
    """Return the promises of the journal that box and log do not keep, in its order.

    Raises EvidenceError naming a line that the site did not sign.
    """
    kept = {leaf_digests(box.leaf(slot))["sha256"] for slot in box.slots.values() if slot.is_cast}
    # A line may stand twice, of the cast and of who completed the journal.
    promised = {one["leaf"]["sha256"]: one for one in promises(box, registry)}
    return [one for leaf, one in promised.items() if leaf not in kept]


class Outlook(NamedTuple):
    """What became of the promises of a vote so far."""

    promised: int
    waiting: int
    missing: list[Record]


def outlook(box: BallotBox, registry: Any) -> Outlook:
    """Return how many ballots were promised, how many wait for the log and which are nowhere.

    Reads the journal by its digests, fast enough for a page: only a promise that nothing keeps is
    checked in full. Raises EvidenceError naming a line that the site did not sign.
    """
    path = journal_of(box, registry)
    lines = path.read_bytes().splitlines() if path.exists() else []
    waiting = {leaf_digests(box.leaf(slot))["sha256"] for _, slot in box.waiting()}
    kept = waiting | {pair[:HASH_BYTES].hex() for pair in box.log.levels[0]}
    promised, lost = set(), {}
    for number, line in enumerate(lines, start=1):
        found = LEAF.search(line)
        leaf = found[1].decode() if found else ""
        if leaf not in kept:
            lost[leaf] = _promise(box, line, f"line {number} of {path.name}")
        promised.add(leaf)
    return Outlook(len(promised), len(waiting), list(lost.values()))


def promises(box: BallotBox, registry: Any) -> Iterator[Record]:
    """Yield the promises of the journal; EvidenceError names a line that is none."""
    path = journal_of(box, registry)
    lines = path.read_bytes().splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        yield _promise(box, line, f"line {number} of {path.name}")


def _promise(box: BallotBox, line: bytes, place: str) -> Record:
    """Return the promise in a line; EvidenceError when the site did not sign it for this vote."""
    try:
        record: Record = parse(place, line)
        own = record["log"] == box.meeting_id and verify_record(box.signing_key, record)
    except (ProblemError, EvidenceError, *MALFORMED):
        own = False
    if not own:
        msg = f"{place} is no promise of this vote"
        raise EvidenceError(msg)
    return record


def check_promises(request: Any) -> Iterator[tuple[str, str]]:
    """Yield for every vote which ballots were promised and are not there."""
    for meeting in catalog.each(request, types=("meeting",), everything=True):
        box = meeting.ballot_box
        if box is None or box.is_secret:
            continue
        try:
            lost = missing(box, request.registry)
        except EvidenceError as error:
            yield f"promises of {box.meeting_id}", str(error)
            continue
        named = ", ".join(
            f"{one['leaf']['sha256']} of {clock.datetime_from_milliseconds(one['time']):%FT%TZ}"
            for one in lost
        )
        yield (
            f"promises of {box.meeting_id}",
            f"{len(lost)} ballots are missing: {named}" if lost else "",
        )


def includeme(config: Any) -> None:
    """Add the check."""
    config.registry.integrity_checks.append(check_promises)
