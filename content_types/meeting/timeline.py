"""The time line of a meeting for its page (法定时间表): every date, its clause, done or not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from icalendar import Calendar, Event

from portal import clock, i18n
from portal.law import calendar_at
from portal.rules.days import local_date
from portal.rules.deadlines import Deadline, MeetingDates, overdue, timeline
from portal.rules.errors import RuleError

# What counts from the day a result is public in every way the rules ask for.
COUNTED_DAYS = ("result_take_down", "result_disputes")
# The fact that settles a deadline, as the attribute of the meeting that holds its time.
SETTLED_BY = {
    "entry": "submitted_at",
    "publication": "noticed_at",
    "binding_list": "noticed_at",
    "invitation": "invited_at",
    "first_meeting": "convened_at",
    "street_guidance": "approved_at",
    "result_review": "resolved_by_review_at",
    "result_publication": "result_published_at",
}


def dates_of(meeting: Any, registry: Any) -> MeetingDates:
    """Return what is fixed so far."""

    def day(instant: datetime | None) -> Any:
        return local_date(instant) if instant else None

    return MeetingDates(
        opens_at=meeting.voting_opens_at,
        closes_at=meeting.voting_closes_at,
        entered_on=day(meeting.submitted_at),
        published_on=day(meeting.noticed_at),
        resolved_on=day(meeting.resolved_at),
        submitted_on=day(meeting.result_submitted_at),
        result_published_on=meeting.result_day(registry),
        preparatory_meeting_on=meeting.preparatory_meeting_on if meeting.inaugural else None,
    )


def deadlines(meeting: Any, registry: Any) -> tuple[Deadline, ...]:
    """Return every date of a meeting in order of time; RuleError names a missing calendar year."""
    dates = dates_of(meeting, registry)
    return timeline(meeting.rules(registry), calendar_at(meeting, registry), dates)


def known(meeting: Any, registry: Any) -> tuple[tuple[Deadline, ...], list[RuleError]]:
    """Return the dates that can be computed, and what a missing year leaves open.

    A published result that does not hang in the area yet has no days that could end (SZ-29).
    """
    missing: list[RuleError] = []
    calendar = calendar_at(meeting, registry)
    found = timeline(meeting.rules(registry), calendar, dates_of(meeting, registry), missing)
    if awaits_posting(meeting, registry):
        found = tuple(one for one in found if one.key not in COUNTED_DAYS)
    return found, missing


def awaits_posting(meeting: Any, registry: Any) -> bool:
    """Say whether a published result waits for the posting its days count from (SZ-26, SZ-29)."""
    return meeting.result_published_at is not None and meeting.result_day(registry) is None


def settled_at(meeting: Any, key: str) -> datetime | None:
    """Return when the act a deadline asks for was done, or None."""
    attribute = SETTLED_BY.get(key)
    return getattr(meeting, attribute) if attribute else None


def items(meeting: Any, layout: Any) -> list[dict[str, Any]]:
    """Return the time line for the component ``timeline``."""
    now = clock.now()
    dates, missing = known(meeting, layout.request.registry)
    found = []
    for one in dates:
        done = settled_at(meeting, one.key)
        if overdue(one, done or now) and not (done and _may_be_late(meeting, one.key)):
            status = "overdue"
        elif done is not None or (one.kind != "latest" and now >= one.at):
            status = "done"
        else:
            status = "later"
        note = layout.translate("deadline.done_at", at=layout.time(done)) if done else ""
        found.append(
            {
                "title": layout.translate(f"deadline.{one.key}"),
                "date_text": layout.time(one.at) if one.kind == "event" else layout.date(one.due),
                "status": status,
                "clause": one.clause,
                "left_text": layout.left(one.at) if status == "later" else "",
                "note": note,
            }
        )
    upcoming = next((item for item in found if item["status"] == "later"), None)
    if upcoming is not None:
        upcoming["status"] = "now"
    say = layout.translate
    texts = (layout.request.localizer.translate(i18n.of_error(error)) for error in missing)
    return [
        *found,
        *_uncounted(meeting, layout),
        *(_open(say("deadline.unknown"), "CN-201", text) for text in dict.fromkeys(texts)),
    ]


def _may_be_late(meeting: Any, key: str) -> bool:
    """Say whether an act after its day is lawful: a changed meeting was entered once (SZ-12.6)."""
    entered_again = any(entry.get("transition") == "amend" for entry in meeting.history())
    return key == "entry" and entered_again


def _uncounted(meeting: Any, layout: Any) -> list[dict[str, Any]]:
    """Return the days of a result that wait for its posting, with what they count from."""
    profile = meeting.rules(layout.request.registry)
    if not awaits_posting(meeting, layout.request.registry):
        return []
    rules = (profile.result_times.notice_days, profile.result_times.dispute_days)
    return [
        _open(
            layout.translate(f"deadline.{key}"),
            rule.clause,
            layout.translate("deadline.from_posting", days=rule.value),
        )
        for key, rule in zip(COUNTED_DAYS, rules, strict=True)
        if rule is not None
    ]


def _open(title: str, clause: str, note: str) -> dict[str, Any]:
    """Return a date that cannot be said yet."""
    return {
        "title": title,
        "date_text": "",
        "status": "later",
        "clause": clause,
        "left_text": "",
        "note": note,
    }


def calendar_file(meeting: Any, layout: Any) -> bytes:
    """Return the time line as an iCalendar file."""
    calendar = Calendar()
    calendar.add("prodid", "-//Yitang//assembly meeting//ZH")
    calendar.add("version", "2.0")
    for one in known(meeting, layout.request.registry)[0]:
        event = Event()
        # Two communities may number their meetings alike; a calendar holds both.
        event.add("uid", f"{one.key}.{meeting.community.__name__}.{meeting.__name__}@yitang")
        event.add("summary", f"{layout.translate('deadline.' + one.key)} · {meeting.title}")
        event.add("description", one.clause)
        event.add("url", layout.request.resource_url(meeting))
        event.add("dtstamp", clock.now())
        event.add("dtstart", one.at if one.kind == "event" else one.due)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
