"""Pages on the tablet (终端页面): bind it, enter the code, choose, check, voucher, wipe.

Nobody is logged in here: the tablet's cookie names the terminal, the helper's code the voter.
"""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.kiosk import model
from content_types.meeting import Meeting, casting, eligibility
from content_types.meeting.trustees.views import sealing_line
from content_types.meeting.voting_views import (
    PREFIX,
    ballot_lines,
    choices_of,
    motion_fields,
    nonce_of,
    right_line,
)
from portal import audit, i18n, notify
from portal.errors import USER_ERRORS, PortalError
from portal.evidence import voucher
from portal.layout import Layout
from portal.rules.eligibility import Channel
from portal.rules.masking import mask_phone
from portal.security import Permission

COOKIE = "yitang_terminal"
PAGE = "skins:default/kiosk.pt"
CHANNEL: Channel = "terminal"
FORGET = '"cache"'  # Also the pages that a browser keeps alive for the way back.


@view_config(context=Meeting, name="terminal", renderer=PAGE, permission=Permission.VIEW.value)
def terminal(context: Meeting, request: Any) -> Any:
    """Lead a tablet and its voters, one page at a time."""
    if context.terminals is None:
        raise HTTPNotFound
    one = model.paired(context, request.cookies.get(COOKIE, ""))
    if request.subpath:
        return _picture(context, one, request)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if one is None:
        return _pair(context, request) if act == "pair" else _page(context, request, "pair")
    if act == "enter":
        return _enter(context, one, request)
    try:
        return _step(context, one, act, request)
    except USER_ERRORS as error:
        request.tm.doom()
        voter = model.voter(one, request)
        if voter is None:
            return _page(context, request, "code", wiped=True)
        return _choose(context, one, voter, request, error)


def _step(meeting: Meeting, one: model.Terminal, act: str, request: Any) -> Any:
    if act and one.touched_at is not None and request.POST.get("sitting", "") != one.sitting:
        # The way back sent a page of somebody who left: nothing of it is shown to the next one.
        return HTTPSeeOther(request.resource_path(meeting, "terminal"))
    if act == "confirm":
        # The writer notes the touch; this transaction must not write the terminal, too.
        return _confirm(meeting, one, request)
    voter = model.voter(one, request)
    if voter is None:
        return _page(meeting, request, "code", wiped=bool(act and act != "leave"))
    return _STEPS.get(act, _show)(meeting, one, voter, request)


def _pair(meeting: Meeting, request: Any) -> Any:
    try:
        _one, cookie = model.pair(meeting, request, request.POST.get("code", ""))
    except PortalError as error:
        return _page(meeting, request, "pair", error)
    response = HTTPSeeOther(request.resource_path(meeting, "terminal"))
    response.set_cookie(
        COOKIE,
        cookie,
        path=request.resource_path(meeting),
        max_age=model.LONGEST_HOURS * 3600,
        httponly=True,
        samesite="Strict",
        secure=request.registry.settings["yitang"].production,
    )
    return response


def _enter(meeting: Meeting, one: model.Terminal, request: Any) -> Any:
    try:
        model.enter(meeting, one, request.POST.get("code", ""))
    except PortalError as error:
        # No way back: wrong tries are counted.
        return _page(meeting, request, "code", error)
    return HTTPSeeOther(request.resource_path(meeting, "terminal"))


def _show(meeting: Meeting, one: model.Terminal, voter: Any, request: Any) -> Any:
    """Show the voucher of the last ballot, or the ballot."""
    if one.cast:
        return _done(meeting, one, voter, request)
    return _choose(meeting, one, voter, request)


def _choose(
    meeting: Meeting, one: model.Terminal, voter: Any, request: Any, error: Any = None
) -> Any:
    layout = Layout(request, meeting)
    allowed = _allowed(meeting, voter, request)
    if not allowed:
        return (
            _done(meeting, one, voter, request)
            if one.cast
            else _leave(meeting, one, voter, request)
        )
    marks = choices_of(meeting, request.POST)
    wanted = request.POST.get("right", "")
    keys = [claim.right.key for claim in allowed]
    values = {
        "nonce": nonce_of(request),
        "rights": [
            right_line(claim, meeting, layout) | {"key": claim.right.key} for claim in allowed
        ],
        "right": wanted if wanted in keys else keys[0],
        "motions": [
            motion_fields(motion, marks.get(motion.__name__, ()), layout)
            for motion in meeting.motions()
        ],
        "error_field": getattr(error, "field", ""),
        "sealing": sealing_line(meeting, request, layout)["text"]
        + (layout.translate("secrecy.limits") if meeting.is_secret else ""),
    }
    return _page(meeting, request, "choose", error, sitting=one.sitting, **values)


def _review(meeting: Meeting, one: model.Terminal, voter: Any, request: Any) -> Any:
    layout, profile = Layout(request, meeting), meeting.rules(request.registry)
    marks = choices_of(meeting, request.POST)
    checked = casting.checked(meeting, marks, profile)
    key = request.POST.get("right", "")
    chosen = [c for c in _allowed(meeting, voter, request) if c.right.key == key]
    if not chosen:
        return _choose(meeting, one, voter, request)
    eligibility.check_matters(chosen[0], checked, profile)
    lines = ballot_lines(meeting, checked, request)
    hidden = [("sitting", one.sitting), ("nonce", nonce_of(request)), ("right", key)]
    hidden += [(PREFIX + name, mark) for name, picked in marks.items() for mark in picked]
    right = right_line(chosen[0], meeting, layout)
    shown = {"sitting": one.sitting, "lines": lines, "hidden": hidden, "right": right}
    return _page(meeting, request, "review", **shown)


