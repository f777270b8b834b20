"""Pictures of paper ballots (选票扫描件页面): take one, show one; they show the choices."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types import sealed_pictures
from content_types.meeting.paper import PaperRound, entry
from portal.errors import NotFoundError, PortalError
from portal.layout import Layout
from portal.security import Permission

LOOKERS = (Permission.PAPER_ENTER, Permission.PAPER_MONITOR, Permission.RESULT_REVIEW)


@view_config(
    context=PaperRound,
    name="scan",
    request_method="POST",
    permission=Permission.PAPER_ENTER.value,
)
def take_scan(context: PaperRound, request: Any) -> HTTPSeeOther:
    """Keep a picture of a ballot."""
    upload = request.POST.get("scan")
    if not hasattr(upload, "file"):
        raise PortalError("paper.scan_missing", field="scan")
    sheet = entry.attach_scan(context, request.POST.get("serial", ""), upload, request)
    request.session.flash(["success", "paper.scan_done"])
    return HTTPSeeOther(request.resource_path(context, "enter", query={"serial": sheet.serial}))


@view_config(context=PaperRound, name="picture")
def show_scan(context: PaperRound, request: Any) -> Any:
    """Show a picture of a ballot to those who enter, watch or supervise; every look is logged."""
    layout = Layout(request, context)
    if context.opened_at is None or not any(layout.may(context, one) for one in LOOKERS):
        raise NotFoundError("paper.no_scan")
    serial, number = (*request.subpath, "", "")[:2]
    sheet = context.sheet(serial)
    if sheet is None or not number.isdecimal() or not int(number) < len(sheet.scans):
        raise NotFoundError("paper.no_scan")
    owner = entry.scan_owner(context, sheet)
    return sealed_pictures.send(sheet.scans[int(number)], owner, context.meeting, request)
