"""Both channels together (合并计票): which ballot of a right counts, and why the other does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.paper import PaperRound
from content_types.meeting.paper.model import opened
from content_types.meeting.paper.opening import round_of
from portal.evidence import paper as records
from portal.evidence.canonical import EvidenceError, Record, canonical
from portal.rules.reconcile import Entry, reconcile

NOTHING_DECIDED: Mapping[str, tuple[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Cast:
    """One ballot of the log: its leaf, what it says, its right and when it was handed in.

    A secret ballot has no right and came with all the others.
    """

    index: int
    envelope: Record
    opening: Record
    right: str
    at: datetime
    serial: str = ""
    # Units that joined it later.
    joined: tuple[str, ...] = ()

    @property
    def counts(self) -> Record:
        """What it says, with the units that joined it."""
        if not self.joined:
            return self.opening
        return {**self.opening, "units": [*self.opening["units"], *self.joined]}


@dataclass(frozen=True)
class Case:
    """A ballot of the log that does not count, and the one that stands instead."""

    cast: Cast
    reason: str
    clause: str
    instead: int | None = None


@dataclass(frozen=True)
class Joined:
    """All ballots of a vote in the order of the log, and the cases among them."""

    casts: tuple[Cast, ...]
    cases: tuple[Case, ...]

    @property
    def openings(self) -> list[Record]:
        """What every ballot says, counted or not, in the order of the log."""
        return [cast.opening for cast in self.casts]

    @property
    def envelopes(self) -> list[Record]:
        """Every withheld leaf, in the order of the log."""
        return [cast.envelope for cast in self.casts]

    @property
    def counted(self) -> list[Record]:
        """What the ballots say that count."""
        out = {case.cast.index for case in self.cases}
        return [cast.counts for cast in self.casts if cast.index not in out]

    @property
    def excluded(self) -> list[Record]:
        """The rows of the result record for the ballots that do not count."""
        return [
            {"index": case.cast.index, "reason": case.reason, "clause": case.clause}
            for case in sorted(self.cases, key=lambda case: case.cast.index)
        ]


def joined(
    meeting: Any,
    openings: list[Record],
    registry: Any,
    decided: Mapping[str, tuple[str, str]] = NOTHING_DECIDED,
    size: int | None = None,
) -> Joined:
    """Return electronic and paper ballots together, each right counted once (SZ-22).

    ``openings`` are those of the electronic ballots in the order of the log; ``decided`` gives
    reason and clause of every right whose ballot does not count by a decision. With ``size`` only
    the first leaves of the log are looked at, as an older count did. EvidenceError when a stored
    paper ballot is not the one in the log.
    """
    box, paper = meeting.ballot_box, round_of(meeting)
    casts = [
        _cast(box, index, key, envelope, opening)
        for (index, key, envelope), opening in zip(box.envelopes(), openings, strict=True)
    ]
    papers: list[Cast] = []
    cases: list[Case] = []
    if paper is not None and paper.closed_at is not None:
        papers, cases = paper_casts(paper, box, registry, size)
        left_out = {case.cast.index for case in cases}
        # What a decision leaves out gives way to nothing: no ballot of that right stands.
        live = [
            cast
            for cast in (*casts, *papers)
            if cast.index not in left_out and cast.right not in decided
        ]
        cases += _conflicts(live, meeting.rules(registry))
    found = Joined(tuple(sorted((*casts, *papers), key=_by_index)), tuple(cases))
    if not decided:
        return found
    out = {case.cast.index for case in cases}
    more = [
        Case(cast, *decided[cast.right])
        for cast in found.casts
        if cast.right in decided and cast.index not in out
    ]
    return replace(found, cases=(*found.cases, *more))


def _cast(box: BallotBox, index: int, key: str, envelope: Record, opening: Record) -> Cast:
    if not key:
        return Cast(index, envelope, opening, key, box.uncovered_at)
    joined = box.slots[key].joined_units
    return Cast(index, envelope, opening, key, box.slots[key].cast_at, joined=joined)


def _conflicts(live: list[Cast], profile: Any) -> Iterator[Case]:
    """Yield the ballots that give way to another of the same right."""
    by_name = {f"{cast.index:012d}": cast for cast in live}
    entries = [
        Entry(name, cast.right, cast.opening["channel"], cast.at) for name, cast in by_name.items()
    ]
    precedence = profile.cross_channel_precedence
    clauses = {"superseded": precedence.clause, "duplicate": profile.revote.clause}
    for one in reconcile(entries, precedence.value):
        if one.outcome != "counted":
            instead = by_name[one.instead].index
            yield Case(by_name[one.entry.serial], one.outcome, clauses[one.outcome], instead)


def _by_index(cast: Cast) -> int:
    return cast.index


def paper_casts(
    paper: PaperRound, box: BallotBox, registry: Any, size: int | None = None
) -> tuple[list[Cast], list[Case]]:
    """Return every paper leaf, and the cases of corrected and of invalid ones.

    ``size`` leaves later leaves out. EvidenceError when a stored opening is not the one its leaf
    commits to.
    """
    casts, cases, seen = [], [], dict[str, int]()
    leaves = [(at, serial) for at, serial in paper.sequence if size is None or at < size]
    last = {serial: index for index, serial in leaves}
    for index, serial in leaves:
        sheet, version = paper.sheets[serial], seen.get(serial, 0)
        seen[serial] = version + 1
        opening = opened(sheet, registry.vault, box.meeting_id)[version]
        leaf = records.leaf(opening)
        right = box.roll.rights[sheet.right]
        if canonical(leaf) != box.log.leaf(index) or opening["units"] != list(right.units):
            msg = f"paper ballot {serial} is not the one at leaf {index}"
            raise EvidenceError(msg)
        cast = Cast(index, leaf, opening, right.key, sheet.returned_at, serial)
        casts.append(cast)
        if last[serial] != index:
            cases.append(Case(cast, "corrected", "EV-8.6.3", last[serial]))
        elif opening["invalid"]:
            cases.append(Case(cast, "invalid_paper", "EV-8.1.4"))
    return casts, cases


def paper_standing(meeting: Any, request: Any) -> dict[str, str]:
    """Return for each returned ballot whether its right also voted electronically (SZ-22.2).

    For the report before the count: a serial number maps to ``superseded``, ``stands`` or ``only``.
    """
    paper = round_of(meeting)
    if paper is None:
        return {}
    electronic_wins = meeting.rules(request.registry).cross_channel_precedence.value == "electronic"
    found = {}
    for key, serial in paper.live.items():
        sheet, slot = paper.sheets[serial], meeting.ballot_box.slots[key]
        if sheet.returned_at is None:
            continue
        if not slot.is_cast:
            found[serial] = "only"
        else:
            first = sheet.returned_at < slot.cast_at
            found[serial] = "stands" if first and not electronic_wins else "superseded"
    return found
