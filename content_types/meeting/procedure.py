"""The steps of a meeting (会议程序): what must hold before each of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from content_types.community.confirming import is_current
from content_types.meeting import corrections, scope, secrecy, timeline
from content_types.meeting.opening import rule_of
from portal import clock
from portal.errors import PortalError
from portal.rules import steps
from portal.rules.days import local_date
from portal.rules.deadlines import closing_at, publication_start
from portal.rules.errors import RuleError
from portal.rules.motion_template import BLANK
from portal.rules.tally import check_spec
from portal.security import Role, principals_for, scopes
from portal.workflow import guard


@guard("entry_complete")
def entry_complete(item: Any, request: Any) -> bool:
    """Every field, at least one motion with sound options, and a lawful convenor (SZ-12.1)."""
    profile = item.rules(request.registry)
    steps.check_in_force(profile, local_date(clock.now()))
    steps.check_convenor(profile, item.convenor_kind)
    committee = profile.committee_convenors.value
    if item.convenor_kind in committee and not item.community.has_committee:
        # The first assembly is called by the preparatory group or an office (SZ-32 to SZ-34).
        refusal, law = profile.refusals["convenor_not_allowed"], profile.inaugural_convenors
        clause = refusal.clause if law is None else law.clause
        raise RuleError(refusal.message, clause=clause, field="convenor_kind")
    if item.method != "electronic" and profile.paper_mode.value == "none":
        raise profile.refuse("paper_not_offered", field="method")
    secrecy.check(item, request.registry)
    scope.check(item)
    timeline.deadlines(item, request.registry)  # Names a year whose working days are missing.
    motions = item.motions()
    if not motions:
        raise profile.refuse("motion_missing", field="motions")
    for motion in motions:
        rule_of(motion, item, request.registry)
        check_spec(motion.spec())
        if BLANK in motion.title + motion.description:
            raise PortalError("motion.blank_left", clause="EV-6.1.3", motion=motion.title)
        if motion.is_election and motion.seats < 1:
            raise profile.refuse("seats_missing", field="seats")
    return True


@guard("totals_confirmed")
def totals_confirmed(item: Any, request: Any) -> bool:
    """The convenor confirmed units, owners and area, and the register is still the same."""
    profile = item.rules(request.registry)
    if item.community.office is None:
        raise profile.refuse("office_missing")
    if not is_current(item.community, profile.voting_uses.value):
        raise profile.refuse("totals_unconfirmed")
    return True


@guard("entered_in_time")
def entered_in_time(item: Any, request: Any) -> bool:
    """The entry is early enough before the meeting (SZ-12.1)."""
    profile, now = item.rules(request.registry), clock.now()
    if any(entry.get("transition") == "amend" for entry in item.history()):
        # It was entered in time before; what counts now is the time of the new notice (SZ-12.6).
        steps.check_amended(profile, now, item.voting_opens_at)
    else:
        steps.check_entry(profile, now, item.voting_opens_at)
    return _still_ahead(item)


def _still_ahead(item: Any) -> bool:
    """Refuse what comes when the voting time has begun, where no lead time says so already."""
    if clock.now() >= item.voting_opens_at:
        raise PortalError("meeting.window_past", clause="EV-6.4.1", field="voting_opens_at")
    return True


@guard("separate_reviewer")
def separate_reviewer(item: Any, request: Any) -> bool:
    """Who convenes here, or submitted it, does not review it (SZ-33)."""
    convenes = not principals_for(item, (Role.CONVENOR,)).isdisjoint(request.principals)
    submitted = ("submit", "submit_result")
    by = next((e["actor"] for e in item.history() if e.get("transition") in submitted), "")
    if convenes or (request.account_id and request.account_id == by):
        told = item.rules(request.registry).refusals["own_review"]
        raise PortalError(told.message, clause=told.clause, status=403)
    return True


@guard("review_period_elapsed")
def review_period_elapsed(item: Any, request: Any) -> bool:
    """Silence of the street office passes after its days, where its review is advisory."""
    review = item.rules(request.registry).launch_review.value
    if review.mode == "none":
        return True
    if review.mode != "advisory" or review.days is None:
        return False
    calendar = request.calendar
    last = calendar.period_end(local_date(item.submitted_at), review.days)
    return local_date(clock.now()) > last


@guard("notice_posted")
def notice_posted(item: Any, request: Any) -> bool:
    """The notice hangs in the area, with place, time and photo (SZ-29)."""
    return not item.rules(request.registry).physical_posting.value or item.posting is not None


@guard("noticed_in_time")
def noticed_in_time(item: Any, request: Any) -> bool:
    """Notice and binding list are early enough before the meeting (SZ-12.3, SZ-14.1)."""
    profile = item.rules(request.registry)
    day = notice_day(item, profile, clock.now())
    if day is None:
        return False
    steps.check_publication(profile, day, item.voting_opens_at)
    steps.check_binding_list(profile, day, item.voting_opens_at)
    return _still_ahead(item)


@guard("amendment_allowed")
def amendment_allowed(item: Any, request: Any) -> bool:
    """A change before the meeting is allowed where the law lets it be published again.

    A meeting whose time passed before it was published, or without a vote, may be set anew.
    """
    passed = {"approved": item.voting_opens_at, "noticed": item.voting_closes_at}
    if clock.now() >= passed[item.workflow_state]:
        return True
    steps.amend(item.rules(request.registry), clock.now(), item.voting_opens_at)
    return True


@guard("window_open")
def window_open(item: Any, request: Any) -> bool:
    """The voting time has come and is not over."""
    return bool(item.voting_opens_at <= clock.now() < item.voting_closes_at)


@guard("notice_period_elapsed")
def notice_period_elapsed(item: Any, request: Any) -> bool:
    """Every notice has run its days and every objection is decided (SZ-14.1, SZ-15.2)."""
    profile = item.rules(request.registry)
    day = notice_day(item, profile, item.noticed_at)
    steps.check_opening(
        profile,
        item.voting_opens_at,
        published_on=day,
        binding_list_on=day,
        open_objections=open_objections(item),
    )
    return True


@guard("window_closed")
def window_closed(item: Any, request: Any) -> bool:
    """The voting time is over."""
    return bool(clock.now() >= item.voting_closes_at)


@guard("count_complete")
def count_complete(item: Any, request: Any) -> bool:
    """The count has written a result."""
    return item.result is not None and not corrections.waiting(item)


@guard("result_review_period_elapsed")
def result_review_period_elapsed(item: Any, request: Any) -> bool:
    """Silence of the street office on the result passes after its days."""
    review = item.rules(request.registry).result_review.value
    if review.mode == "none":  # Submitted all the same before the step was refused (C-13).
        return True
    if review.mode != "advisory" or review.days is None:
        return False
    calendar = request.calendar
    last = calendar.period_end(local_date(item.result_submitted_at), review.days)
    return local_date(clock.now()) > last


@guard("result_posted")
def result_posted(item: Any, request: Any) -> bool:
    """The result hangs in the area, with place, time and photo (SZ-26, SZ-29)."""
    return (
        not item.rules(request.registry).physical_posting.value or item.result_posting is not None
    )


@guard("result_notice_elapsed")
def result_notice_elapsed(item: Any, request: Any) -> bool:
    """The result was up for its full days and open to objections for theirs (SZ-26, C-20)."""
    start = item.result_day(request.registry)
    return start is not None and clock.now() >= closing_at(item.rules(request.registry), start)


def open_objections(item: Any) -> int:
    """Count the objections nobody has decided."""
    return sum(1 for one in item.objections() if one.workflow_state == "submitted")


def notice_day(item: Any, profile: Any, published_at: datetime | None) -> Any:
    """Return the day the notice counts from, given when it went or goes on the platform."""
    platform = local_date(published_at) if published_at else None
    posted = local_date(item.posting.posted_at) if item.posting else None
    return publication_start(profile, platform, posted)


def people_of(request: Any, item: Any, role: Role) -> list[str]:
    """Return the ids of the active accounts that hold a role over a meeting's community."""
    places = set(scopes(item))
    return [
        account.id
        for account in request.site.accounts
        if account.active and any(r == role and s in places for r, s in account.grants)
    ]
