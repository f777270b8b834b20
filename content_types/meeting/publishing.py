"""Publication of a result by the clock (到期自动公示): by the law's last day, if nobody did it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from content_types.meeting import corrections
from content_types.meeting.procedure import people_of
from portal import clock, i18n, notify
from portal.errors import PortalError
from portal.law import calendar_at
from portal.rules.days import last_day, local_date
from portal.rules.deadlines import Deadline, published_by_clock_at, result_due
from portal.rules.errors import RuleError
from portal.security import Role
from portal.workflow import guard, on_transition

AHEAD = ("counted", "result_review", "resolved")


class Plan(NamedTuple):
    """The last lawful day, and when the clock publishes."""

    due: Deadline
    at: datetime


def planned(meeting: Any, registry: Any) -> Plan | None:
    """Return when the clock publishes the newest result; None where the law fixes no day.

    Raises RuleError naming a year whose working days are missing.
    """
    made = meeting.resolved_at
    resolved = local_date(made) if made else last_day(meeting.voting_closes_at)
    profile = meeting.rules(registry)
    due = result_due(profile, calendar_at(meeting, registry), resolved)
    if due is None:
        return None
    reviewed = meeting.resolved_by_review_at
    return Plan(
        due, published_by_clock_at(profile, due, local_date(reviewed) if reviewed else None)
    )


def awaits_guidance(meeting: Any, registry: Any) -> bool:
    """Say whether the street office has still to see the result, or may still speak (SZ-25.4)."""
    if meeting.workflow_state == "resolved":
        return False
    return bool(meeting.rules(registry).result_review.value.mode != "none")


def is_settled(meeting: Any) -> bool:
    """Say whether no doubted ballot is undecided and no correction is uncounted (EV-8.6.3)."""
    cases = meeting.children_of("ballot_case")
    undecided = any(case.workflow_state == "submitted" for case in cases)
    return meeting.result is not None and not undecided and not corrections.waiting(meeting)


@guard("result_review_needed")
def result_review_needed(item: Any, request: Any) -> bool:
    """A result is submitted only where the law knows a review of results (C-13)."""
    review = item.rules(request.registry).result_review
    if review.value.mode == "none":
        raise PortalError("guard.result_review_needed", clause=review.clause)
    return True


@guard("result_review_over")
def result_review_over(item: Any, request: Any) -> bool:
    """A result is published by hand only after the guidance, where there is one (SZ-25.5, C-13)."""
    if awaits_guidance(item, request.registry):
        clause = item.rules(request.registry).result_review.clause
        raise PortalError("guard.result_review_over", clause=clause, status=409)
    return True


@guard("publication_due")
def publication_due(item: Any, request: Any) -> bool:
    """The last lawful day has come, and the guidance is over (SZ-26, SZ-25.5, BJ-OQ10)."""
    if awaits_guidance(item, request.registry):
        return False
    plan = planned(item, request.registry)
    return plan is not None and clock.now() >= plan.at


@guard("result_settled")
def result_settled(item: Any, request: Any) -> bool:
    """The clock publishes no result in which a ballot is in doubt (EV-8.6.3)."""
    return is_settled(item)


@on_transition("meeting.publish_result_due")
def tell_staff(event: Any) -> None:
    """Tell convenor and street office that the clock published, and what may be left to do."""
    item, request = event.item, event.request
    told = {
        one
        for role in (Role.CONVENOR, Role.STREET_OFFICER)
        for one in people_of(request, item, role)
    }
    link = request.resource_path(item)
    for account_id in sorted(told):
        notify.send(
            request, account_id, "result.published_by_clock", {"title": item.title}, link=link
        )


def takes_posting(meeting: Any, registry: Any) -> bool:
    """Say whether a posting can be entered now: also of a result the clock published (SZ-29)."""
    if meeting.workflow_state == "published":
        wanted = meeting.rules(registry).physical_posting.value
        return bool(wanted) and meeting.result_posting is None
    if meeting.workflow_state == "counted":
        return not awaits_guidance(meeting, registry)
    return meeting.workflow_state in ("approved", "resolved")


def words(meeting: Any, layout: Any) -> str:
    """Say when the clock publishes the result or why it does not; nothing in other states."""
    if meeting.workflow_state not in AHEAD:
        return ""
    request = layout.request
    try:
        plan = planned(meeting, request.registry)
    except RuleError as error:
        return str(request.localizer.translate(i18n.of_error(error)))
    if plan is None:
        return str(layout.translate("publishing.never"))
    if awaits_guidance(meeting, request.registry):
        submitted = meeting.workflow_state == "result_review"
        key = "after_review" if submitted else "after_submission"
    else:
        key = "held" if clock.now() >= plan.at and not is_settled(meeting) else "at"
    clause = layout.clause_words(plan.due.clause)
    values = {"at": layout.time(plan.at), "day": layout.date(plan.due.due)}
    return str(layout.translate(f"publishing.{key}", clause=clause, **values))
