"""Pages of the desk (发放与回收): ledger of issue and return, lists for delivery."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types import sealed_pictures
from content_types.meeting.paper import PaperRound, ledger
from content_types.meeting.paper.model import ISSUED, STATES
from content_types.meeting.paper.printing import delivery_rows, list_pdf
from content_types.meeting.result_files import xlsx_file
from portal import audit, clock, i18n
from portal.errors import USER_ERRORS, NotFoundError, PortalError
from portal.files import disposition
from portal.forms import LocalDateTime
from portal.layout import Layout
from portal.security import Permission

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 50


@view_config(context=PaperRound, name="ledger", renderer="skins:default/paper_ledger.pt")
def show_ledger(context: PaperRound, request: Any) -> Any:
    """Show the ledger and take what happens at the desk, by serial number typed or scanned."""
    layout = Layout(request, context)
    may_run = layout.may(context, Permission.PAPER_RUN)
    if not may_run and not layout.may(context, Permission.PAPER_MONITOR):
        raise NotFoundError("content.unknown_type")
    error, post = None, request.POST if request.method == "POST" else {}
    if post:
        try:
            said = _book(context, request, layout)
        except USER_ERRORS as problem:
            error = problem
            request.tm.doom()
            request.response.status_int = getattr(problem, "status", 422)
        else:
            request.session.flash(["success", said])
            return HTTPSeeOther(request.resource_path(context, "ledger"))
    total = len(context.ledger)
    shown = range(total - 1, max(0, total - SHOWN) - 1, -1)
    roll = context.meeting.ballot_box.roll
    return {
        "item": context,
        "error": "" if error is None else request.localizer.translate(i18n.of_error(error)),
        "error_clause": "" if error is None else error.clause,
        "warned": error is not None and error.field == "although_voted",
        "action": post.get("action", ""),
        "values": {name: post.get(name, "") for name in FIELDS},
        "may_issue": may_run and context.meeting.workflow_state == "voting",
        "may_return": may_run and context.opened_at is None,
        "may_find": layout.may(context, Permission.PAPER_MONITOR)
        and context.opened_at is not None
        and context.closed_at is None,
        "out": sum(1 for sheet in context.sheets.values() if sheet.state == ISSUED),
        "now": clock.local(clock.now()).strftime("%Y-%m-%dT%H:%M"),
        "lines": [
            {
                "number": number + 1,
                "at": layout.time(line.at),
                "action": layout.translate(f"paper.action.{line.action}"),
                "serial": line.serial,
                "units": ledger.label_of(context, roll.rights.get(line.right)),
                "person": ledger.person_of(context, number, request.vault) if may_run else "",
                "witness": line.witness,
                "by": layout.actor(line.by),
                "note": line.note,
                "photo": layout.url(context, "photo", str(number)) if line.photo else "",
            }
            for number, line in ((at, context.ledger[at]) for at in shown)
        ],
        "total": total,
        "states": [
            (layout.translate(f"paper.state.{state}"), count) for state, count in _states(context)
        ],
    }


FIELDS = ("serial", "unit", "person", "witness", "note", "received_at", "replacement")


def _book(paper: PaperRound, request: Any, layout: Layout) -> str:
    """Do what the desk asks for and return the message about it."""
    post = request.POST
    text = {name: str(post.get(name, "")).strip()[:200] for name in FIELDS}
    action = post.get("action", "")
    if action == "found":
        if not layout.may(paper, Permission.PAPER_MONITOR):
            raise NotFoundError("content.unknown_type")
        ledger.found_in_box(paper, text["serial"], request, note=text["note"])
    elif not layout.may(paper, Permission.PAPER_RUN):
        raise NotFoundError("content.unknown_type")
    elif action == "issue":
        upload = post.get("photo")
        owner = photo_owner(paper, len(paper.ledger))
        photo = (
            sealed_pictures.take(upload, owner, "photo", request)
            if hasattr(upload, "file")
            else None
        )
        ledger.issue(
            paper,
            text["serial"],
            text["unit"],
            request,
            person=text["person"],
            witness=text["witness"],
            note=text["note"],
            photo=photo,
            although_voted=post.get("although_voted") == "yes",
        )
    elif action == "return":
        at = _instant(text["received_at"])
        ledger.take_back(paper, text["serial"], request, received_at=at, note=text["note"])
    elif action == "spoil":
        ledger.spoil(
            paper, text["serial"], request, note=text["note"], replacement=text["replacement"]
        )
    elif action == "unreturned":
        ledger.declare_unreturned(paper, request)
    else:
        raise NotFoundError("content.unknown_type")
    return f"paper.done.{action}"


@view_config(context=PaperRound, name="photo")
def show_photo(context: PaperRound, request: Any) -> Any:
    """Show the picture taken when a ballot was issued; every look is logged."""
    layout = Layout(request, context)
    allowed = (Permission.PAPER_RUN, Permission.PAPER_MONITOR)
    text = request.subpath[0] if len(request.subpath) == 1 else ""
    number = int(text) if text.isdecimal() and len(text) < 7 else len(context.ledger)
    if not any(layout.may(context, one) for one in allowed) or number >= len(context.ledger):
        raise NotFoundError("paper.no_scan")
    photo = context.ledger[number].photo
    if photo is None:
        raise NotFoundError("paper.no_scan")
    return sealed_pictures.send(photo, photo_owner(context, number), context.meeting, request)


def photo_owner(paper: PaperRound, number: int) -> str:
    """Return for what the picture of a ledger's line is sealed."""
    return f"{_id(paper)}:ledger:{number}"


