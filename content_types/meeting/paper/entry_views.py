"""Pages of the entry (录入): one ballot after the other, disputes, pictures, the audit's look."""

from __future__ import annotations

import re
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.view import view_config

from content_types import sealed_pictures
from content_types.meeting.paper import PaperRound, closing, entry
from content_types.meeting.paper.ledger import label_of
from content_types.meeting.paper.model import (
    INVALID_REASONS,
    RETURNED,
    UNREADABLE,
    Reading,
    scanned_serial,
)
from portal import i18n
from portal.errors import USER_ERRORS, NotFoundError, PortalError
from portal.layout import Layout
from portal.security import Permission

PAGE = "skins:default/paper_entry.pt"
TYPED, MARKED = "k-", "m-"
SINGLE_DIGITS = 9


@view_config(context=PaperRound, name="enter", permission=Permission.PAPER_ENTER.value)
def enter(context: PaperRound, request: Any) -> Any:
    """Take the entry of one ballot and ask for the next; nobody sees the other's entry."""
    post = request.POST
    if request.method == "POST":
        if not any(value for key, value in post.items() if key.startswith((TYPED, MARKED, "inv"))):
            # A scanner ends the number with Enter: the ballot is chosen, its marks come next.
            query = {"serial": post.get("serial", "")[:80]}
            query |= {"tap": "1"} if post.get("tap") else {}
            return HTTPSeeOther(request.resource_path(context, "enter", query=query))
        return _saved(
            context,
            request,
            "enter",
            lambda serial, reading, _reason: entry.enter(context, serial, reading, request),
        )
    return _page(context, request, "enter")


@view_config(context=PaperRound, name="resolve", permission=Permission.PAPER_MONITOR.value)
def resolve(context: PaperRound, request: Any) -> Any:
    """Let a third person decide between two entries, with the ballot in hand."""
    if request.method == "POST":
        return _saved(context, request, "resolve", lambda serial, reading, reason: entry.resolve(
            context, serial, reading, reason, request))  # fmt: skip
    return _page(context, request, "resolve")


@view_config(context=PaperRound, name="compare", permission=Permission.PAPER_MONITOR.value)
def compare(context: PaperRound, request: Any) -> Any:
    """Take what the paper of a drawn ballot says, without showing its entry."""
    if request.method == "POST":
        return _saved(context, request, "compare", lambda serial, reading, reason: closing.compare(
            context, scanned_serial(serial, context.meeting.ballot_box.meeting_id), reading,
            reason, request))  # fmt: skip
    return _page(context, request, "compare")


@view_config(context=PaperRound, name="correct", permission=Permission.PAPER_MONITOR.value)
def correct(context: PaperRound, request: Any) -> Any:
    """Take the right entry of a ballot that was counted wrongly; the next count heeds it."""
    if not closing.may_correct(context):
        raise NotFoundError("paper.no_form")
    if request.method == "POST":
        return _saved(
            context,
            request,
            "correct",
            lambda serial, reading, reason: closing.correct(
                context, _sheet_for(context, serial, "correct", request), reading, reason, request
            ),
        )
    return _page(context, request, "correct")


@view_config(
    context=PaperRound,
    name="disputes",
    renderer="skins:default/paper_disputes.pt",
    permission=Permission.PAPER_MONITOR.value,
)
def disputes(context: PaperRound, request: Any) -> dict[str, Any]:
    """List the ballots on which two entries differ, and those decided with their author."""
    layout = Layout(request, context)
    box = context.meeting.ballot_box
    found = {True: [], False: []}  # type: dict[bool, list[Any]]
    for sheet in context.sheets.values():
        if sheet.is_disputed or sheet.decision is not None:
            decided = sheet.decision
            row = {
                "serial": sheet.serial,
                "units": label_of(context, box.roll.rights[sheet.right]),
                "url": layout.url(context, "resolve", serial=sheet.serial),
                "by": layout.actor(decided.by) if decided else "",
                "at": layout.time(decided.at) if decided else "",
                "reason": decided.reason if decided else "",
            }
            found[decided is None].append(row)
    return {"item": context, "open": found[True], "decided": found[False]}


