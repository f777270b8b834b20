"""Units that join a ballot later (追加认证房屋并入): one owner, one ballot, more area (BJ-OQ13.3).

The ballot stays sealed and its leaf as it is. A leaf of its own says that units joined it, and the
count adds their area; see docs/decisions/0072-units-that-join-a-ballot.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from content_types.meeting import joined_units, recorded
from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.sequencing import sequence
from portal import audit, catalog, clock, notify
from portal.apart import each_apart
from portal.evidence import joins
from portal.layout import Layout
from portal.outbox import periodic
from portal.rules.one_ballot import joining_units
from portal.rules.vote_events import facts_at
from portal.workflow import on_transition

JOIN_SECONDS = 30
AUTOJOIN = "one_ballot_one_head_autojoin"
INSTANT = timedelta(milliseconds=1)


@periodic(seconds=JOIN_SECONDS)
def join_open_votes(request: Any, now: datetime) -> None:
    """Let the units that were bound since then join the ballots of their owners."""
    found = catalog.each(request, types=("meeting",), states=("voting",), everything=True)
    each_apart(request, found, lambda meeting: join_all(meeting, request, now))


@on_transition("meeting.close_voting")
def join_at_the_end(event: Any) -> None:
    """Let units join that were bound before the end and after the clock looked last."""
    meeting = event.item
    join_all(meeting, event.request, min(clock.now(), meeting.voting_closes_at - INSTANT))


def join_all(meeting: Any, request: Any, instant: datetime) -> None:
    """Let every unit join that may by the rules at an instant, each with a leaf in the log."""
    box: BallotBox = meeting.ballot_box
    profile = meeting.rules(request.registry)
    if profile.multi_unit.value != AUTOJOIN or box.is_secret:
        return
    waiting = [key for key, slot in box.slots.items() if slot.is_cast and slot.left_out]
    if not waiting:
        return
    sequence(meeting, request)
    joined = {}
    for key in waiting:
        units = _joining(meeting, request, key, instant, profile)
        if units:
            _join(box, key, units, instant)
            joined[key] = units
    if joined:
        box.log.head(box.signer(request.registry), clock.now())
        audit.record(request, "meeting.units_joined", meeting, units=sum(map(len, joined.values())))
        _tell(meeting, request, joined)


def _joining(
    meeting: Any, request: Any, key: str, instant: datetime, profile: Any
) -> tuple[str, ...]:
    """Return the units left out of a ballot that may join it now."""
    box, register = meeting.ballot_box, meeting.community["owners"]
    left_out = box.slots[key].left_out
    units = register.known_units(left_out)
    binders = {binding.account_id for unit in units for binding in unit.bindings}
    accounts = [request.site.accounts.get(one) for one in sorted(binders)]
    found: set[str] = set()
    for account in accounts:
        if account is not None:
            events = recorded.events_of(meeting, request, account, box.roll.rights[key])
            found |= {*joining_units(facts_at(events, instant), instant, profile)}
    return tuple(unit for unit in left_out if unit in found)


def _join(box: BallotBox, key: str, units: tuple[str, ...], at: datetime) -> None:
    index = box.index_of(key)
    if index is None:
        return  # Its own leaf comes first; the clock looks again.
    opened = joins.opening(box.meeting_id, index, units, at)
    joined_units.join(box, key, opened)


def _tell(meeting: Any, request: Any, joined: dict[str, tuple[str, ...]]) -> None:
    """Tell whoever is bound to a joined unit, so that a false binding shows."""
    register, layout = meeting.community["owners"], Layout(request, meeting)
    for key, codes in joined.items():
        units = register.known_units(codes)
        values = {
            "unit": "、".join(unit.label for unit in units),
            "title": meeting.title,
            "time": layout.time(meeting.ballot_box.slots[key].cast_at),
        }
        link = request.resource_path(meeting, "voucher", key)
        told = {binding.account_id for unit in units for binding in unit.bindings}
        for account_id in sorted(told):
            notify.send(request, account_id, "vote.unit_joined", values, link=link)
