"""What opened ballots come to (计票结果): one way for the count and for a recount of a package."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from portal.evidence import records
from portal.evidence.canonical import Record
from portal.rules.decision import AppliedRule, decide
from portal.rules.election import rank_candidates
from portal.rules.heads import ZERO, Measure
from portal.rules.strict import build
from portal.rules.tally import Ballot, MotionCount, MotionSpec, Tally, count


def outcome(
    meeting: str,
    settings: Record,
    ballots: list[Record],
    received: list[Record],
    *,
    area_of: Callable[[Record], int],
    totals: Measure,
    version: int,
    counted_at: datetime,
    excluded: Iterable[Record] = (),
) -> Record:
    """Return the result record: exact counts, verdicts and ranks with every number compared.

    ``ballots`` count; ``received`` are all ballots of the log, where ``excluded`` ones are more.
    ``area_of`` says what a ballot weighs, in 0.01 m².
    """
    motions = settings["motions"]
    specs = tuple(_spec(motion) for motion in motions)
    tally = count(specs, [_weighed(ballot, specs, area_of(ballot)) for ballot in ballots])
    cast = Counter(ballot["channel"] for ballot in received)
    taken = Counter(ballot["channel"] for ballot in ballots)
    return records.result_record(
        meeting,
        version=version,
        counted_at=counted_at,
        totals=totals,
        participation=tally.counted,
        channels=[
            records.channel(name, cast[name], taken[name], tally.by_channel.get(name, ZERO))
            for name in sorted(cast)
        ],
        motions=[
            _judged(motion, counted, tally, totals)
            for motion, counted in zip(motions, tally.motions, strict=True)
        ],
        excluded=excluded,
    )


def _spec(motion: Record) -> MotionSpec:
    options = tuple(option["option"] for option in motion["options"])
    return MotionSpec(motion["motion"], motion["mode"], options, motion["max_marks"])


def _weighed(ballot: Record, specs: tuple[MotionSpec, ...], area: int) -> Ballot:
    choices = tuple(tuple(ballot["choices"].get(spec.key, ())) for spec in specs)
    return Ballot(1, area, ballot["channel"], choices)


def _judged(motion: Record, counted: MotionCount, tally: Tally, totals: Measure) -> Record:
    rule: AppliedRule = build(AppliedRule, motion["rule"], motion["motion"])
    if motion["seats"]:
        standings = rank_candidates(
            counted,
            motion["seats"],
            rule,
            totals=totals,
            participation=tally.counted,
            order=tuple(motion["order"]),
        )
        return records.motion_result(counted, standings=standings)
    verdict = decide(rule, totals, tally.counted, counted.votes(motion["agree"]))
    return records.motion_result(counted, verdict)
