"""Rating the property service (评价物业): once per unit and period, published without names.

That a unit has rated and what was said are kept apart: the first as a keyed token, the second
under a random number and without a time. Nothing is shown before the period is over, for from two
states of a running mean a single answer could be worked out.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from content_types.service import ServiceDesk
from content_types.service.order import own_units
from portal import audit, clock
from portal.errors import PortalError
from portal.rules.service_rating import HIGHEST, LOWEST, averages, one_place, period_of

ITEMS = ("cleaning", "order", "facilities", "greening", "manner")


@dataclass(frozen=True)
class Sheet:
    """What one unit said: a score for each of the items, and words."""

    scores: tuple[int, ...]
    comment: str


class Round(Persistent):
    """The ratings of one period."""

    first: date
    last: date

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.rated = OOTreeSet()
        self.sheets = OOBTree()


@dataclass(frozen=True)
class Published:
    """What is shown of a period that is over; no means, and no words, of too few."""

    first: date
    last: date
    means: tuple[str, ...]
    comments: tuple[str, ...]


def current_period(request: Any) -> tuple[date, date]:
    """Return first and last day of the period that is rated now."""
    return period_of(clock.local(clock.now()).date(), request.registry.rating_months)


def open_units(desk: ServiceDesk, request: Any) -> list[Any]:
    """Return the asking account's units that have not rated in this period."""
    first, _ = current_period(request)
    book = _round(desk, first)
    return [
        unit
        for unit in own_units(request, desk.community)
        if book is None or _token(request, first, unit) not in book.rated
    ]


def rate(
    desk: ServiceDesk, unit_code: str, scores: tuple[int, ...], comment: str, request: Any
) -> None:
    """Take the rating of one of the asking account's units; it cannot be changed later.

    Raises PortalError for a unit that is not the person's or has rated in this period.
    """
    mine = {unit.code: unit for unit in own_units(request, desk.community)}
    if unit_code not in mine:
        raise PortalError("rating.not_yours", clause="BJ-0.1", field="unit_code", status=403)
    if unit_code not in {unit.code for unit in open_units(desk, request)}:
        raise PortalError("rating.twice", clause="BJ-0.1", field="unit_code", status=409)
    if len(scores) != len(ITEMS) or not all(LOWEST <= score <= HIGHEST for score in scores):
        raise PortalError("rating.bad_score", clause="BJ-0.1")
    first, last = current_period(request)
    if desk.rounds is None:
        desk.rounds = OOBTree()
    book = _round(desk, first)
    if book is None:
        book = desk.rounds[first.isoformat()] = Round(first, last)
    book.rated.insert(_token(request, first, mine[unit_code]))
    book.sheets[secrets.token_hex(8)] = Sheet(scores, comment.strip())
    # Who took part is noted, what was said is not.
    audit.record(request, "service.rate", desk, period=first.isoformat())


def published(desk: ServiceDesk, request: Any) -> Iterator[Published]:
    """Yield what may be shown of the periods that are over, the newest first."""
    today = clock.local(clock.now()).date()
    for name in reversed(list(desk.rounds or ())):
        book = desk.rounds[name]
        if book.last < today:
            sheets = list(book.sheets.values())
            means = averages([one.scores for one in sheets], request.registry.rating_least)
            said = tuple(one.comment for one in sheets if one.comment)
            yield Published(
                book.first,
                book.last,
                tuple(map(one_place, means or ())),
                said if means is not None else (),
            )


def _round(desk: ServiceDesk, first: date) -> Round | None:
    return None if desk.rounds is None else desk.rounds.get(first.isoformat())


def _token(request: Any, first: date, unit: Any) -> str:
    return str(request.vault.token(f"{first.isoformat()}:{unit.code}", "rating"))