@view_config(context=PaperRound, name="delivery.xlsx", permission=Permission.PAPER_RUN.value)
def send_delivery_sheet(context: PaperRound, request: Any) -> Response:
    """Send the list for delivery and collection as a workbook."""
    layout = Layout(request, context)
    rows = delivery_rows(context, layout)
    audit.record(request, "paper.delivery", context.meeting, rows=len(rows) - 1)
    made_at = context.meeting.voting_opens_at
    body = xlsx_file([(layout.translate("paper.delivery"), rows)], made_at)
    return send(body, XLSX, f"{_id(context)}-delivery.xlsx")


@view_config(context=PaperRound, name="delivery.pdf", permission=Permission.PAPER_RUN.value)
def send_delivery_list(context: PaperRound, request: Any) -> Response:
    """Send the list for delivery and collection to print and sign."""
    layout = Layout(request, context)
    rows = delivery_rows(context, layout)
    audit.record(request, "paper.delivery", context.meeting, rows=len(rows) - 1)
    lines = [f"{context.meeting.community.title} · {context.meeting.title}"]
    body = list_pdf(layout.translate("paper.delivery"), lines, [("", rows)], [], layout)
    return send(body, "application/pdf", f"{_id(context)}-delivery.pdf")


def send(body: bytes, media_type: str, filename: str) -> Response:
    """Return a file for download."""
    response = Response(body, content_type=media_type)
    response.headers["Content-Disposition"] = disposition(filename)
    response.headers["Cache-Control"] = "no-store"
    return response


def _instant(text: str) -> Any:
    """Return the instant of a date and time in the zone of the site, None when nothing is given."""
    if not text:
        return None
    try:
        return LocalDateTime().deserialize(colander.SchemaNode(LocalDateTime()), text)
    except colander.Invalid:
        raise PortalError("paper.no_time", field="received_at") from None


def _states(paper: PaperRound) -> list[tuple[str, int]]:
    found = dict.fromkeys(STATES, 0)
    for sheet in paper.sheets.values():
        found[sheet.state] += 1
    return list(found.items())


def _id(paper: PaperRound) -> str:
    return str(paper.meeting.ballot_box.meeting_id)
