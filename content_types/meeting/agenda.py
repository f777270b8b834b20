"""What comes next for a meeting (下一步): who acts, by when, and what is still missing for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from content_types.meeting import corrections, stepping, timeline
from content_types.meeting.disputes import open_disputes
from content_types.meeting.trustees import steps as trustee_steps
from portal import clock, i18n, workflow
from portal.layout import Layout
from portal.looks import BACKWARD
from portal.rules.deadlines import Deadline, overdue
from portal.security import rule_for
from portal.workflow import SYSTEM

# By which date a state is to be left, and the page on which something missing is done.
DUE = {
    "draft": "entry",
    "submitted": "street_guidance",
    "approved": "publication",
    "noticed": "voting_open",
    "voting": "voting_close",
    "counted": "result_publication",
    "result_review": "result_review",
    "resolved": "result_publication",
    "published": "result_disputes",
}
PAGES = {
    "entry_complete": "",
    "totals_confirmed": "confirm",
    "notices_linked": "link-notices",
    "notice_posted": "posting",
    "noticed_in_time": "posting",
    "result_posted": "posting",
    "trustees_ready": "trustees",
    "roster_handed_over": "roster",
}
# What only time brings, or depends on who asks, is no lack of anybody.
BY_TIME = frozenset(
    (
        "separate_reviewer",
        "window_open",
        "window_closed",
        "review_period_elapsed",
        "result_review_period_elapsed",
        "result_notice_elapsed",
        "publication_due",
        "count_complete",
    )
)


@dataclass(frozen=True)
class Missing:
    """One thing that stands in the way, in words, with the page where it is done."""

    text: str
    url: str
    due: datetime | None = None


def next_step(meeting: Any, request: Any) -> Any:
    """Return the step that leads on from the present state, or None at the end."""
    steps = workflow.definition(meeting.workflow_name).transitions.values()
    pointless = stepping.pointless(meeting, request)
    ahead = [
        step
        for step in steps
        if meeting.workflow_state in step.sources
        and step.name not in BACKWARD
        and step.name not in pointless | {"recount"}
    ]
    return ahead[0] if ahead else None


def actors(meeting: Any, step: Any, layout: Layout) -> str:
    """Return in words who takes a step: roles, or the clock."""
    if step.permission == SYSTEM:
        return layout.translate("agenda.clock")
    roles = rule_for(meeting, step.permission)[1]
    return layout.listed(layout.translate(f"role.{role}") for role in roles)


def deadlines(meeting: Any, registry: Any) -> tuple[Deadline, ...]:
    """Return the dates of a meeting that can be computed."""
    return timeline.known(meeting, registry)[0]


def due_of(meeting: Any, request: Any) -> datetime | None:
    """Return by when the present state is to be left, where a date says so."""
    key = DUE.get(meeting.workflow_state)
    found = {one.key: one.at for one in deadlines(meeting, request.registry)}
    return found.get(key)


def missed(meeting: Any, registry: Any) -> list[Deadline]:
    """Return the statutory dates that passed without the act they ask for."""
    now = clock.now()
    if meeting.workflow_state in ("draft", "suspended", "archived"):
        return []
    return [
        one
        for one in deadlines(meeting, registry)
        if overdue(one, now) and not timeline.settled_at(meeting, one.key)
    ]


def missing(meeting: Any, layout: Layout) -> list[Missing]:
    """Return everything that is still to be done before the next step, each with its page."""
    request, found = layout.request, []
    step = next_step(meeting, request)
    here = layout.url(meeting)
    due = due_of(meeting, request)
    for name in step.guards if step is not None else ():
        if name in BY_TIME:
            continue
        alone = workflow.Transition(step.name, (), "", "", (name,), clause=step.clause)
        error = workflow.obstacle(meeting, alone, request)
        if error is not None:
            place = meeting.community if name == "totals_confirmed" else meeting
            text = request.localizer.translate(i18n.of_error(error))
            found.append(Missing(text, layout.url(place) + PAGES.get(name, ""), due))
    posted = meeting.rules(request.registry).physical_posting.value
    ahead = meeting.workflow_state in ("approved", "noticed", "voting")
    if posted and ahead and not meeting.guide_posting:
        clause = meeting.rules(request.registry).clauses["guide_posting"]
        text = layout.translate("agenda.guide", clause=layout.clause_words(clause))
        found.append(Missing(text, f"{here}guide-posting", meeting.voting_opens_at))
    for one in open_disputes(meeting):
        text = f"{layout.translate(f'type.{one.content_type_name}')} {one.__name__}"
        found.append(Missing(text, layout.url(one), getattr(one, "due_at", None)))
    own = trustee_steps.asked_of(meeting, request)
    if own:
        found.append(Missing(layout.translate(own), f"{here}trustees", due))
    keys = trustee_steps.waiting(meeting, request)
    if keys:
        found.append(Missing(keys, f"{here}trustees"))
    if meeting.result is not None and corrections.waiting(meeting):
        found.append(Missing(layout.translate("correction.waiting"), here))
    return found
