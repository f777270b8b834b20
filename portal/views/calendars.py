"""Years of working days (工作日历): what is loaded, from which source, and loading a year."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.view import view_config

from portal import audit, clock, i18n, law
from portal.forms import Field, Form, FormSchema, Upload, UploadWidget
from portal.layout import Layout
from portal.rules.calendar_file import MAX_BYTES, parse_file
from portal.rules.days import CalendarYear
from portal.security import Permission, permits


@dataclass(frozen=True)
class LoadedYear:
    """A year as it was loaded on this site; ``digest`` is the SHA-256 of the file."""

    year: CalendarYear
    digest: str
    by: str
    at: datetime


class CalendarSchema(FormSchema):
    """The file of one year."""

    upload = Field(
        Upload(),
        title=i18n.message("calendar.field.upload"),
        description=i18n.message("calendar.field.upload_help"),
        widget=UploadWidget(accept=".yaml,.yml,.csv"),
        data_class="public",
    )


def load_year(data: bytes, filename: str, request: Any) -> LoadedYear:
    """Check the file of a year and let it hold from now on, in every process.

    RuleError names what is wrong with the file. A year that is loaded again replaces the earlier
    one, as the State Council sometimes rearranges a year.
    """
    year = parse_file(data, filename)
    digest = hashlib.sha256(data).hexdigest()
    loaded = LoadedYear(year, digest, request.account_id, clock.now())
    before = request.site.calendar_years.get(year.year)
    request.site.calendar_years = {**request.site.calendar_years, year.year: loaded}
    audit.record(
        request,
        "calendar.load",
        request.site,
        before={"digest": before.digest} if before else None,
        after={"year": year.year, "source": year.source, "digest": digest},
    )
    return loaded


@view_config(route_name="calendars", renderer="skins:default/calendars.pt")
def show_years(request: Any) -> dict[str, Any]:
    """List the loaded years with source and number of days."""
    layout, site = Layout(request, request.site), request.site
    years = law.calendar_at(site, request.registry).years
    return {
        "context": site,
        "years": [
            _line(year, site.calendar_years.get(number), layout)
            for number, year in sorted(years.items(), reverse=True)
        ],
        "load_url": layout.url("law/calendars/load")
        if permits(site, Permission.CALENDAR_LOAD, request.principals)
        else "",
    }


def _line(year: CalendarYear, loaded: LoadedYear | None, layout: Layout) -> dict[str, Any]:
    return {
        "year": year.year,
        "source": year.source,
        "holidays": [
            (run.name, "、".join(f"{day.month}-{day.day}" for day in run.days))
            for run in year.holidays
        ],
        "working": "、".join(f"{day.month}-{day.day}" for day in year.working_days),
        "loaded": layout.time(loaded.at) if loaded else "",
        "digest": loaded.digest if loaded else "",
    }


@view_config(route_name="calendar_load", renderer="skins:default/form.pt")
def load(request: Any) -> Any:
    """Take the file of a year."""
    site = request.site
    if not permits(site, Permission.CALENDAR_LOAD, request.principals):
        raise HTTPForbidden
    form = Form(CalendarSchema(), request, button="calendar.load")
    if form.take(lambda values: _load(values["upload"], request)):
        request.session.flash(["success", "calendar.loaded"])
        return HTTPSeeOther(request.route_path("calendars"))
    return {
        "item": site,
        "context": site,
        "form": form.render(),
        "heading": i18n.message("calendar.load"),
        "intro": i18n.message("calendar.intro"),
    }


def _load(upload: Any, request: Any) -> None:
    load_year(upload.file.read(MAX_BYTES + 1), upload.filename, request)
