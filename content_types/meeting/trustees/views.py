"""Page of the trustees (托管页面): who they are, and what each of them and the convenor can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting import Meeting
from content_types.meeting.figures import shows_figures
from content_types.meeting.opening import meeting_id
from content_types.meeting.trustees import seats, steps
from content_types.meeting.trustees.seats import Seat
from portal import audit, i18n
from portal.errors import USER_ERRORS, PortalError
from portal.evidence import trustee
from portal.evidence.canonical import digest
from portal.files import disposition
from portal.layout import Layout
from portal.security import Permission

BEFORE = ("approved", "noticed")
HIDDEN = ("draft", "submitted")
CHIPS = {
    "none": "draft",
    "given": "waiting",
    "proven": "done",
    "asked": "waiting",
    "released": "done",
    "lost": "refused",
}
TOOLS = {"trustee.html": "text/html", "trustee.py": "text/x-python"}


@view_config(
    context=Meeting,
    name="trustees",
    renderer="skins:default/trustees.pt",
    permission=Permission.VIEW.value,
)
def trustees(context: Meeting, request: Any) -> Any:
    """Show who opens the ballots; take names from the convenor, keys and answers from trustees."""
    if context.workflow_state in HIDDEN:
        raise HTTPNotFound
    layout = Layout(request, context)
    if request.method != "POST":
        return _page(context, request, layout)
    act = ACTS.get(request.POST.get("step", ""))
    if act is None:
        raise HTTPNotFound
    if not request.is_fresh:
        query = {"came_from": request.resource_path(context, "trustees")}
        return HTTPSeeOther(request.route_path("reauthenticate", _query=query))
    try:
        done = act(context, request, layout)
    except USER_ERRORS as error:
        request.tm.doom()
        request.response.status_int = getattr(error, "status", 422)
        return _page(context, request, layout, error)
    context.remember(request.account_id, f"trustees_{done}")
    audit.record(request, f"meeting.trustees_{done}", context)
    request.session.flash(["success", f"trustees.done.{done}"])
    return HTTPSeeOther(request.resource_path(context, "trustees"))


@view_config(context=Meeting, name="trustee.html", permission=Permission.VIEW.value)
@view_config(context=Meeting, name="trustee.py", permission=Permission.VIEW.value)
def tool(context: Meeting, request: Any) -> Response:
    """Send a tool with which a trustee makes his key on his own machine."""
    return _send(_tool(request.view_name), request.view_name, TOOLS[request.view_name])


@view_config(context=Meeting, name="trustee-test.json", permission=Permission.VIEW.value)
def test_envelope(context: Meeting, request: Any) -> Response:
    """Send the asking trustee his test envelope."""
    seat = _seat(context, request)
    if not seat.test:
        raise HTTPNotFound
    return _send(seat.test.encode(), "trustee-test.json", "application/json")


def sealing_line(meeting: Meeting, request: Any, layout: Layout) -> dict[str, Any]:
    """Say in one sentence who can open the ballots of this meeting, with the way to more."""
    rule = seats.rule_of(meeting, request.registry)
    if meeting.trustees:
        groups = {seat.group for seat in meeting.trustees}
        text = layout.translate(
            "trustees.line_shared",
            persons=len(meeting.trustees),
            groups=len(groups),
            needed=rule.groups_needed,
        )
    elif shows_figures(meeting, request.registry):
        text = layout.translate("trustees.line_visible")
    else:
        text = layout.translate("trustees.line_server")
    url = "" if meeting.workflow_state in HIDDEN else layout.url(meeting, "trustees")
    missing = [seat for seat in meeting.trustees if seat.rehearsed_at is None]
    note = ""
    if missing and meeting.ballot_box is None:
        names = steps.seat_names(meeting, missing, request)
        note = layout.translate("trustees.not_ready", seats=names)
    return {"text": text, "url": url, "note": note}


def _page(meeting: Meeting, request: Any, layout: Layout, error: Any = None) -> dict[str, Any]:
    rule = seats.rule_of(meeting, request.registry)
    own = seats.seat_of(meeting, request.account_id) if request.account_id else None
    before = meeting.workflow_state in BEFORE and meeting.ballot_box is None
    naming = before and rule.use != "none" and layout.may(meeting, Permission.MEETING_RUN)
    text = "" if error is None else request.localizer.translate(i18n.of_error(error))
    return {
        "item": meeting,
        "line": sealing_line(meeting, request, layout),
        "rows": [_row(meeting, seat, request, layout) for seat in meeting.trustees],
        "waiting": steps.waiting(meeting, request),
        "own": own,
        "own_name": steps.seat_name(meeting, own, request) if own else "",
        "before": before,
        "may_release": _awaited(meeting),
        "may_bring": bool(meeting.trustees) and _awaited(meeting) and _is_staff(meeting, layout),
        "may_lose": own is not None and own.lost_at is None and _lost_matters(meeting, own),
        "naming": _naming(meeting, request, layout) if naming else [],
        "rule": rule,
        "error": text,
        "error_field": "" if error is None else error.field,
        "tools": [
            {"name": name, "url": layout.url(meeting, name), "digest": digest(_tool(name))}
            for name in TOOLS
        ],
        "test_url": layout.url(meeting, "trustee-test.json"),
    }


def _row(meeting: Meeting, seat: Seat, request: Any, layout: Layout) -> dict[str, Any]:
    if seat.lost_at is not None:
        status = "lost"
    elif seat.released_at is not None:
        status = "released"
    elif seat.rehearsed_at is not None:
        status = "asked" if _awaited(meeting) else "proven"
    else:
        status = "given" if seat.public else "none"
    return {
        "name": steps.seat_name(meeting, seat, request),
        "key": seat.key or "—",
        "status": layout.translate(f"trustees.status.{status}"),
        "kind": CHIPS[status],
    }


def _awaited(meeting: Meeting) -> bool:
    return bool(meeting.workflow_state == "counting" and meeting.result is None)


def _naming(meeting: Meeting, request: Any, layout: Layout) -> list[dict[str, Any]]:
    """Return one list to choose from for each seat."""
    rule = seats.rule_of(meeting, request.registry)
    found = []
    for group, number in seats.seats_wanted(rule).items():
        sitting = [seat.account_id for seat in meeting.trustees if seat.group == group]
        people = [
            (account_id, request.site.accounts[account_id].display_name(request.vault))
            for account_id in seats.candidates(meeting, request, group)
        ]
        for place in range(number):
            title = layout.translate(f"trustees.group.{group}")
            found.append(
                {
                    "id": f"{group}-{place + 1}",
                    "group": group,
                    "title": f"{title} {place + 1}" if number > 1 else title,
                    "chosen": sitting[place] if place < len(sitting) else "",
                    "people": people,
                }
            )
    return found


def _is_staff(meeting: Meeting, layout: Layout) -> bool:
    return layout.may(meeting, Permission.MEETING_RUN) or layout.may(
        meeting, Permission.MEETING_REVIEW
    )


def _lost_matters(meeting: Meeting, seat: Seat) -> bool:
    waits = meeting.workflow_state in ("voting", "counting") and meeting.result is None
    return waits and seat.released_at is None


def _seat(meeting: Meeting, request: Any) -> Seat:
    seat = seats.seat_of(meeting, request.account_id) if request.account_id else None
    if seat is None:
        raise HTTPNotFound
    return seat


def _stay_before(meeting: Meeting) -> None:
    if meeting.workflow_state not in BEFORE or meeting.ballot_box is not None:
        raise PortalError("trustees.too_late", status=409, clause=seats.CLAUSE)


def _name(meeting: Meeting, request: Any, layout: Layout) -> str:
    if not layout.may(meeting, Permission.MEETING_RUN):
        raise HTTPNotFound
    _stay_before(meeting)
    chosen = {group: request.POST.getall(group) for group in seats.GROUPS}
    seats.name(meeting, request, chosen)
    return "named" if meeting.trustees else "none"


def _key(meeting: Meeting, request: Any, layout: Layout) -> str:
    seat = _seat(meeting, request)
    _stay_before(meeting)
    seats.take_public(meeting, meeting_id(meeting), seat, request.POST.get("public", ""))
    return "key"


def _answer(meeting: Meeting, request: Any, layout: Layout) -> str:
    seat = _seat(meeting, request)
    _stay_before(meeting)
    seats.take_answer(meeting, seat, request.POST.get("answer", ""))
    return "answer"


def _release(meeting: Meeting, request: Any, layout: Layout) -> str:
    text = request.POST.get("private", "")
    brought = seats.seat_of_key(meeting, text) if _is_staff(meeting, layout) else None
    steps.release(meeting, brought or _seat(meeting, request), text, request)
    return "release"


def _lost(meeting: Meeting, request: Any, layout: Layout) -> str:
    seat = _seat(meeting, request)
    if seat.lost_at is not None or not _lost_matters(meeting, seat):
        raise PortalError("trustees.not_now", status=409, clause=seats.CLAUSE)
    steps.note_loss(meeting, seat)
    return "lost"


ACTS = {"name": _name, "key": _key, "answer": _answer, "release": _release, "lost": _lost}


def _tool(name: str) -> bytes:
    return Path(trustee.__file__).with_name(name).read_bytes()


def _send(body: bytes, name: str, media_type: str) -> Response:
    response = Response(body, content_type=media_type)
    if media_type.startswith("text/"):
        response.charset = "utf-8"
    response.headers["Content-Disposition"] = disposition(name)
    return response