@view_config(
    context=PaperRound,
    name="scan",
    request_method="POST",
    permission=Permission.PAPER_ENTER.value,
)
def take_scan(context: PaperRound, request: Any) -> Any:
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
    allowed = (Permission.PAPER_ENTER, Permission.PAPER_MONITOR, Permission.RESULT_REVIEW)
    if context.opened_at is None or not any(layout.may(context, one) for one in allowed):
        raise NotFoundError("paper.no_scan")
    serial, number = (*request.subpath, "", "")[:2]
    sheet = context.sheet(serial)
    if sheet is None or not number.isdecimal() or not int(number) < len(sheet.scans):
        raise NotFoundError("paper.no_scan")
    picture = sheet.scans[int(number)]
    owner = entry.scan_owner(context, sheet)
    return sealed_pictures.send(picture, owner, context.meeting, request)


def reading_of_form(paper: PaperRound, post: Any) -> Reading:
    """Return what was typed or ticked about each motion, and why the whole is invalid.

    Typed are the numbers of the marked options, 0 for an answer nobody can read.
    """
    choices: dict[str, tuple[str, ...]] = {}
    for motion in paper.meeting.motions():
        spec = motion.spec()
        typed = str(post.get(TYPED + spec.key, "")).strip()
        if typed:
            choices[spec.key] = _typed(typed, spec)
        else:
            choices[spec.key] = tuple(str(mark) for mark in post.getall(MARKED + spec.key))
    return Reading(choices, str(post.get("invalid", ""))[:40])


def _typed(text: str, spec: Any) -> tuple[str, ...]:
    compact = re.fullmatch(r"[0-9]+", text) and len(spec.options) <= SINGLE_DIGITS
    parts = list(text) if compact else re.split(r"[\s,，.、]+", text.strip())
    marks = []
    for part in parts:
        if not (part.isascii() and part.isdigit()) or int(part) > len(spec.options):
            raise PortalError("paper.unknown_mark", clause="EV-8.1.3", field=spec.key)
        marks.append(spec.options[int(part) - 1] if int(part) else UNREADABLE)
    return tuple(marks)


def _saved(paper: PaperRound, request: Any, mode: str, act: Any) -> Any:
    post = request.POST
    reason = str(post.get("reason", "")).strip()[:500]
    try:
        if mode in ("resolve", "correct") and not reason:
            raise PortalError("paper.reason_missing", clause="EV-8.6.2", field="reason")
        act(str(post.get("serial", "")), reading_of_form(paper, post), reason)
    except USER_ERRORS as error:
        request.tm.doom()
        return _page(paper, request, mode, error)
    request.session.flash(["success", f"paper.saved.{mode}"])
    places = {"enter": "enter", "resolve": "disputes", "compare": "audit", "correct": "reconcile"}
    query = {"tap": "1"} if post.get("tap") else None
    return HTTPSeeOther(request.resource_path(paper, places[mode], query=query))


