"""Rating the property service (评价物业): once per unit and period, published without names.

That a unit has rated and what was said are kept apart: the first as a keyed token, the second
under a random number and without a time. Nothing is shown before the period is over, for from two
states of a running mean a single answer could be worked out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
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
    """The ratings of one period; of a period that is over only what may be shown."""

    first: date
    last: date
    settled_at: datetime | None = None
    means: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.rated = OOTreeSet()
        self.sheets = OOBTree()


def current_period(request: Any) -> tuple[date, date]:
    """Return first and last day of the period that is rated now."""
    return period_of(clock.local(clock.now()).date(), request.registry.rating_months)


def open_units(desk: ServiceDesk, request: Any) -> list[Any]:
    """Return the asking account's units that have not rated in this period."""
    name = name_of(current_period(request))
    return [
        unit
        for unit in own_units(request, desk.community)
        if not has_rated(desk, name, unit, request)
    ]


def rate(
    desk: ServiceDesk, unit_code: str, scores: tuple[int, ...], comment: str, request: Any
) -> None:
    """Take the rating of one of the asking account's units; it cannot be changed later.

    Raises PortalError for a unit that is not the person's or has rated in this period.
    """
    clause = desk.community.rules(request.registry).clauses["service_desk"]
    mine = {unit.code: unit for unit in own_units(request, desk.community)}
    if unit_code not in mine:
        raise PortalError("rating.not_yours", clause=clause, field="unit_code", status=403)
    if unit_code not in {unit.code for unit in open_units(desk, request)}:
        raise PortalError("rating.twice", clause=clause, field="unit_code", status=409)
    if len(scores) != len(ITEMS) or not all(LOWEST <= score <= HIGHEST for score in scores):
        raise PortalError("rating.bad_score", clause=clause)
    period = current_period(request)
    name = name_of(period)
    if desk.rounds is None:
        desk.rounds = OOBTree()
    if name not in desk.rounds:
        desk.rounds[name] = Round(*period)
    book = desk.rounds[name]
    book.rated.insert(_token(request, name, mine[unit_code]))
    book.sheets[secrets.token_hex(8)] = Sheet(scores, comment.strip())
    # Who took part is noted, what was said is not.
    audit.record(request, "service.rate", desk, period=name)


def has_rated(desk: ServiceDesk, name: str, unit: Any, request: Any) -> bool:
    """Say whether a unit has rated in a period that is not over yet."""
    book = (desk.rounds or {}).get(name)
    return book is not None and not book.settled_at and _token(request, name, unit) in book.rated


def settle(book: Round, request: Any) -> None:
    """Keep of a period that is over only what may be shown: no means, and no words, of too few.

    After that nothing tells any more which units rated, nor what one of them said of each item.
    """
    sheets = list(book.sheets.values())
    means = averages([one.scores for one in sheets], request.registry.rating_least)
    book.means = tuple(map(one_place, means or ()))
    said = tuple(one.comment for one in sheets if one.comment)
    book.comments = said if means is not None else ()
    book.rated = book.sheets = None
    book.settled_at = clock.now()


def published(desk: ServiceDesk) -> list[Round]:
    """Return the periods that are over, the newest first."""
    found = [book for book in (desk.rounds or {}).values() if book.settled_at is not None]
    return found[::-1]


def name_of(period: tuple[date, date]) -> str:
    """Return the name of a period; both days, for the length of periods may be changed."""
    first, last = period
    return f"{first.isoformat()}/{last.isoformat()}"


def _token(request: Any, name: str, unit: Any) -> str:
    return str(request.vault.token(f"{name}:{unit.code}", "rating"))
