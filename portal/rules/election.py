"""Ranking of candidates (候选人得票顺序): seats, shared ranks and the decision rule."""

from dataclasses import dataclass
from typing import Literal

from portal.rules.decision import AppliedRule, Verdict, decide
from portal.rules.errors import RuleError
from portal.rules.heads import Measure
from portal.rules.tally import ABSTAIN, AGAINST, MotionCount

Order = tuple[Literal["heads", "area"], ...]


@dataclass(frozen=True)
class Standing:
    """Place of one candidate; ``tied`` means that equal votes leave the last seats open."""

    candidate: str
    votes: Measure
    rank: int
    shared: bool
    verdict: Verdict
    status: Literal["elected", "tied", "not_elected"]


def rank_candidates(
    motion: MotionCount,
    seats: int,
    rule: AppliedRule,
    *,
    totals: Measure,
    participation: Measure,
    order: Order,
) -> tuple[Standing, ...]:
    """Return the candidates by votes (SZ-25.3); equal votes share a rank and are never broken.

    A candidate is elected who is carried by the decision rule and within the seats; when those
    who share a rank do not all fit, all of them are ``tied`` and a further vote decides.
    """
    if seats < 1:
        raise RuleError("rules.election.no_seats", clause="EV-6.2.3", seats=seats)
    rows = [row for row in motion.options if row.option not in (ABSTAIN, AGAINST)]
    keys = {row.option: tuple(getattr(row.votes, name) for name in order) for row in rows}
    rows.sort(key=lambda row: (*(-part for part in keys[row.option]), row.option))
    verdicts = {row.option: decide(rule, totals, participation, row.votes) for row in rows}
    standings: list[Standing] = []
    for row in rows:
        key = keys[row.option]
        equal = [other for other in rows if keys[other.option] == key]
        standings.append(
            Standing(
                candidate=row.option,
                votes=row.votes,
                rank=1 + sum(keys[other.option] > key for other in rows),
                shared=len(equal) > 1,
                verdict=verdicts[row.option],
                status=_status(row.option, keys, verdicts, seats),
            )
        )
    return tuple(standings)


def _status(
    candidate: str, keys: dict[str, tuple[int, ...]], verdicts: dict[str, Verdict], seats: int
) -> Literal["elected", "tied", "not_elected"]:
    if not verdicts[candidate].carried:
        return "not_elected"
    carried = [name for name, verdict in verdicts.items() if verdict.carried]
    ahead = sum(keys[name] > keys[candidate] for name in carried)
    level = sum(keys[name] == keys[candidate] for name in carried)
    if ahead >= seats:
        return "not_elected"
    return "elected" if ahead + level <= seats else "tied"