def _confirm(meeting: Meeting, one: model.Terminal, request: Any) -> Any:
    """Cast in the commit of the group, together with what the terminal notes about it."""
    key, nonce, terminal_id = request.POST.get("right", ""), nonce_of(request), one.id
    choices, sitting = choices_of(meeting, request.POST), one.sitting

    def act(there: Meeting, own: Any) -> bool:
        terminal = model.terminal(there, terminal_id)
        voter = model.voter(terminal, own)
        if voter is None or terminal.sitting != sitting:
            return False  # Somebody else sits there by now: these are not his marks.
        casting.cast(there, key, choices, own, channel=CHANNEL, voter=voter, nonce=nonce)
        if key not in terminal.cast:
            terminal.cast = (*terminal.cast, key)
            terminal.ballots += 1
            audit.record(own, "kiosk.cast", there, terminal=terminal_id, helper=terminal.operator)
        return True

    if not casting.in_group(meeting, request, act):
        return _page(meeting, request, "code", wiped=True)
    return HTTPSeeOther(request.resource_path(meeting, "terminal"))


def _done(meeting: Meeting, one: model.Terminal, voter: Any, request: Any) -> Any:
    layout = Layout(request, meeting)
    key = one.cast[-1]
    if meeting.ballot_box.slots[key].emptied:
        return _leave(meeting, one, voter, request)
    record = casting.voucher_of(meeting, meeting.ballot_box.roll.rights[key], request)
    phone = "" if meeting.is_secret else _phone(meeting, voter, request)
    return _page(
        meeting,
        request,
        "done",
        sitting=one.sitting,
        number=record["leaf"]["sha256"],
        cast_at=layout.time(meeting.ballot_box.slots[key].cast_at),
        picture=layout.url(meeting, "terminal", "voucher.png"),
        phone=mask_phone(phone) if phone else "",
        sent=request.GET.get("sent", "") == "1",
        more=len(_allowed(meeting, voter, request)),
    )


def _send(meeting: Meeting, one: model.Terminal, voter: Any, request: Any) -> Any:
    """Promise the number of the voucher to the mobile the voter has on record."""
    # A message would keep voter and envelope side by side.
    phone = "" if meeting.is_secret else _phone(meeting, voter, request)
    if phone and one.cast:
        right = meeting.ballot_box.roll.rights[one.cast[-1]]
        record = casting.voucher_of(meeting, right, request)
        values = {
            "title": meeting.title,
            "voucher": record["leaf"]["sha256"][:16],
            "link": voucher.verify_address(record),
        }
        notify.send_to_address(request, "sms", phone, "kiosk.voucher", values)
    path = request.resource_path(meeting, "terminal", query={"sent": "1"})
    return HTTPSeeOther(path)


def _leave(meeting: Meeting, one: model.Terminal, voter: Any, request: Any) -> Any:
    """Forget the voter, on the server and in the browser."""
    one.wipe()
    response = HTTPSeeOther(request.resource_path(meeting, "terminal"))
    response.headers["Clear-Site-Data"] = FORGET
    return response


_STEPS = {
    "choose": _choose,
    "review": _review,
    "send": _send,
    "leave": _leave,
}


def _picture(meeting: Meeting, one: model.Terminal | None, request: Any) -> Response:
    """Send the voucher as a picture while the voter still stands at the tablet."""
    voter = None if one is None else model.voter(one, request)
    if voter is None or one is None or not one.cast or request.subpath != ("voucher.png",):
        raise HTTPNotFound
    if meeting.ballot_box.slots[one.cast[-1]].emptied:
        raise HTTPNotFound
    right = meeting.ballot_box.roll.rights[one.cast[-1]]
    body = voucher.voucher_png(casting.voucher_of(meeting, right, request))
    response = Response(body, content_type="image/png")
    response.headers["Cache-Control"] = "no-store"
    return response


def _allowed(meeting: Meeting, voter: Any, request: Any) -> list[Any]:
    if meeting.workflow_state != "voting":
        return []
    found = eligibility.claims(meeting, request, voter, channel=CHANNEL)
    return [claim for claim in found if claim.allowed]


def _phone(meeting: Meeting, voter: Any, request: Any) -> str:
    if not isinstance(voter, model.Person):
        return str(request.vault.open(voter.sealed_phone, f"account:{voter.id}:phone"))
    units = meeting.community["owners"].units_of(voter.subject_token)
    found = (unit.holder_phone(request.vault, voter.subject_token) for unit in units)
    return next((phone for phone in found if phone), "")


def _page(
    meeting: Meeting, request: Any, step: str, error: Any = None, **values: Any
) -> dict[str, Any]:
    text = "" if error is None else request.localizer.translate(i18n.of_error(error))
    request.response.headers["Cache-Control"] = "no-store"
    if values.get("wiped"):
        request.response.headers["Clear-Site-Data"] = FORGET
    request.response.status_int = 200 if error is None else 422
    return {
        "item": meeting,
        "step": step,
        "error": text,
        "error_field": "",
        "clause": getattr(error, "clause", ""),
        "url": request.resource_path(meeting, "terminal"),
        "idle": int(model.IDLE.total_seconds()),
        "wiped": False,
        **values,
    }
