"""Pages of the entry (录入): one ballot after the other, disputes, audit, corrections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.view import view_config
from webob.multidict import MultiDict

from content_types.meeting.paper import PaperRound, closing, entry, entry_form
from content_types.meeting.paper.ledger import label_of
from content_types.meeting.paper.model import INVALID_REASONS, Reading, Sheet, scanned_serial
from portal import i18n
from portal.errors import USER_ERRORS, NotFoundError, PortalError
from portal.layout import Layout
from portal.security import Permission

PAGE = "skins:default/paper_entry.pt"
LONGEST_SERIAL = 80


class Task(NamedTuple):
    """What somebody does with one ballot in hand; its name is that of its page."""

    name: str
    # Return the ballot of a number; PortalError when it is none to be worked on now.
    find: Callable[[PaperRound, str, Any], Sheet]
    act: Callable[[PaperRound, Sheet, Reading, str, Any], Any]
    # The page to go on with.
    then: str
    needs_reason: bool = False


def _find_to_enter(paper: PaperRound, text: str, request: Any) -> Sheet:
    sheet = entry.to_enter(paper, text)
    entry.check_turn(sheet, request.account_id)
    return sheet


def _find_disputed(paper: PaperRound, text: str, _request: Any) -> Sheet:
    sheet = entry.to_enter(paper, text)
    if not sheet.is_disputed:
        raise PortalError("paper.no_dispute", status=409, serial=sheet.serial)
    return sheet


def _find_drawn(paper: PaperRound, text: str, _request: Any) -> Sheet:
    return _among(closing.drawn(paper), paper, text, "paper.not_drawn", "EV-8.4.1")


def _find_returned(paper: PaperRound, text: str, _request: Any) -> Sheet:
    return _among(closing.sheets_returned(paper), paper, text, "paper.not_returned", "EV-8.1.4")


def _among(sheets: list[Sheet], paper: PaperRound, text: str, refusal: str, clause: str) -> Sheet:
    serial = scanned_serial(text, paper.meeting.ballot_box.meeting_id)
    found = next((sheet for sheet in sheets if sheet.serial == serial), None)
    if found is None:
        raise PortalError(refusal, clause=clause, field="serial", serial=serial)
    return found


ENTER = Task(
    "enter",
    _find_to_enter,
    lambda paper, sheet, reading, _, request: entry.enter(paper, sheet.serial, reading, request),
    then="enter",
)
RESOLVE = Task(
    "resolve",
    _find_disputed,
    lambda paper, sheet, *rest: entry.resolve(paper, sheet.serial, *rest),
    then="disputes",
    needs_reason=True,
)
COMPARE = Task(
    "compare",
    _find_drawn,
    lambda paper, sheet, *rest: closing.compare(paper, sheet.serial, *rest),
    then="audit",
)
CORRECT = Task("correct", _find_returned, closing.correct, then="reconcile", needs_reason=True)


@view_config(context=PaperRound, name="enter", permission=Permission.PAPER_ENTER.value)
def enter(context: PaperRound, request: Any) -> Any:
    """Take the entry of one ballot and ask for the next; nobody sees the other's entry."""
    if request.method == "POST" and not entry_form.is_filled(request.POST):
        # A scanner ends the number with Enter: the ballot is chosen, its marks come next.
        query = {"serial": request.POST.get("serial", "")[:LONGEST_SERIAL], **_tap(request.POST)}
        return HTTPSeeOther(request.resource_path(context, "enter", query=query))
    return _work(ENTER, context, request)


@view_config(context=PaperRound, name="resolve", permission=Permission.PAPER_MONITOR.value)
def resolve(context: PaperRound, request: Any) -> Any:
    """Let a third person decide between two entries, with the ballot in hand."""
    return _work(RESOLVE, context, request)


@view_config(context=PaperRound, name="compare", permission=Permission.PAPER_MONITOR.value)
def compare(context: PaperRound, request: Any) -> Any:
    """Take what the paper of a drawn ballot says, without showing its entry."""
    return _work(COMPARE, context, request)


@view_config(context=PaperRound, name="correct", permission=Permission.PAPER_MONITOR.value)
def correct(context: PaperRound, request: Any) -> Any:
    """Take the right entry of a ballot that was counted wrongly; the next count heeds it."""
    if not closing.may_correct(context):
        raise NotFoundError("paper.no_form")
    return _work(CORRECT, context, request)


