"""Appointments of a meeting by person (委托索引), and what they mean for a vote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from content_types.proxy_appointment import STANDING
from portal.rules import vote_events as events


class ProxyBook(Persistent):
    """Two requests for one proxy write the same entry, so that the cap holds under both."""

    def __init__(self) -> None:
        self.by_proxy = OOBTree()  # person → names of appointments
        self.by_appointor = OOBTree()

    def enter(self, item: Any) -> None:
        """Note a new appointment."""
        for tree, person in ((self.by_proxy, item.proxy), (self.by_appointor, item.appointor)):
            tree[person] = (*tree.get(person, ()), item.__name__)


def given_by(meeting: Any, person: str) -> list[Any]:
    """Return the appointments an owner made, oldest first."""
    book = meeting.proxies
    return [] if book is None else [meeting[name] for name in book.by_appointor.get(person, ())]


def given_to(meeting: Any, person: str) -> list[Any]:
    """Return the appointments a proxy was asked to accept, oldest first."""
    book = meeting.proxies
    return [] if book is None else [meeting[name] for name in book.by_proxy.get(person, ())]


def standing(items: Iterable[Any], now: datetime) -> list[Any]:
    """Return the appointments that are neither over nor withdrawn."""
    return [one for one in items if one.workflow_state in STANDING and now < one.until]


def vote_events(meeting: Any, owners: Iterable[str]) -> Iterator[events.VoteEvent]:
    """Yield what the owners' appointments mean for the right to vote, as dated events."""
    for owner in owners:
        for one in given_by(meeting, owner):
            if one.accepted_at is not None:
                yield events.ProxyAppointed(one.accepted_at, owner, one.proxy, one.until)
                # What was over ended nothing any more: another may be in force by then.
                if one.cancelled_at is not None and one.cancelled_at < one.until:
                    yield events.ProxyCancelled(one.cancelled_at, owner, one.proxy)


def acting(meeting: Any, proxy: str, appointor: str, now: datetime) -> Any:
    """Return the accepted appointment by which a proxy votes now, or None."""
    found = standing(given_by(meeting, appointor), now)
    return next(
        (one for one in found if one.proxy == proxy and one.workflow_state == "accepted"), None
    )


def represented(meeting: Any, proxy: str, now: datetime) -> set[str]:
    """Return the owners who count against the cap of a proxy: asked, accepted, or voted for."""
    given = given_to(meeting, proxy)
    counted = [*standing(given, now), *(one for one in given if cast_under(one))]
    return {one.appointor for one in counted}


def principals_of(meeting: Any, person: str) -> list[str]:
    """Return the owners for whom a person has accepted to vote, withdrawn ones too."""
    found = [one for one in given_to(meeting, person) if one.accepted_at is not None]
    return list(dict.fromkeys(one.appointor for one in found))


def rights_of(meeting: Any, appointor: str) -> list[Any]:
    """Return the voting rights of an owner in an open meeting."""
    box = meeting.ballot_box
    if box is None:
        return []
    units = meeting.community["owners"].units_of(appointor)
    found = [box.roll.right_of(unit.code) for unit in units]
    return list({right.key: right for right in found if right is not None}.values())


def cast_under(item: Any) -> list[Any]:
    """Return the rights whose ballots were cast under an appointment."""
    box = item.__parent__.ballot_box
    found = rights_of(item.__parent__, item.appointor)
    return [right for right in found if box.slots[right.key].authority == item.__name__]
