"""Suspending a vote and launching another in its place (挂起与重新发起): BJ-GQ2."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.meeting import Meeting
from portal import audit, clock, content
from portal.content import oid
from portal.errors import PortalError
from portal.rules import steps
from portal.security import Permission
from portal.workflow import guard, on_transition

# What a new meeting does not take over: its own time has to be set by the convenor.
_ANEW = frozenset({"voting_opens_at", "voting_closes_at"})


@guard("suspension_allowed")
def suspension_allowed(item: Any, request: Any) -> bool:
    """A vote is suspended only where the law forbids to amend it (BJ-GQ2), never after its end."""
    steps.suspend(item.rules(request.registry), clock.now(), item.voting_closes_at)
    return True


@on_transition("meeting.suspend")
def stop(event: Any) -> None:
    """Shut the gate for good; the ballots stay sealed and are never counted."""
    event.item.suspended_at = clock.now()
    if event.item.ballot_box is not None:
        event.item.ballot_box.gate.is_open = False
        if event.item.ballot_box.is_secret:
            # So that this vote leaves nothing behind that joins ballots and rights either.
            event.request.site.outbox.put("meeting.mix", {"meeting": oid(event.item)})


@view_config(
    context=Meeting,
    name="relaunch",
    request_method="POST",
    permission=Permission.MEETING_RUN.value,
)
def relaunch(context: Meeting, request: Any) -> Any:
    """Start a new meeting with the same motions in place of a suspended one, once."""
    if context.workflow_state != "suspended" or context.successor_oid:
        clause = context.rules(request.registry).amend.clause
        raise PortalError("meeting.nothing_to_relaunch", clause=clause, status=409)
    successor = successor_of(context, request)
    request.session.flash(["success", "meeting.relaunched"])
    return HTTPSeeOther(request.resource_path(successor, "edit"))


def successor_of(meeting: Meeting, request: Any) -> Meeting:
    """Create the meeting that follows a suspended one; ballots are not carried over."""
    values = {k: v for k, v in meeting.values_of_schema().items() if k not in _ANEW}
    # The old times stand until the convenor sets new ones; submission refuses what has passed.
    values |= {name: getattr(meeting, name) for name in _ANEW}
    successor = content.create("meeting", request, **values)
    successor.predecessor_oid = oid(meeting)
    content.add(meeting.__parent__, successor, request)
    for motion in meeting.motions():
        copy = content.create("motion", request, **motion.values_of_schema())
        content.add(successor, copy, request, name=motion.__name__)
        for file in motion.files():
            copy.attach(file)
    photos = {p.photo_id for p in (meeting.posting, meeting.guide_posting) if p is not None}
    for file in meeting.files():
        if file.id not in photos:
            successor.attach(file)
    meeting.successor_oid = oid(successor)
    meeting.remember(request.account_id, "relaunched", comment=successor.__name__)
    audit.record(request, "meeting.relaunch", meeting, successor=successor.__name__)
    return successor
