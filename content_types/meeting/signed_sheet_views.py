"""Pages of the signed sheets (签章结果表页面): hand over, receive, open a scan."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.meeting import Meeting, panels, signed_sheets
from content_types.meeting.signed_sheets import MORE, RESULT, UNITS, clause_of
from content_types.sealed_pictures import PAPERS, Picture, picture_field, send
from portal.forms import Form, FormSchema
from portal.i18n import message
from portal.layout import Layout
from portal.security import Permission
from portal.views.again import fresh_or_redirect

MOST_DIGITS = 6


def _schema(meeting: Meeting) -> Any:
    """Return the form: a secret vote has no table per unit."""
    schema = FormSchema()
    schema.add(picture_field(RESULT, "sheets.field.result_sheet", accept=PAPERS))
    if not meeting.is_secret:
        schema.add(picture_field(UNITS, "sheets.field.units_sheet", accept=PAPERS))
    schema.add(picture_field(MORE, "sheets.field.more_sheet", accept=PAPERS, required=False))
    return schema


@view_config(
    context=Meeting,
    name="submit-sheets",
    renderer="skins:default/form.pt",
    permission=Permission.MEETING_RUN.value,
)
def submit_sheets(context: Meeting, request: Any) -> Any:
    """Take the scans of the signed result from the convenor."""
    layout = Layout(request, context)
    if not signed_sheets.may_submit(context, layout):
        raise HTTPNotFound
    form = Form(_schema(context), request, button="sheets.submit")
    if form.take(lambda values: signed_sheets.submit(context, values, request)):
        request.session.flash(["success", "sheets.submitted"])
        return HTTPSeeOther(request.resource_url(context, "signed-sheets"))
    return {
        "item": context,
        "heading": message("sheets.submit_title"),
        "intro": message("sheets.intro"),
        "clause": clause_of(context, request),
        "form": form.render(),
        "back_url": request.resource_url(context, "signed-sheets"),
    }


@view_config(
    context=Meeting,
    name="signed-sheets",
    renderer="skins:default/signed_sheets.pt",
    permission=Permission.VIEW.value,
)
def show_sheets(context: Meeting, request: Any) -> dict[str, Any]:
    """Show what was handed over and received, to those who answer for the vote."""
    layout = Layout(request, context)
    if not panels.is_staff(context, layout):
        raise HTTPForbidden
    receives = layout.may(context, Permission.RESULT_REVIEW)
    return {
        "item": context,
        "rows": [_row(one, context, layout) for one in reversed(context.signed_sheets)],
        "receives": receives,
        "submit_url": layout.url(context, "submit-sheets")
        if signed_sheets.may_submit(context, layout)
        else "",
    }


def _row(one: signed_sheets.Submission, meeting: Meeting, layout: Layout) -> dict[str, Any]:
    return {
        "number": str(one.number),
        "version": str(one.version),
        "at": layout.time(one.at),
        "by": layout.actor(one.by),
        "digest": one.digest,
        "in_force": meeting.result is not None and one.digest == meeting.result.digest,
        "received": layout.time(one.received_at),
        "receive_url": layout.url(meeting, "receive-sheets", str(one.number)),
        "scans": [
            (
                layout.translate(f"sheets.field.{scan.kind}"),
                "" if closed else layout.url(meeting, "signed-sheet", str(one.number), scan.kind),
                closed,
                scan.sha256,
            )
            for scan in one.scans
            for closed in (_closed(scan, meeting, layout),)
        ],
    }


def _closed(scan: Picture, meeting: Meeting, layout: Layout) -> str:
    """Say why the person cannot open a scan, or nothing."""
    if not scan.stored:
        return layout.translate("sheets.destroyed")
    if signed_sheets.may_open(meeting, scan.kind, layout):
        return ""
    rule = meeting.rules(layout.request.registry).unit_table_audience
    names = [layout.translate(f"law.unit_table_audience.{one}") for one in rule.value]
    clause = layout.clause_words(rule.clause)
    return layout.translate("sheets.restricted", who=layout.listed(names), clause=clause)


@view_config(
    context=Meeting,
    name="receive-sheets",
    request_method="POST",
    permission=Permission.RESULT_REVIEW.value,
)
def receive_sheets(context: Meeting, request: Any) -> HTTPSeeOther:
    """Note the receipt of the street office: ``receive-sheets/<number>``."""
    signed_sheets.receive(context, _number(request), request)
    request.session.flash(["success", "sheets.received"])
    return HTTPSeeOther(request.resource_url(context, "signed-sheets"))


@view_config(context=Meeting, name="signed-sheet", permission=Permission.VIEW.value)
def open_scan(context: Meeting, request: Any) -> Any:
    """Send one scan: ``signed-sheet/<number>/<kind>``; each look is logged."""
    number, kind = _number(request), (*request.subpath, "", "")[1]
    if not signed_sheets.may_open(context, kind, Layout(request, context)):
        raise HTTPForbidden
    one = signed_sheets.submission(context, number)
    scan = next((s for s in one.scans if s.kind == kind and s.stored), None) if one else None
    if scan is None:
        raise HTTPNotFound
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    return send(scan, signed_sheets.owner_of(context, number), context, request)


def _number(request: Any) -> int:
    text = request.subpath[0] if request.subpath else ""
    if not (text.isascii() and text.isdigit() and len(text) < MOST_DIGITS):
        raise HTTPNotFound
    return int(text)
