"""Counting and verifying: the pure count, and a whole meeting from log to package."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from benchmarks.measure import Row, own_memory, seconds
from portal.evidence import verify
from portal.rules.tally import Ballot, MotionSpec, count
from tests.unit.evidence.sample import LABELS, MATTERS, SPECS, TITLES, Meeting

OPTIONS = ("for", "against", "abstain")


def tally(units: int, motions: int, *, target: float) -> Iterator[Row]:
    """Count one ballot of each unit over all motions against a loop that only adds."""
    chance = random.Random(1)
    specs = tuple(MotionSpec(f"m{n}", "single", OPTIONS, 1) for n in range(motions))
    marks = [tuple((option,) for option in chance.choices(OPTIONS, k=motions)) for _ in range(997)]
    ballots = [
        Ballot(1, 5000 + n % 9000, "electronic", marks[n % len(marks)]) for n in range(units)
    ]

    def plain() -> list[dict[str, int]]:
        sums = [dict.fromkeys(OPTIONS, 0) for _ in specs]
        for _heads, area, _channel, choices in ballots:
            for found, (mark,) in zip(sums, choices, strict=True):
                found[mark] += area
        return sums

    floor, took = seconds(plain, 3), seconds(lambda: count(specs, ballots), 3)
    yield Row(
        f"count {units:,} ballots of {motions} motions",
        took,
        "s",
        floor,
        "loop that only adds",
        target=target,
        better="less",
        memory=own_memory(),
    )


class Agenda(Meeting):
    """The sample meeting with 20 motions and an owner, so a ballot, of each unit."""

    two_units_every = 0
    specs = (
        *SPECS,
        *(MotionSpec(f"motion-2026-{number:03d}", "single", OPTIONS, 1) for number in range(4, 21)),
    )
    titles = (*TITLES, *(f"议题 {number}" for number in range(4, 21)))
    labels = (*LABELS, *(LABELS[0] for _ in range(4, 21)))
    matters = (*MATTERS, *(MATTERS[0] for _ in range(4, 21)))


def package(units: int) -> Iterator[Row]:
    """Verify the full package of a meeting as anybody would, offline."""
    begin = time.perf_counter()
    meeting = Agenda(units=units, cast=units)
    played = time.perf_counter() - begin
    begin = time.perf_counter()
    archive = meeting.package()
    built = time.perf_counter() - begin
    ballots = len(meeting.envelopes)
    begin = time.perf_counter()
    report = verify.verify(archive)
    took = time.perf_counter() - begin
    assert report.ok, report.failures
    yield Row(
        f"count and verify the package of {units:,} units, {ballots:,} ballots, "
        f"{len(meeting.specs)} motions",
        took,
        "s",
        target=30,
        better="less",
        memory=own_memory(),
        note=f"{len(archive) / 2**20:.1f} MB; built and verified in {built:.1f} s, "
        f"sealed, logged and opened in {played:.1f} s",
    )