def _page(paper: PaperRound, request: Any, mode: str, error: Any = None) -> Any:
    layout = Layout(request, paper)
    post, say = request.POST, layout.translate
    wanted = str(request.params.get("serial", "")).strip()[:80]
    sheet, problem = None, error
    if wanted:
        try:
            sheet = _sheet_for(paper, wanted, mode, request)
        except USER_ERRORS as wrong:
            problem = problem or wrong
    shown = []
    if sheet is not None and mode == "resolve":
        said = [_said(paper, reading, layout) for reading in entry.readings(paper, sheet, request)]
        common = set(said[0]).intersection(*said[1:]) if said else set()
        shown = [
            {"number": number, "lines": [(*line, line not in common) for line in lines]}
            for number, lines in enumerate(said, 1)
        ]
    values = {
        "item": paper,
        "mode": mode,
        "heading": say(f"paper.heading.{mode}"),
        "reason_label": "" if mode == "enter" else say(f"paper.field.reason_{mode}"),
        "action": layout.url(paper, mode),
        "serial": wanted if sheet is None else sheet.serial,
        "chosen": sheet is not None,
        "tap": "1" if request.params.get("tap") else "",
        "error": "" if problem is None else request.localizer.translate(i18n.of_error(problem)),
        "error_clause": "" if problem is None else problem.clause,
        "readings": shown,
        "reason": str(post.get("reason", "")) if error is not None else "",
        "motions": [_motion(motion, post if error else {}, layout) for motion in
                    paper.meeting.motions()],
        "invalid": str(post.get("invalid", "")) if error is not None else "",
        "reasons": [(key, say(f"paper.invalid.{key}")) for key in INVALID_REASONS],
        "scans": [layout.url(paper, "picture", sheet.serial, str(at))
                  for at in range(len(sheet.scans))] if sheet is not None else [],
        "left": _left(paper, request) if mode == "enter" else 0,
    }  # fmt: skip
    response = render_to_response(PAGE, values, request=request)
    if problem is not None:
        response.status_int = getattr(problem, "status", 422)
    return response


def _sheet_for(paper: PaperRound, text: str, mode: str, request: Any) -> Any:
    """Return the ballot that may be worked on in this way by the asking person."""
    if mode == "correct":
        serial = scanned_serial(text, paper.meeting.ballot_box.meeting_id)
        returned = {sheet.serial: sheet for sheet in closing.sheets_returned(paper)}
        if serial not in returned:
            raise PortalError(
                "paper.not_returned", clause="EV-8.1.4", field="serial", serial=serial
            )
        return returned[serial]
    if mode != "compare":
        sheet = entry.to_enter(paper, text)
        if mode == "enter":
            entry.check_turn(sheet, request.account_id)
        elif not sheet.is_disputed:
            raise PortalError("paper.no_dispute", status=409, serial=sheet.serial)
        return sheet
    serial = scanned_serial(text, paper.meeting.ballot_box.meeting_id)
    found = {sheet.serial: sheet for sheet in closing.drawn(paper)}
    if serial not in found:
        raise PortalError("paper.not_drawn", clause="EV-8.4.1", field="serial", serial=serial)
    return found[serial]


def _left(paper: PaperRound, request: Any) -> int:
    """Count the returned ballots that the asking person can still enter."""
    me = request.account_id
    return sum(
        1
        for sheet in paper.sheets.values()
        if sheet.state == RETURNED
        and sheet.second is None
        and (sheet.first is None or sheet.first.by != me)
    )


def _said(paper: PaperRound, reading: Reading, layout: Layout) -> list[tuple[str, str]]:
    if reading.invalid:
        say = layout.translate
        return [(say("paper.invalid_label"), say(f"paper.invalid.{reading.invalid}"))]
    lines = []
    for motion in paper.meeting.motions():
        labels = motion.labels(layout.request) | {UNREADABLE: layout.translate("paper.unreadable")}
        marks = reading.choices.get(motion.__name__, ())
        words = "、".join(labels[mark] for mark in marks)
        lines.append((motion.title, words or layout.translate("result.blank")))
    return lines


def _motion(motion: Any, post: Any, layout: Layout) -> dict[str, Any]:
    spec = motion.spec()
    marked = post.getall(MARKED + spec.key) if post else []
    return {
        "key": spec.key,
        "title": motion.title,
        "typed_name": TYPED + spec.key,
        "typed": str(post.get(TYPED + spec.key, "")) if post else "",
        "name": MARKED + spec.key,
        "options": [
            {"number": number, "value": option, "label": label, "checked": option in marked}
            for number, (option, label) in enumerate(motion.labels(layout.request).items(), 1)
        ],
        "unreadable": UNREADABLE,
        "unreadable_checked": UNREADABLE in marked,
    }
