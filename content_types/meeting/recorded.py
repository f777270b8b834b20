"""What is on record about a right (在案事实): register, letters, bindings and ballots as events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from content_types import acting
from content_types.meeting.paper.opening import round_of
from content_types.meeting.roll import Right
from content_types.meeting.slots import caster_token
from content_types.proxy_appointment import book as proxies
from portal.rules import vote_events as events

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def units_in(meeting: Any, right: Right) -> list[Any]:
    """Return the units of a right that the register still has."""
    return meeting.community["owners"].known_units(right.units)


def events_of(meeting: Any, request: Any, account: Any, right: Right) -> Iterator[events.VoteEvent]:
    """Yield what is on record about the units of a right, as dated events."""
    yield events.WindowSet(
        LONG_AGO,
        meeting.voting_opens_at,
        meeting.voting_closes_at,
        meeting.noticed_at,
        frozenset(right.units),
    )
    if meeting.suspended_at is not None:
        yield events.Suspended(meeting.suspended_at)
    register, accounts = meeting.community["owners"], request.site.accounts
    units = units_in(meeting, right)
    yield from _titles(register, units)
    owners = {holder.person for unit in units for holder in unit.holders}
    yield from acting.vote_events(register, right.units, owners)
    yield from proxies.vote_events(meeting, owners)
    if account.verified_at is not None and account.subject_token:
        yield events.Verified(account.verified_at, account.subject_token)
    for unit in units:
        for binding in unit.bindings:
            binder = accounts.get(binding.account_id)
            if binder is not None and binder.verified_at is not None:
                yield events.Verified(binder.verified_at, binding.person)
            yield events.Bound(binding.bound_at, binding.person, unit.code)
    yield from _casts(meeting, request, right, units)
    yield from _papers(meeting, right, owners)


def _titles(register: Any, units: list[Any]) -> Iterator[events.VoteEvent]:
    # A unit that was never written again has the owners it came with; no need to read on.
    changed = {unit.code for unit in units if unit.modified_at != unit.created_at}
    known: set[str] = set()
    for event in register.ownership_events.values() if changed else ():
        code = event["unit"]
        if code in changed:
            first, known = code not in known, known | {code}
            if first and event["before"]:
                yield events.TitleRegistered(LONG_AGO, code, _people(event["before"]))
            yield events.TitleRegistered(event["at"], code, _people(event["after"]))
    for unit in units:
        if unit.code not in known:
            owners = frozenset(holder.person for holder in unit.holders)
            yield events.TitleRegistered(LONG_AGO, unit.code, owners)


def _papers(meeting: Any, right: Right, owners: set[str]) -> Iterator[events.VoteEvent]:
    """Yield the paper ballot that was returned for a right; the profile says what it means."""
    paper = round_of(meeting)
    sheet = None if paper is None else paper.sheet(paper.live.get(right.key, ""))
    if sheet is not None and sheet.returned_at is not None:
        owner = min(owners, default="")
        yield events.Cast(sheet.returned_at, owner, owner, frozenset(right.units), "paper")


def holders_at_cast(meeting: Any, right: Right) -> set[str]:
    """Return the persons who held the units of a right's ballot when it was cast."""
    box, register = meeting.ballot_box, meeting.community["owners"]
    units, instant = register.known_units(box.sealed_units(right)), box.slots[right.key].cast_at
    changed = [unit for unit in units if unit.modified_at and unit.modified_at > instant]
    titles = events.facts_at(_titles(register, changed), instant).owners.values() if changed else ()
    held = {holder.person for unit in units if unit not in changed for holder in unit.holders}
    return held.union(*titles)


def _people(owners: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(person for person, _ in owners)


def _casts(
    meeting: Any, request: Any, right: Right, units: list[Any]
) -> Iterator[events.VoteEvent]:
    box = meeting.ballot_box
    slot = None if box is None else box.slots[right.key]
    if slot is None or not slot.is_cast:
        return
    channel = "terminal" if slot.channel == "terminal" else "online"
    covered = frozenset(box.cast_units(right))
    if slot.authority:
        item = meeting[slot.authority]
        yield events.Cast(slot.cast_at, item.proxy, item.appointor, covered, channel)
        return
    # The slot tells the voter only to those who are asked about; a stranger stays unknown.
    voters = {b.account_id: b.person for unit in units for b in unit.bindings}
    voters |= {holder.person: holder.person for unit in units for holder in unit.holders}
    person = next(
        (
            who
            for key, who in voters.items()
            if caster_token(request, box.meeting_id, key) == slot.caster
        ),
        "",
    )
    yield events.Cast(slot.cast_at, person, person, covered, channel)
