"""The rules for everybody to read (适用规则): tables, comparison, dates on a calendar."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from portal import clock, i18n, law
from portal.errors import USER_ERRORS
from portal.law_table import Row, rows
from portal.layout import Layout
from portal.rules.days import Calendar, to_utc
from portal.rules.deadlines import Deadline, MeetingDates, timeline
from portal.rules.profile import Profile
from portal.rules.profile_files import digest

KINDS = ("regular", "first")
# The example of the preview: a meeting so many days from now that lasts so many days.
AHEAD, LASTING, MOST_DAYS = 40, 10, 366


@view_config(route_name="law", renderer="skins:default/law.pt")
def show_all(request: Any) -> dict[str, Any]:
    """List the rules the site knows."""
    layout = Layout(request, request.site)
    return {
        "context": request.site,
        "profiles": [
            {
                "title": name_of(profile, layout),
                "url": layout.url(f"law/{profile.id}"),
                "state": layout.translate(f"law.status.{profile.status}"),
                "state_kind": "done" if profile.status == "in_force" else "draft",
                "meta": [place_of(profile, layout), *dated(profile, layout)],
            }
            for profile in request.registry.profiles.values()
        ],
    }


def name_of(profile: Profile, layout: Layout) -> str:
    """Return the name of a profile; one whose file is gone keeps its own title."""
    return layout.translate(f"profile.{profile.id}", profile.title)


def edition(profile: Profile, layout: Layout) -> str:
    """Return name and version of a profile as people read them."""
    title = name_of(profile, layout)
    return layout.translate("law.edition", title=title, version=profile.version)


def dated(profile: Profile, layout: Layout) -> tuple[str, str]:
    """Return version and days of validity of a profile in words."""
    first, last = profile.validity.first, profile.validity.last
    values = {"first": layout.date(first), "last": layout.date(last)}
    return (
        layout.translate("law.version_number", version=profile.version),
        layout.translate("law.valid_from" if last is None else "law.valid_between", **values),
    )


def place_of(profile: Profile, layout: Layout) -> str:
    """Return where a profile holds."""
    return layout.translate(f"law.place.{profile.id}", profile.place)


def profile_named(request: Any, name: str) -> Profile:
    """Return a profile of the site; 404 for an unknown one."""
    found = request.registry.profiles.get(name)
    if found is None:
        raise HTTPNotFound
    profile: Profile = found
    return profile


@view_config(route_name="law_profile", renderer="skins:default/law_profile.pt")
def show_one(request: Any) -> dict[str, Any]:
    """Show one profile as a table."""
    profile = profile_named(request, request.matchdict["profile"])
    return page_of(profile, Layout(request, request.site)) | {"context": request.site, "note": ""}


def page_of(profile: Profile, layout: Layout) -> dict[str, Any]:
    """Return what the page of a profile shows."""
    found = rows(profile, layout.translate)
    version, valid = dated(profile, layout)
    facts = [
        ("law.place", place_of(profile, layout)),
        ("law.version", f"{version} ({profile.label})"),
        ("law.state", layout.translate(f"law.status.{profile.status}")),
        ("law.validity", valid),
        ("law.basis", "、".join(f"《{name}》" for name in profile.legal_basis)),
    ]
    refusals = [row for row in found if row.key.startswith("refusals.")]
    return {
        "heading": name_of(profile, layout),
        "facts": [(layout.translate(key), value) for key, value in facts],
        "groups": [
            ("conflicts", [row for row in found if row.conflict]),
            ("further", [row for row in found if not row.conflict and row not in refusals]),
        ],
        "refusals": refusals,
        "digest": digest(profile),
    }


@view_config(route_name="law_compare", renderer="skins:default/law_compare.pt")
def show_difference(request: Any) -> dict[str, Any]:
    """Show two profiles side by side, what differs first."""
    layout, names = Layout(request, request.site), list(request.registry.profiles)
    chosen = [
        profile_named(request, request.GET.get(key) or names[index % len(names)])
        for key, index in (("first", 0), ("second", 1))
    ]
    first, second = chosen
    whole = bool(request.GET.get("all"))
    pairs = _pairs(rows(first, layout.translate), rows(second, layout.translate))
    names_shown = [name_of(one, layout) for one in chosen]
    lines = [_line(pair, names_shown) for pair in pairs]
    return {
        "context": request.site,
        "choices": [(one.id, name_of(one, layout)) for one in request.registry.profiles.values()],
        "chosen": [one.id for one in chosen],
        "names": names_shown,
        "whole": whole,
        "lines": [line for line in lines if whole or line["differs"] or line["conflict"]],
        "count": sum(line["differs"] for line in lines),
    }


def _pairs(left: list[Row], right: list[Row]) -> list[tuple[Row | None, Row | None]]:
    """Return the rows of two tables by key, in the order of the first, then of the second."""
    ours, theirs = ({row.key: row for row in table} for table in (left, right))
    return [(ours.get(key), theirs.get(key)) for key in dict.fromkeys((*ours, *theirs))]


def _line(pair: tuple[Row | None, Row | None], names: list[str]) -> dict[str, Any]:
    shown = next(row for row in pair if row is not None)
    values = [(row.value, row.clause) if row is not None else ("", "") for row in pair]
    sides = [(name, *side) for name, side in zip(names, values, strict=True)]
    return {
        "key": shown.key,
        "title": shown.title,
        "conflict": shown.conflict,
        "sides": sides,
        # Where only the clause differs, the sources agree.
        "differs": values[0][0] != values[1][0],
    }


class PreviewSchema(colander.MappingSchema):
    """What a preview is computed from."""

    profile = colander.SchemaNode(colander.String())
    kind = colander.SchemaNode(colander.String(), validator=colander.OneOf(KINDS))
    opens = colander.SchemaNode(
        colander.Date(), validator=colander.Range(date(2008, 1, 1), date(2100, 1, 1))
    )
    days = colander.SchemaNode(colander.Integer(), validator=colander.Range(1, MOST_DAYS))
    preparatory = colander.SchemaNode(
        colander.Date(),
        missing=None,
        validator=colander.Range(date(2008, 1, 1), date(2100, 1, 1)),
    )


@view_config(route_name="law_preview", renderer="skins:default/law_preview.pt")
def show_preview(request: Any) -> dict[str, Any]:
    """Show every statutory date of a meeting that might be called, as a list and by months.

    Who comes without a question gets the form alone where the example cannot be computed.
    """
    layout, today = Layout(request, request.site), clock.local(clock.now()).date()
    given = {
        "profile": next(iter(request.registry.profiles)),
        "kind": KINDS[0],
        "opens": (today + timedelta(days=AHEAD)).isoformat(),
        "days": str(LASTING),
        "preparatory": "",
    } | {key: value for key, value in request.GET.items() if value}
    error, found = "", ()
    calendar = law.calendar_at(request.site, request.registry)
    try:
        values = PreviewSchema().deserialize(given)
        profile = profile_named(request, values["profile"])
        found = timeline(profile, calendar, _dates(values))
    except colander.Invalid as invalid:
        faults = invalid.asdict(translate=request.localizer.translate)
        names = (layout.translate(f"law.preview.{key}") for key in faults)
        error = layout.translate("law.preview.invalid", fields=layout.listed(names))
    except USER_ERRORS as refused:
        error = str(request.localizer.translate(i18n.of_error(refused)))
    if error and request.GET:
        request.response.status_int = 422
    elif error:
        error = ""
    marks: dict[date, list[str]] = {}
    for one in found:
        marks.setdefault(one.due, []).append(layout.translate(f"deadline.{one.key}"))
    return {
        "context": request.site,
        "choices": [(one.id, name_of(one, layout)) for one in request.registry.profiles.values()],
        "kinds": [(kind, layout.translate(f"law.preview.kind.{kind}")) for kind in KINDS],
        "given": given,
        "error": error,
        "deadlines": [_deadline(one, layout) for one in found],
        "months": [_month(first, marks, calendar, layout) for first in _months(marks)],
    }


def _dates(values: dict[str, Any]) -> MeetingDates:
    opens = to_utc(datetime.combine(values["opens"], time(9)))
    return MeetingDates(
        opens_at=opens,
        closes_at=opens + timedelta(days=values["days"]),
        preparatory_meeting_on=values["preparatory"] if values["kind"] == "first" else None,
    )


def _deadline(one: Deadline, layout: Layout) -> dict[str, Any]:
    return {
        "title": layout.translate(f"deadline.{one.key}"),
        "kind": layout.translate(f"law.preview.{one.kind}"),
        "day": layout.date(one.due),
        "weekday": layout.translate(f"law.weekday.{one.due.weekday()}"),
        "clause": one.clause,
    }


def _months(marks: Iterable[date]) -> list[date]:
    """Return the first day of every month from the first to the last marked day."""
    days = sorted(marks)
    if not days:
        return []
    count = (days[-1].year - days[0].year) * 12 + days[-1].month - days[0].month + 1
    start = days[0].year * 12 + days[0].month - 1
    return [date((start + n) // 12, (start + n) % 12 + 1, 1) for n in range(count)]


def _month(
    first: date, marks: dict[date, list[str]], calendar: Calendar, layout: Layout
) -> dict[str, Any]:
    weeks = months.Calendar().monthdatescalendar(first.year, first.month)
    return {
        "title": layout.translate("law.month", year=first.year, month=first.month),
        "key": first.isoformat()[:7],
        "weeks": [[_day(day, first, marks, calendar) for day in week] for week in weeks],
    }


def _day(
    day: date, first: date, marks: dict[date, list[str]], calendar: Calendar
) -> dict[str, Any] | None:
    if day.month != first.month:
        return None
    off = day.year in calendar.years and not calendar.is_working_day(day)
    return {"number": day.day, "off": off, "titles": marks.get(day, [])}
