"""Messages of each step of a meeting (会议通知): to who acts next, and to all owners."""

from __future__ import annotations

from typing import Any

from content_types.meeting.procedure import people_of
from content_types.meeting.publishing import awaits_guidance
from portal import clock, notify
from portal.content import by_oid, oid
from portal.layout import Layout
from portal.outbox import job
from portal.rules.days import local_date
from portal.rules.deadlines import earliest_take_down
from portal.security import Role
from portal.workflow import on_transition

BATCH = 200
# Who is told what after a step: a role over the community, or all bound owners.
TOLD_ROLE = {
    "submit": (Role.STREET_OFFICER, "review.submitted"),
    "submit_result": (Role.STREET_OFFICER, "result.submitted"),
    "approve": (Role.CONVENOR, "review.approved"),
    "review_elapsed": (Role.CONVENOR, "review.approved"),
    "return": (Role.CONVENOR, "review.returned"),
    "finish_count": (Role.CONVENOR, "result.review"),
    "review_result": (Role.CONVENOR, "review.approved"),
    "result_review_elapsed": (Role.CONVENOR, "review.approved"),
}
TOLD_OWNERS = {
    "publish_notice": "meeting.notice_posted",
    "open_voting": "vote.opened",
    "suspend": "vote.suspended",
    "publish_result": "result.published",
    "publish_result_due": "result.published",
    "archive": "meeting.archived",
}
# Which date a message speaks of; without it another wording is sent.
DATED = {
    "review.submitted": "deadline",
    "meeting.notice_posted": "until",
    "result.submitted": "deadline",
    "result.published": "until",
}
NONE = "-"


@on_transition(*(f"meeting.{name}" for name in TOLD_ROLE))
def tell_role(event: Any) -> None:
    """Tell the people who act next."""
    role, template = TOLD_ROLE[event.transition]
    values = message_values(event.request, event.item, event.comment)
    template = _worded(template, values)
    for account_id in people_of(event.request, event.item, role):
        notify.send(
            event.request,
            account_id,
            template,
            values,
            link=event.request.resource_path(event.item),
        )


@on_transition(*(f"meeting.{name}" for name in TOLD_OWNERS))
def tell_owners(event: Any) -> None:
    """Promise the message of a step to all owners (EV-6.6.1)."""
    promise_message(event.item, event.request, TOLD_OWNERS[event.transition])


def promise_message(item: Any, request: Any, template: str) -> None:
    """Promise a message to every account bound to a unit of the community."""
    accounts = sorted(
        {b.account_id for unit in item.community["owners"].units() for b in unit.bindings}
    )
    for start in range(0, len(accounts), BATCH):
        request.site.outbox.put(
            "meeting.tell",
            {
                "meeting": oid(item),
                "template": template,
                "accounts": accounts[start : start + BATCH],
            },
        )


@job("meeting.tell")
def tell(request: Any, meeting: int, template: str, accounts: list[str]) -> None:
    """Send one message to a batch of accounts."""
    item = by_oid(request.site, meeting)
    values = message_values(request, item)
    template = _worded(template, values)
    # Owners who do not see the vote yet are led to the notice it was linked with.
    shown = by_oid(request.site, item.linked_oids[0]) if item.is_held_back else item
    for account_id in accounts:
        notify.send(request, account_id, template, values, link=request.resource_path(shown))


def _worded(template: str, values: dict[str, Any]) -> str:
    """Return the wording without a date where the law of the place sets none."""
    dated = values.get(DATED.get(template, ""), "")
    return f"{template}_undated" if dated == NONE else template


def _next(item: Any, request: Any) -> str:
    """Return the name of what comes next: a result nobody reviews is published at once (C-13)."""
    state = str(item.workflow_state)
    unreviewed = state == "counted" and not awaits_guidance(item, request.registry)
    return "counted_unreviewed" if unreviewed else state


def message_values(request: Any, item: Any, comment: str = "") -> dict[str, Any]:
    """Return everything the message templates of a meeting may mention; nothing personal."""
    layout, now = Layout(request, item), clock.now()
    profile = item.rules(request.registry)
    counted = item.result is not None
    days = (profile.result_times if counted else profile.lead_times).notice_days
    review = (profile.result_review if counted else profile.launch_review).value.days
    submitted = (item.result_submitted_at if counted else item.submitted_at) or now
    deadline = request.calendar.period_end(local_date(submitted), review) if review else None
    start = item.result_day(request.registry) if counted else local_date(item.noticed_at or now)
    until = earliest_take_down(start, days.value) if days and start else None
    record = by_oid(request.site, item.record_oid) if item.record_oid else None
    return {
        "community": item.community.title,
        "title": item.title,
        "deadline": layout.date(deadline) or NONE,
        "next": layout.translate(f"meeting.next.{_next(item, request)}"),
        "reason": comment or NONE,
        "comment": comment or NONE,
        "start": layout.time(item.voting_opens_at),
        "end": layout.time(item.voting_closes_at),
        "until": layout.time(until) or NONE,
        "points": "；".join(motion.title for motion in item.motions()),
        "results": item.result.summary(layout) if item.result is not None else NONE,
        "number": record.__name__ if record is not None else NONE,
    }
