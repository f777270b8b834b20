"""Statutory time line of a meeting (法定期限): every date from the profile, with its clause."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar

from portal.rules.days import (
    Calendar,
    add_months,
    earliest_day_after,
    end_of_day,
    last_day,
    latest_day_before,
    local_date,
    start_of_day,
)
from portal.rules.errors import RuleError
from portal.rules.keys import Review, Rule
from portal.rules.profile import Profile

T = TypeVar("T")
Kind = Literal["latest", "earliest", "event", "ends"]


@dataclass(frozen=True)
class Deadline:
    """One date: ``latest`` is missed at ``at``; ``earliest`` and ``event`` come at ``at``.

    ``ends`` closes a period in which others may act; when they stay silent, nothing is missed.
    """

    key: str
    clause: str
    kind: Kind
    due: date
    at: datetime


@dataclass(frozen=True)
class MeetingDates:
    """What is fixed so far; what is None is planned from the statutory date."""

    opens_at: datetime
    closes_at: datetime
    entered_on: date | None = None
    published_on: date | None = None
    resolved_on: date | None = None
    submitted_on: date | None = None
    result_published_on: date | None = None
    preparatory_meeting_on: date | None = None


def timeline(
    profile: Profile,
    calendar: Calendar,
    dates: MeetingDates,
    missing: list[RuleError] | None = None,
) -> tuple[Deadline, ...]:
    """Return every date of a meeting in order of time.

    Raises RuleError naming the year when a working-day rule needs a year that is not loaded; with
    a list for ``missing`` the error goes there and the date is left out.
    """
    found = [
        *_before_opening(profile, calendar, dates, missing),
        Deadline("voting_open", "EV-6.4.1", "event", local_date(dates.opens_at), dates.opens_at),
        Deadline("voting_close", "EV-6.4.3", "event", last_day(dates.closes_at), dates.closes_at),
        *_after_closing(profile, calendar, dates, missing),
    ]
    return tuple(sorted(found, key=lambda deadline: deadline.at))


def _unless_missing(missing: list[RuleError] | None, compute: Callable[[], T]) -> T | None:
    """Return what is computed, or None where a year of working days is missing for it."""
    try:
        return compute()
    except RuleError as error:
        if missing is None:
            raise
        missing.append(error)
        return None


def _before_opening(
    profile: Profile, calendar: Calendar, dates: MeetingDates, missing: list[RuleError] | None
) -> list[Deadline]:
    times, opening = profile.lead_times, local_date(dates.opens_at)
    found = []
    for key, rule in (
        ("entry", times.entry_days),
        ("publication", times.publication_days),
        ("binding_list", times.binding_list_days),
    ):
        if rule is not None:
            found.append(_latest(key, rule.clause, _last(profile, opening, rule)))
    if times.invitation_working_days is not None:
        invitation = times.invitation_working_days
        invited = _unless_missing(
            missing, lambda: calendar.working_days_before(opening, invitation.value)
        )
        found += [_latest("invitation", invitation.clause, invited)] if invited else []
    review = profile.launch_review
    entered = dates.entered_on or (times.entry_days and _last(profile, opening, times.entry_days))
    if review.value.days is not None and entered:
        ends = _review_end(review, calendar, entered, missing)
        found += [_ends("street_guidance", review.clause, ends)] if ends else []
    if times.first_meeting_months is not None and dates.preparatory_meeting_on is not None:
        months = times.first_meeting_months
        day = add_months(dates.preparatory_meeting_on, months.value)
        found.append(_latest("first_meeting", months.clause, day))
    published = dates.published_on or last_publication_day(profile, dates.opens_at)
    if times.notice_days is not None and published:
        clause = profile.refusals["objection_open"].clause
        found.append(_ends("objections", clause, objections_end(times.notice_days, published)))
        found.append(_take_down("notice_take_down", times.notice_days, published))
    return found


def _review_end(
    review: Rule[Review], calendar: Calendar, since: date, missing: list[RuleError] | None
) -> date | None:
    days = review.value.days
    if days is None:
        return None
    return _unless_missing(missing, lambda: calendar.period_end(since, days))


def _after_closing(
    profile: Profile, calendar: Calendar, dates: MeetingDates, missing: list[RuleError] | None
) -> list[Deadline]:
    times = profile.result_times
    resolved = dates.resolved_on or last_day(dates.closes_at)
    review = profile.result_review
    ends = _review_end(review, calendar, dates.submitted_on or resolved, missing)
    found = [_ends("result_review", review.clause, ends)] if ends else []
    publish = _unless_missing(missing, lambda: result_due(profile, calendar, resolved))
    if publish is not None:
        found.append(publish)
    posted = dates.result_published_on or (publish and publish.due)
    if times.notice_days is not None and posted:
        found.append(_take_down("result_take_down", times.notice_days, posted))
    if dates.result_published_on is not None:
        found.append(_take_down("result_disputes", times.dispute_days, dates.result_published_on))
    return found


def result_due(profile: Profile, calendar: Calendar, resolved: date) -> Deadline | None:
    """Return by when the result of a resolution must be published; None where no time is set."""
    times = profile.result_times
    if times.publish_days is not None:
        day = calendar.period_end(resolved, times.publish_days.value)
        return _latest("result_publication", times.publish_days.clause, day)
    if times.publish_working_days is not None:
        day = calendar.add_working_days(resolved, times.publish_working_days.value)
        return _latest("result_publication", times.publish_working_days.clause, day)
    return None


def published_by_clock_at(profile: Profile, due: Deadline, reviewed_on: date | None) -> datetime:
    """Return when the clock publishes a result that nobody has published (SZ-26, BJ-OQ10).

    That is at the profile's hour of the last lawful day, or of the day on which the street
    office's guidance or its silence was over, where that is later (SZ-25.5).
    """
    hour = timedelta(hours=profile.result_times.publish_hour.value)
    return start_of_day(max(due.due, reviewed_on or due.due)) + hour


def closing_at(profile: Profile, published_on: date) -> datetime:
    """Return the first instant at which a published result may be filed (SZ-26, SZ-27)."""
    times = profile.result_times
    rules = (rule for rule in (times.notice_days, times.dispute_days) if rule is not None)
    return max(earliest_take_down(published_on, rule.value) for rule in rules)


def overdue(deadline: Deadline, now: datetime) -> bool:
    """Tell whether the last instant of a ``latest`` deadline has passed."""
    return deadline.kind == "latest" and now >= deadline.at


def _latest(key: str, clause: str, day: date) -> Deadline:
    return Deadline(key, clause, "latest", day, end_of_day(day))


def _ends(key: str, clause: str, day: date) -> Deadline:
    return Deadline(key, clause, "ends", day, end_of_day(day))


def _take_down(key: str, rule: Rule[int], posted: date) -> Deadline:
    at = earliest_take_down(posted, rule.value)
    return Deadline(key, rule.clause, "earliest", local_date(at), at)


def _last(profile: Profile, opening: date, rule: Rule[int]) -> date:
    both = profile.lead_times.day_count == "both_excluded"
    return latest_day_before(opening, rule.value, both_excluded=both)


def last_entry_day(profile: Profile, opens_at: datetime) -> date | None:
    """Return the last day on which a meeting can be entered (SZ-12.1)."""
    rule = profile.lead_times.entry_days
    return None if rule is None else _last(profile, local_date(opens_at), rule)


def last_publication_day(profile: Profile, opens_at: datetime) -> date | None:
    """Return the last day on which a meeting can be published (SZ-12.3)."""
    rule = profile.lead_times.publication_days
    return None if rule is None else _last(profile, local_date(opens_at), rule)


def last_binding_list_day(profile: Profile, opens_at: datetime) -> date | None:
    """Return the last day on which the binding list can be published (SZ-14.1)."""
    rule = profile.lead_times.binding_list_days
    return None if rule is None else _last(profile, local_date(opens_at), rule)


def earliest_opening(
    profile: Profile, published_on: date, binding_list_on: date | None = None
) -> date:
    """Return the first day on which voting can open after the notices (SZ-12.3, SZ-14.1)."""
    both = profile.lead_times.day_count == "both_excluded"
    days = [published_on]
    if profile.lead_times.publication_days is not None:
        lead = profile.lead_times.publication_days.value
        days.append(earliest_day_after(published_on, lead, both_excluded=both))
    if profile.lead_times.binding_list_days is not None and binding_list_on is not None:
        lead = profile.lead_times.binding_list_days.value
        days.append(earliest_day_after(binding_list_on, lead, both_excluded=both))
    return max(days)


def earliest_take_down(posted_on: date, notice_days: int) -> datetime:
    """Return the first instant at which a notice has been up for its full days (SZ-26, SZ-29)."""
    return start_of_day(earliest_day_after(posted_on, notice_days))


def objections_end(notice_days: Rule[int], published_on: date) -> date:
    """Return the last day of a notice, by which objections to it are decided (SZ-15.2)."""
    return published_on + timedelta(days=notice_days.value)


def publication_start(
    profile: Profile, platform_on: date | None, posted_on: date | None
) -> date | None:
    """Return the day a publication counts from: the later of platform and posting (SZ-29)."""
    if not profile.physical_posting.value:
        return platform_on
    if platform_on is None or posted_on is None:
        return None
    return max(platform_on, posted_on)
