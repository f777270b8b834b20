"""What the steps of a meeting leave behind (会议进程), and those the clock takes by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from content_types.meeting import corrections, publishing, scope
from content_types.meeting.settings_record import settings_record
from portal import catalog, clock, present, workflow
from portal.apart import each_apart
from portal.errors import PortalError
from portal.events import Removed
from portal.layout import Layout
from portal.outbox import periodic
from portal.workflow import on_transition

CLOCK_SECONDS = 5
# What the clock may try in each state.
SYSTEM_STEPS = {
    "submitted": ("review_elapsed",),
    "noticed": ("open_voting",),
    "voting": ("close_voting",),
    "counting": ("finish_count",),
    "counted": ("publish_result_due",),
    "result_review": ("result_review_elapsed",),
    "resolved": ("publish_result_due",),
    "published": ("archive",),
}


@on_transition("meeting.submit")
def freeze_entry(event: Any) -> None:
    """Keep the profile, the confirmed totals and the version that was submitted."""
    item = event.item
    item.profile = item.rules(event.request.registry)
    item.confirmation = scope.confirmed_totals(item, event.request.registry)
    item.submitted_at = clock.now()
    item.versions = (*item.versions, settings_record(item, item.profile, item.confirmation))


@on_transition("meeting.return", "meeting.amend")
def thaw_entry(event: Any) -> None:
    """Let the convenor work on it again; the clock of notice and review starts anew."""
    item = event.item
    item.profile, item.submitted_at, item.approved_at, item.noticed_at = None, None, None, None
    item.posting, item.binding_list, item.invited_at, item.confirmation = None, None, None, None


@on_transition("meeting.approve", "meeting.review_elapsed")
def note_approval(event: Any) -> None:
    """Note when the review of the entry was over."""
    event.item.approved_at = clock.now()


@on_transition("meeting.review_result", "meeting.result_review_elapsed")
def note_result_review(event: Any) -> None:
    """Note when the review of the result was over."""
    event.item.resolved_by_review_at = clock.now()


@on_transition("meeting.submit_result")
def note_result_submission(event: Any) -> None:
    """Note when the street office received the result (SZ-25.5)."""
    event.item.result_submitted_at = clock.now()


@on_transition("meeting.publish_result", "meeting.publish_result_due")
def note_result_publication(event: Any) -> None:
    """Note when the result went on the platform (SZ-26)."""
    event.item.result_published_at = clock.now()


@on_transition("meeting.finish_count")
def note_resolution(event: Any) -> None:
    """The resolution is made when the count is complete."""
    event.item.resolved_at = clock.now()


@periodic(seconds=CLOCK_SECONDS)
def advance_meetings(request: Any, now: datetime) -> None:
    """Take every step whose time has come, without anybody doing anything."""

    def advance(item: Any) -> None:
        for name in SYSTEM_STEPS.get(item.workflow_state, ()):
            step = workflow.definition("meeting").transitions[name]
            if workflow.obstacle(item, step, request) is None:
                workflow.transition(item, name, request, system=True)
                break

    found = catalog.each(request, types=("meeting",), states=SYSTEM_STEPS, everything=True)
    each_apart(request, found, advance)


def offered_steps(item: Any, layout: Layout, *extra: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps the person can take and that have sense, and what comes beside them."""
    none = pointless(item, layout.request)
    return [one for one in present.steps(item, layout, *extra) if one["name"] not in none]


def pointless(item: Any, request: Any) -> set[str]:
    """Return the steps that have no sense for a meeting as it stands."""
    rule = item.rules(request.registry).amend.value
    found = {"suspend"} if rule != "suspend_relaunch" else set()
    if item.result is None or not corrections.waiting(item):
        found.add("recount")
    if publishing.awaits_guidance(item, request.registry):
        found.add("publish_result")
    else:
        found.add("submit_result")
    return found


def first_obstacle(item: Any, name: str, request: Any) -> Any:
    """Return why the clock does not take a step, for the convenor's page."""
    return workflow.obstacle(item, workflow.definition("meeting").transitions[name], request)


def keep_history(event: Removed) -> None:
    """Refuse to remove a meeting that was submitted: its versions are evidence (SZ-12.6)."""
    if event.item.content_type_name == "meeting" and event.item.versions:
        clause = event.item.rules(event.request.registry).amend.clause
        raise PortalError("meeting.has_history", clause=clause, status=409)


def includeme(config: Any) -> None:
    """Register the subscriber."""
    config.add_subscriber(keep_history, Removed)