@view_config(
    context=PaperRound,
    name="disputes",
    renderer="skins:default/paper_disputes.pt",
    permission=Permission.PAPER_MONITOR.value,
)
def disputes(context: PaperRound, request: Any) -> dict[str, Any]:
    """List the ballots on which two entries differ, and those decided with their author."""
    layout = Layout(request, context)
    sheets = context.sheets.values()
    return {
        "item": context,
        "open": [_dispute(one, context, layout) for one in sheets if one.is_disputed],
        "decided": [_dispute(one, context, layout) for one in sheets if one.decision is not None],
    }


def _dispute(sheet: Sheet, paper: PaperRound, layout: Layout) -> dict[str, Any]:
    decided = sheet.decision
    return {
        "serial": sheet.serial,
        "units": label_of(paper, paper.meeting.ballot_box.roll.rights[sheet.right]),
        "url": layout.url(paper, "resolve", serial=sheet.serial),
        "by": layout.actor(decided.by) if decided else "",
        "at": layout.time(decided.at) if decided else "",
        "reason": decided.reason if decided else "",
    }


def _work(task: Task, paper: PaperRound, request: Any) -> Any:
    """Show the form of a task, or take what was entered and go on."""
    if request.method != "POST":
        return _page(task, paper, request)
    post = request.POST
    reason = str(post.get("reason", "")).strip()[:500]
    try:
        if task.needs_reason and not reason:
            raise PortalError("paper.reason_missing", clause="EV-8.6.2", field="reason")
        reading = entry_form.reading_of_form(paper, post)
        sheet = task.find(paper, str(post.get("serial", "")), request)
        task.act(paper, sheet, reading, reason, request)
    except USER_ERRORS as error:
        request.tm.doom()
        return _page(task, paper, request, error)
    request.session.flash(["success", f"paper.saved.{task.name}"])
    return HTTPSeeOther(request.resource_path(paper, task.then, query=_tap(post) or None))


def _page(task: Task, paper: PaperRound, request: Any, error: Any = None) -> Any:
    layout = Layout(request, paper)
    # What was entered is shown again only beside what is wrong with it.
    say, entered = layout.translate, request.POST if error is not None else MultiDict()
    wanted = str(request.params.get("serial", "")).strip()[:LONGEST_SERIAL]
    sheet, problem = None, error
    if wanted:
        try:
            sheet = task.find(paper, wanted, request)
        except USER_ERRORS as wrong:
            problem = problem or wrong
    scans = range(len(sheet.scans)) if sheet is not None else ()
    values = {
        "item": paper,
        "mode": task.name,
        "heading": say(f"paper.heading.{task.name}"),
        "reason_label": "" if task is ENTER else say(f"paper.field.reason_{task.name}"),
        "action": layout.url(paper, task.name),
        "serial": wanted if sheet is None else sheet.serial,
        "chosen": sheet is not None,
        "tap": _tap(request.params).get("tap", ""),
        "error": "" if problem is None else request.localizer.translate(i18n.of_error(problem)),
        "error_clause": "" if problem is None else problem.clause,
        "readings": []
        if sheet is None or task is not RESOLVE
        else _readings(paper, sheet, request),
        "reason": str(entered.get("reason", "")),
        "motions": [
            entry_form.motion_fields(motion, entered, layout) for motion in paper.meeting.motions()
        ],
        "invalid": str(entered.get("invalid", "")),
        "reasons": [(key, say(f"paper.invalid.{key}")) for key in INVALID_REASONS],
        "scans": [layout.url(paper, "picture", sheet.serial, str(at)) for at in scans],
        "left": entry.left_for(paper, request.account_id) if task is ENTER else 0,
    }
    response = render_to_response(PAGE, values, request=request)
    if problem is not None:
        response.status_int = getattr(problem, "status", 422)
    return response


def _readings(paper: PaperRound, sheet: Sheet, request: Any) -> list[dict[str, Any]]:
    """Return both entries of a disputed ballot, each line with whether it differs."""
    layout = Layout(request, paper)
    said = [
        entry_form.words_of(paper, reading, layout)
        for reading in entry.readings(paper, sheet, request)
    ]
    common = set(said[0]).intersection(*said[1:])
    return [
        {"number": number, "lines": [(*line, line not in common) for line in lines]}
        for number, lines in enumerate(said, 1)
    ]


def _tap(given: Any) -> dict[str, str]:
    """Return the part of a query that keeps the ticking of options instead of typing."""
    return {"tap": "1"} if given.get("tap") else {}
