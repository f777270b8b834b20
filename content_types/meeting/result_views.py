"""Result pages and downloads (结果页面): each file says the same numbers with the same digest."""

from __future__ import annotations

import re
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response
from pyramid.view import view_config

from content_types.building import by_address
from content_types.meeting import Meeting, counting, packages, panels, result_files
from content_types.meeting.evidence.heads import head_of
from content_types.meeting.result import Result
from content_types.meeting.result_pages import explain, said_labels
from portal import audit
from portal.errors import Forbidden
from portal.files import disposition
from portal.layout import Layout
from portal.paging import batch
from portal.rules.area import format_area
from portal.rules.visibility import unit_table_visible
from portal.security import Permission, Role

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = ("pdf", "xlsx", "csv", "zip")
PAGE = 50
MOST_DIGITS = 4
MOST_ROOM = 40
_BETWEEN = re.compile(r"\D+")


def seen(meeting: Meeting, request: Any) -> tuple[Layout, Result]:
    """Return layout and result for a person who may see it; 404 for everybody else.

    ``?version=`` asks for an older version; those once made public stay readable (EV-8.6.3).
    """
    layout = Layout(request, meeting)
    newest = panels.visible_result(meeting, layout)
    wanted = request.GET.get("version", "")
    if newest is None or (wanted and not wanted.isascii()) or len(wanted) > MOST_DIGITS:
        raise HTTPNotFound
    if not wanted:
        return layout, newest
    versions = {str(one.version): one for one in meeting.results[: newest.version]}
    if wanted not in versions:
        raise HTTPNotFound
    return layout, versions[wanted]


@view_config(
    context=Meeting,
    name="result",
    renderer="skins:default/result.pt",
    permission=Permission.VIEW.value,
)
def show_result(context: Meeting, request: Any) -> dict[str, Any]:
    """Show the result as table and chart, with every number that was compared (EV-8.3)."""
    layout, result = seen(context, request)
    newest = panels.visible_result(context, layout)
    query = {} if result is newest else {"version": str(result.version)}
    return {
        "item": context,
        "shown": explain(result, layout),
        "versions_url": layout.url(context, "result-versions") if newest.version > 1 else "",
        "head": head_of(context, result),
        "published": context.workflow_state in panels.PUBLIC
        or result.version <= context.published_versions,
        "downloads": [
            {
                "title": layout.translate(f"result.file.{ending}"),
                "url": layout.url(context, f"result.{ending}", **query),
                "type": ending,
                "size_text": layout.translate(f"result.file_note.{ending}"),
            }
            for ending in ENDINGS
        ],
        "units_url": layout.url(context, "unit-results") if _audience(context, layout) else "",
        "signatures": [
            {"role": layout.translate(f"convenor.{context.convenor_kind}"), "seal": True},
            {"role": layout.translate("role.scrutineer")},
        ],
        "page_url": address(context, request),
    }


def address(meeting: Meeting, request: Any) -> str:
    """Return the public address of the result, as printed on paper."""
    base = request.registry.settings["yitang"].base_url
    return f"{base}{request.resource_path(meeting, 'result')}"


@view_config(context=Meeting, name="result.csv", permission=Permission.VIEW.value)
def send_csv(context: Meeting, request: Any) -> Response:
    """Send the result as CSV."""
    layout, result = seen(context, request)
    body = result_files.csv_file(explain(result, layout), layout)
    return _send(body, "text/csv", f"{context.ballot_box.meeting_id}-result.csv")


@view_config(context=Meeting, name="result.xlsx", permission=Permission.VIEW.value)
def send_xlsx(context: Meeting, request: Any) -> Response:
    """Send the result as a workbook: summary, options, grounds."""
    layout, result = seen(context, request)
    shown = explain(result, layout)
    sheets = [
        (layout.translate("result.sheet.summary"), result_files.frame_rows(shown, layout)),
        (layout.translate("result.sheet.options"), result_files.result_rows(shown, layout)),
        (layout.translate("result.sheet.grounds"), result_files.check_rows(shown, layout)),
    ]
    body = result_files.xlsx_file(sheets, result.counted_at)
    return _send(body, XLSX, f"{context.ballot_box.meeting_id}-result.xlsx")


@view_config(context=Meeting, name="result.pdf", permission=Permission.VIEW.value)
def send_pdf(context: Meeting, request: Any) -> Response:
    """Send the result as a document to be signed and sealed (SZ-25.4)."""
    layout, result = seen(context, request)
    shown = explain(result, layout)
    body = result_files.pdf_file(shown, layout, address(context, request))
    return _send(body, "application/pdf", f"{context.ballot_box.meeting_id}-result.pdf")


@view_config(context=Meeting, name="result.zip", permission=Permission.VIEW.value)
def send_package(context: Meeting, request: Any) -> Response:
    """Send the publication package that anybody can check without the site."""
    _, result = seen(context, request)
    body = packages.package(context, "P0", request.registry, result)
    return _send(body, "application/zip", package_name(context, result, "P0"))


def package_name(meeting: Meeting, result: Result, level: str) -> str:
    """Return the file name of a package, which says its version once there are several."""
    version = f"-v{result.version}" if meeting.result.version > 1 else ""
    return f"{meeting.ballot_box.meeting_id}{version}-{level}.zip"


