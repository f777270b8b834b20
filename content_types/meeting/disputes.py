"""What is in dispute about a meeting (争议): objections, complaints and doubted ballots.

An open one holds the archive (SZ-27); each has a due date, an answer and who gave it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from content_types.meeting import corrections
from content_types.meeting.paper.opening import returned_rights
from content_types.meeting.procedure import people_of
from portal import catalog, clock, notify
from portal.errors import PortalError
from portal.events import Added
from portal.layout import Layout
from portal.outbox import periodic
from portal.rules.days import end_of_day, local_date
from portal.security import Role, principals_for
from portal.workflow import guard, on_transition

REMIND_SECONDS = 600
REMIND_BEFORE = timedelta(days=1)
OPEN_STATES = ("submitted", "investigating")
# Who answers what.
ANSWERS = {"objection": Role.CONVENOR, "complaint": Role.STREET_OFFICER}


def open_disputes(meeting: Any) -> list[Any]:
    """Return the objections, complaints and doubted ballots nobody has decided."""
    found = meeting.children_of("objection", "complaint", "ballot_case")
    return [item for item in found if item.workflow_state in OPEN_STATES]


@guard("nothing_disputed")
def nothing_disputed(item: Any, request: Any) -> bool:
    """Everything raised is decided, and every correction is counted; else the archive waits."""
    if corrections.waiting(item):
        raise PortalError("meeting.correction_waits", clause="EV-8.6.3")
    return not open_disputes(item)


@guard("other_decides")
def other_decides(item: Any, request: Any) -> bool:
    """Who raised it, or convenes the meeting, does not decide it (SZ-33)."""
    convenes = not principals_for(item, (Role.CONVENOR,)).isdisjoint(request.principals)
    if convenes or (request.account_id and request.account_id == item.creator):
        clause = item.__parent__.rules(request.registry).refusals["own_review"].clause
        raise PortalError("dispute.own_decision", clause=clause, status=403)
    return True


def place_case(event: Added) -> None:
    """Tie a new ballot case to the voting right of its unit, once."""
    item = event.item
    if item.content_type_name != "ballot_case":
        return
    meeting = item.__parent__
    if meeting.ballot_box.is_secret:
        raise PortalError("secrecy.no_case", field="unit", status=409)
    right = right_of(meeting, item.unit)
    others = (one for one in meeting.children_of("ballot_case") if one is not item)
    if any(one.right == right.key and one.workflow_state != "kept" for one in others):
        raise PortalError("ballot_case.exists", field="unit", status=409)
    item.right = right.key


def right_of(meeting: Any, words: str) -> Any:
    """Return the right with a ballot that a unit's code or address names; PortalError else."""
    register, box = meeting.community["owners"], meeting.ballot_box
    wanted = "".join(words.split())
    for right in box.roll.rights.values():
        units = register.known_units(right.units)
        if wanted in {*right.units, *("".join(unit.label.split()) for unit in units)}:
            if not (box.slots[right.key].is_cast or right.key in returned_rights(meeting)):
                raise PortalError("ballot_case.no_ballot", field="unit")
            return right
    raise PortalError("ballot_case.no_unit", field="unit")


@on_transition("ballot_case.exclude")
def correct(event: Any) -> None:
    """An excluded ballot is a correction: the next count leaves it out (EV-8.1.4)."""
    case, request = event.item, event.request
    corrections.note(case.__parent__, request, event.comment, case.clause, case.__name__)
    layout = Layout(request, case)
    values = {"title": case.__parent__.title, "reason": event.comment}
    for account_id in people_of(request, case.__parent__, Role.CONVENOR):
        notify.send(request, account_id, "result.correct", values, link=layout.url(case.__parent__))


def receive(event: Added) -> None:
    """Set by when an objection or complaint is due, and tell those who have to answer."""
    item, request = event.item, event.request
    if item.content_type_name == "objection":
        item.due_at = item.__parent__.objections_due_at(request)
        item.result_version = len(item.__parent__.results)
    elif item.content_type_name == "complaint":
        days = item.__parent__.rules(request.registry).complaint_working_days.value
        day = request.calendar.add_working_days(local_date(clock.now()), days)
        item.due_at = end_of_day(day)
    else:
        return
    _tell(request, item, f"{item.content_type_name}.submitted")


@periodic(seconds=REMIND_SECONDS)
def remind_due(request: Any, now: datetime) -> None:
    """Remind those who have to answer a day before it is due, once (SZ-5.5, SZ-15.2)."""
    found = catalog.each(request, types=tuple(ANSWERS), states=OPEN_STATES, everything=True)
    for item in found:
        if item.reminded_at is None and item.due_at and now >= item.due_at - REMIND_BEFORE:
            item.reminded_at = now
            _tell(request, item, "dispute.due")


def _tell(request: Any, item: Any, template: str) -> None:
    layout = Layout(request, item)
    values = {"title": item.__parent__.title, "deadline": layout.until(item.due_at)}
    for account_id in people_of(request, item.__parent__, ANSWERS[item.content_type_name]):
        notify.send(request, account_id, template, values, link=layout.url(item))


def includeme(config: Any) -> None:
    """Register the subscribers."""
    config.add_subscriber(place_case, Added)
    config.add_subscriber(receive, Added)
