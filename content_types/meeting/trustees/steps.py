"""What trustees have to do with the steps of a meeting: rehearsal, opening, release, reminders."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from content_types.meeting.trustees import seats
from content_types.meeting.trustees.seats import Seat
from portal import catalog, clock, notify
from portal.content import oid
from portal.errors import PortalError
from portal.evidence.canonical import Record
from portal.i18n import message
from portal.outbox import periodic
from portal.workflow import guard, on_transition

TELL_SECONDS = 60
# Reminded again every day in the last days before the opening, and every day after the close.
LAST_DAYS, AGAIN = timedelta(days=3), timedelta(days=1)


@guard("trustees_ready")
def trustees_ready(item: Any, request: Any) -> bool:
    """Every trustee has opened his test envelope; who has not is named by his seat."""
    if not item.trustees:
        if seats.rule_of(item, request.registry).use == "required":
            raise PortalError("trustees.required", clause=seats.CLAUSE)
        return True
    missing = [seat for seat in item.trustees if seat.rehearsed_at is None]
    if missing:
        names = seat_names(item, missing, request)
        raise PortalError("trustees.missing", clause=seats.CLAUSE, seats=names)
    return True


def sealing_of(meeting: Any, request: Any) -> Record | None:
    """Return who will open the ballots, or None for the server's own key."""
    rules = meeting.rules(request.registry)
    return seats.sealing(meeting.trustees, rules.ballot_trustees.value, rules.ballot_suite.value)


def ready_to_count(meeting: Any) -> bool:
    """Tell whether the keys at hand open the ballots."""
    return bool(meeting.ballot_box.can_be_opened)


def release(meeting: Any, seat: Seat, text: str, request: Any) -> None:
    """Take a private key after the close; with enough of them the count begins."""
    if meeting.workflow_state != "counting" or meeting.result is not None:
        raise PortalError("trustees.not_now", status=409, clause=seats.CLAUSE)
    if meeting.ballot_box.is_covered:
        raise PortalError("secrecy.still_covered", status=409, clause="EV-6.3.1.1")
    before = ready_to_count(meeting)
    seats.take_release(meeting, seat, text, request.registry.kek)
    if ready_to_count(meeting) and not before:
        request.site.outbox.put("meeting.count", {"meeting": oid(meeting)})


def note_loss(meeting: Any, seat: Seat) -> None:
    """Note that a trustee lost his key."""
    seats.put(meeting, seat, lost_at=clock.now())


def waiting(meeting: Any, request: Any) -> str:
    """Say whose keys the count waits for, or that it can never be made; empty when neither."""
    box = meeting.ballot_box
    if meeting.workflow_state != "counting" or not meeting.trustees or box.can_be_opened:
        return ""
    say = request.localizer.translate
    if not seats.still_possible(meeting):
        return str(say(message("trustees.hopeless")))
    missing = [s for s in meeting.trustees if s.released_at is None and s.lost_at is None]
    return str(say(message("trustees.waiting", seats=seat_names(meeting, missing, request))))


def seat_names(meeting: Any, wanted: list[Seat], request: Any) -> str:
    """Return the seats in words: the group and, where it has several, which of them."""
    between = str(request.localizer.translate(message("law.sentence.list")))
    return between.join(seat_name(meeting, seat, request) for seat in wanted)


def seat_name(meeting: Any, seat: Seat, request: Any) -> str:
    """Return one seat in words, never a person's name."""
    group = [one for one in meeting.trustees if one.group == seat.group]
    title = str(request.localizer.translate(message(f"trustees.group.{seat.group}")))
    return f"{title} {group.index(seat) + 1}" if len(group) > 1 else title


def asked_of(meeting: Any, request: Any) -> str:
    """Return as a message id what the asking person has to do with his key, or nothing."""
    seat = seats.seat_of(meeting, request.account_id) if request.account_id else None
    if seat is None:
        return ""
    if meeting.workflow_state == "noticed":
        return "task.trustee_prove" if seat.rehearsed_at is None else ""
    silent = seat.released_at is None and seat.lost_at is None
    awaited = meeting.workflow_state == "counting" and not meeting.ballot_box.can_be_opened
    return "task.trustee_release" if silent and awaited else ""


@on_transition("meeting.close_voting")
def ask_for_keys(event: Any) -> None:
    """Let the reminders begin anew: now for the keys."""
    meeting = event.item
    for seat in meeting.trustees:
        seats.put(meeting, seat, told_at=None)


@periodic(seconds=TELL_SECONDS)
def tell_trustees(request: Any, now: datetime) -> None:
    """Tell trustees what they still have to do: prove a key, and after the close hand it in."""
    for meeting in catalog.each(
        request, types=("meeting",), states=("noticed", "counting"), everything=True
    ):
        for seat in meeting.trustees:
            template = _due(meeting, seat, now)
            if template:
                link = request.resource_path(meeting, "trustees")
                values = {
                    "title": meeting.title,
                    "time": clock.local(meeting.voting_opens_at).strftime("%Y-%m-%d %H:%M"),
                }
                notify.send(request, seat.account_id, template, values, link=link)
                seats.put(meeting, seat, told_at=now)


def _due(meeting: Any, seat: Seat, now: datetime) -> str:
    """Return the message that is due to a trustee, empty when none is."""
    again = seat.told_at is None or now - seat.told_at >= AGAIN
    if meeting.workflow_state == "noticed":
        soon = seat.told_at is None or now >= meeting.voting_opens_at - LAST_DAYS
        return "trustees.prove" if seat.rehearsed_at is None and soon and again else ""
    silent = seat.released_at is None and seat.lost_at is None
    return "trustees.release" if silent and again and not meeting.ballot_box.can_be_opened else ""