@view_config(
    context=Meeting,
    name="unit-results",
    renderer="skins:default/unit_results.pt",
    permission=Permission.VIEW.value,
)
def show_units(context: Meeting, request: Any) -> dict[str, Any]:
    """Show the per-unit table to whom the profile gives it; every look is logged (SZ-28)."""
    layout = _allowed(context, request)
    head, *rows = unit_rows(context, request, layout)
    words = request.GET.get("room", "").strip()[:MOST_ROOM]
    if words:
        rows = [row for row in rows if _is_room(row[0], words)]
    whole = bool(request.GET.get("all"))
    audit.record(request, "meeting.unit_results", context, units=len(rows))
    pages = batch(request, len(rows), len(rows) if whole else PAGE)
    here = layout.url(context, "unit-results")
    return {
        "item": context,
        "head": head,
        "rows": rows if whole else rows[pages["start"] : pages["start"] + PAGE],
        "batch": pages,
        "words": words,
        "whole": whole,
        "url": here,
        "whole_url": f"{here}?all=1",
        "digest": context.result.digest,
        "file_url": layout.url(context, "unit-results.xlsx"),
        "signatures": [
            {"role": layout.translate(f"convenor.{context.convenor_kind}"), "seal": True},
            {"role": layout.translate("role.scrutineer")},
        ],
    }


def _is_room(label: str, words: str) -> bool:
    """Say whether an address is looked for, as it stands or by its numbers: 1-102."""
    plain = "".join(label.split()).casefold()
    return "".join(words.split()).casefold() in plain or words in _BETWEEN.sub("-", label)


@view_config(context=Meeting, name="unit-results.xlsx", permission=Permission.VIEW.value)
def send_units(context: Meeting, request: Any) -> Response:
    """Send the per-unit table as a workbook to whom the profile gives it."""
    layout = _allowed(context, request)
    rows = unit_rows(context, request, layout)
    audit.record(request, "meeting.unit_results_export", context, units=len(rows) - 1)
    sheets = [(layout.translate("unit_results.title"), rows)]
    body = result_files.xlsx_file(sheets, context.result.counted_at)
    return _send(body, XLSX, f"{context.ballot_box.meeting_id}-units.xlsx")


def unit_rows(meeting: Meeting, request: Any, layout: Layout) -> result_files.Rows:
    """Return the per-unit table with its head: unit, owner number, area, channel and choices."""
    box, say = meeting.ballot_box, layout.translate
    openings = counting.opened(box, box.opener(request.registry.kek))
    counted = packages.casts_of(meeting, meeting.result, openings, request.registry).counted
    motions = meeting.result.settings["motions"]
    register = meeting.community["owners"]
    head = [say(f"unit_results.{name}") for name in ("unit", "right", "area", "channel")]
    rows = [[*head, *(motion["title"] for motion in motions)]]
    table = {line["unit"]: line for line in counting.unit_table(box, counted)}
    known = by_address(filter(None, map(register.unit, table)))
    sources = dict(box.roll.sources)
    order = [*(unit.code for unit in known), *sorted(table.keys() - {u.code for u in known})]
    for code in order:
        line, unit = table[code], register.unit(code)
        channel = line["channel"]
        cells = [
            unit.label if unit is not None else line["unit"],
            line["head"],
            _area_text(line["area"], sources.get(code, ""), say),
            say(f"result.channel.{channel}") if channel else say("turnout.not_voted"),
        ]
        for motion in motions:
            labels = said_labels(motion, say)
            marks = (line["choices"] or {}).get(motion["motion"], [])
            blank = say("result.blank") if channel else "—"
            cells.append("、".join(labels[mark] for mark in marks) or blank)
        rows.append(cells)
    return rows


def _area_text(area: int, source: str, say: Any) -> str:
    """Return an area, with its source where that is not the title register (CN-I8)."""
    if not source:
        return format_area(area)
    named = say(f"unit.area_source.{source}")
    return str(say("unit_results.sourced", area=format_area(area), source=named))


def _audience(meeting: Meeting, layout: Layout) -> bool:
    """Say whether the profile gives the per-unit table to the person (C-25); never if secret."""
    profile, mode = meeting.rules(layout.request.registry), meeting.ballot_mode
    public = meeting.workflow_state in panels.PUBLIC
    owner = panels.holds(meeting, layout, Role.OWNER)
    told = unit_table_visible(profile, "owner", mode, paper_only=meeting.method == "paper")
    return panels.reads_units(meeting, layout, mode) or (public and owner and told)


def _allowed(meeting: Meeting, request: Any) -> Layout:
    layout, _ = seen(meeting, request)
    if not _audience(meeting, layout):
        clause = meeting.rules(request.registry).unit_table_audience.clause
        raise Forbidden("unit_results.not_yours", clause=clause)
    return layout


def _send(body: bytes, media_type: str, filename: str) -> Response:
    response = Response(body, content_type=media_type)
    if media_type.startswith("text/"):
        response.charset = "utf-8"
    response.headers["Content-Disposition"] = disposition(filename)
    return response
