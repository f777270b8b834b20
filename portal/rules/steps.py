"""Checks of the dated steps of a meeting (程序检查): entry, notices, amendment, extension."""

from datetime import date, datetime, timedelta

from portal.rules.days import local_date
from portal.rules.deadlines import (
    earliest_opening,
    earliest_take_down,
    last_binding_list_day,
    last_entry_day,
    last_publication_day,
)
from portal.rules.errors import RuleError
from portal.rules.keys import Rule
from portal.rules.profile import Profile


def check_in_force(profile: Profile, day: date) -> None:
    """Refuse to launch by rules that do not hold yet or no longer (SZ-35)."""
    if not profile.validity.covers(day):
        raise RuleError(
            "rules.profile.not_in_force",
            clause="EV-8.2.1",
            rules=profile.label,
            day=day.isoformat(),
        )


def check_convenor(profile: Profile, convenor_type: str) -> None:
    """Refuse a body that may not call a meeting in this place (SZ-2.1, BJ-GQ8.1)."""
    if convenor_type not in profile.convenor_types.value:
        raise profile.refuse("convenor_not_allowed", field="convenor", convenor=convenor_type)


def check_entry(profile: Profile, now: datetime, opens_at: datetime) -> None:
    """Refuse a meeting entered after the last day, unless the profile warns (SZ-12.1)."""
    _check(profile, "entry_too_late", local_date(now), last_entry_day(profile, opens_at), opens_at)


def check_publication(profile: Profile, published_on: date, opens_at: datetime) -> None:
    """Refuse a notice published after the last day, unless the profile warns (SZ-12.3)."""
    last = last_publication_day(profile, opens_at)
    _check(profile, "publication_too_late", published_on, last, opens_at)


def check_binding_list(profile: Profile, published_on: date, opens_at: datetime) -> None:
    """Refuse a binding list published after the last day, unless the profile warns (SZ-14.1)."""
    last = last_binding_list_day(profile, opens_at)
    _check(profile, "binding_list_too_late", published_on, last, opens_at)


def _check(profile: Profile, code: str, day: date, last: date | None, opens_at: datetime) -> None:
    if last is None or day <= last or profile.lead_times.severity == "warn":
        return
    opening = local_date(opens_at)
    raise profile.refuse(code, field="opens_at", last=last.isoformat(), opens=opening.isoformat())


def check_opening(
    profile: Profile,
    opens_at: datetime,
    *,
    published_on: date | None,
    binding_list_on: date | None,
    open_objections: int,
) -> None:
    """Refuse to open before every notice has run its time and every objection is decided."""
    if published_on is None:
        raise profile.refuse("publication_missing", field="published_on")
    if profile.lead_times.binding_list_days is not None and binding_list_on is None:
        raise profile.refuse("binding_list_missing", field="binding_list_on")
    if open_objections:
        raise profile.refuse("objection_open", objections=open_objections)
    earliest = earliest_opening(profile, published_on, binding_list_on)
    if local_date(opens_at) < earliest and profile.lead_times.severity == "refuse":
        raise profile.refuse("opening_too_early", field="opens_at", earliest=earliest.isoformat())


def check_take_down(
    profile: Profile, now: datetime, posted_on: date, rule: Rule[int] | None
) -> None:
    """Refuse to take a notice down before its full days are over (SZ-26, SZ-29)."""
    if rule is not None and now < earliest_take_down(posted_on, rule.value):
        earliest = local_date(earliest_take_down(posted_on, rule.value)).isoformat()
        raise RuleError(
            profile.refusals["notice_too_short"].message, clause=rule.clause, earliest=earliest
        )


def amend(profile: Profile, now: datetime, opens_at: datetime) -> date:
    """Return the earliest day of opening after an amendment that is published again today.

    Refused once voting is open, and everywhere the law wants a new vote instead (SZ-12.6,
    BJ-GQ2).
    """
    if now >= opens_at:
        raise profile.refuse("amend_after_opening")
    if profile.amend.value == "suspend_relaunch":
        raise profile.refuse("amend_not_allowed")
    today = local_date(now)
    return earliest_opening(profile, today) if profile.amend.value == "republish" else today


def extend(
    profile: Profile,
    now: datetime,
    ends_at: datetime,
    *,
    used: int,
    cause: str = "",
    approved: bool = False,
    new_end: datetime | None = None,
) -> datetime:
    """Return the new end of an open vote, or refuse the extension (SZ-19, BJ-GQ3).

    ``new_end`` is needed where the law leaves the length free and is refused where it does not.
    """
    rule = profile.extension.value
    if not rule.allowed:
        raise profile.refuse("extension_not_allowed")
    if now >= ends_at:
        raise profile.refuse("extension_after_end")
    if rule.max_count is not None and used >= rule.max_count:
        raise profile.refuse("extension_used_up", used=used)
    if rule.causes and cause not in rule.causes:
        raise profile.refuse("extension_cause", field="cause", cause=cause)
    if rule.approval and not approved:
        raise profile.refuse("extension_not_approved")
    if rule.days is not None:
        if new_end is not None:
            raise profile.refuse("extension_not_allowed", field="new_end", days=rule.days)
        return ends_at + timedelta(days=rule.days)
    if new_end is None or new_end <= ends_at:
        raise profile.refuse("extension_not_allowed", field="new_end")
    return new_end


def suspend(profile: Profile, now: datetime, ends_at: datetime) -> None:
    """Refuse to suspend a vote after its end, or where it may be amended instead (BJ-GQ2)."""
    if now >= ends_at:
        raise profile.refuse("closed")
    if profile.amend.value != "suspend_relaunch":
        raise profile.refuse("amend_not_allowed")


def check_amended(profile: Profile, now: datetime, opens_at: datetime) -> None:
    """Refuse a meeting that is entered again too late to be published anew (SZ-12.6)."""
    earliest = amend(profile, now, opens_at)
    if local_date(opens_at) < earliest:
        raise profile.refuse("opening_too_early", field="opens_at", earliest=earliest.isoformat())
