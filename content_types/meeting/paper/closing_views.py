"""Pages of reconciliation and audit (核对与抽查), and the cases between both channels."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting.paper import PaperRound, closing, opening
from content_types.meeting.paper.closing import HandCount
from content_types.meeting.paper.desk_views import send
from content_types.meeting.paper.ledger import declare_unreturned
from content_types.meeting.paper.sheet import cases, sheet_pdf, statement, sums
from portal import clock
from portal.errors import NotFoundError
from portal.forms import Field, Form, FormSchema
from portal.i18n import message
from portal.layout import Layout
from portal.rules import sampling
from portal.security import Permission

MOST = 1_000_000


def _count_field(name: str) -> Field:
    return Field(
        colander.Integer(),
        title=message(f"paper.field.{name}"),
        validator=colander.Range(0, MOST),
        data_class="public",
    )


class HandCountSchema(FormSchema):
    """What was counted by hand in front of everybody."""

    box = _count_field("box")
    foreign = _count_field("foreign")
    stock = _count_field("stock")
    spoiled = _count_field("spoiled")


class SeedSchema(FormSchema):
    """The digits thrown in front of the monitors."""

    seed = Field(
        colander.String(),
        title=message("paper.field.seed"),
        description=message("paper.field.seed_help"),
        validator=colander.Length(max=90),
        data_class="public",
    )


def _hand(values: dict[str, Any], request: Any) -> HandCount:
    return HandCount(**values, by=request.account_id, at=clock.now())


@view_config(context=PaperRound, name="reconcile", renderer="skins:default/paper_reconcile.pt")
def reconcile(context: PaperRound, request: Any) -> Any:
    """Show every sum with both sides; the monitor ends the entry when all agree (SZ-24.3)."""
    layout = _allowed(context, request)
    may = layout.may(context, Permission.PAPER_MONITOR)
    may = may and context.opened_at is not None and context.closed_at is None
    form = Form(HandCountSchema(), request, button="paper.finish")
    if request.method == "POST":
        if not may:
            raise NotFoundError("paper.no_form")
        if request.POST.get("act") == "unreturned":
            number = declare_unreturned(context, request)
            request.session.flash(["success", "paper.done.unreturned" if number else "paper.none"])
            return HTTPSeeOther(request.resource_path(context, "reconcile"))
        if form.take(lambda values: closing.finish_entry(context, _hand(values, request), request)):
            request.session.flash(["success", "paper.finished"])
            return HTTPSeeOther(request.resource_path(context))
    return {
        "item": context,
        "form": form.render() if may else "",
        "out": closing.numbers(context).issued - _settled(context),
        "sums": sums(context, layout),
        "cases": cases(context, request, layout),
        "signatures": [
            {"role": layout.translate(f"role.{role}")}
            for role in opening.box_roles(context, request)
        ],
        "pdf_url": layout.url(context, "reconcile.pdf"),
        "closed_at": layout.time(context.closed_at),
    }


@view_config(context=PaperRound, name="reconcile.pdf")
def send_reconciliation(context: PaperRound, request: Any) -> Response:
    """Send the reconciliation sheet with the cases, to print and sign."""
    body = sheet_pdf(context, request, _allowed(context, request))
    name = f"{context.meeting.ballot_box.meeting_id}-paper-reconciliation.pdf"
    return send(body, "application/pdf", name)


@view_config(
    context=PaperRound,
    name="audit",
    renderer="skins:default/paper_audit.pt",
    permission=Permission.VIEW.value,
)
def show_audit(context: PaperRound, request: Any) -> Any:
    """Draw the sample from a public seed, list it, and say what the audit proves."""
    if context.closed_at is None:
        raise NotFoundError("paper.no_form")
    layout = Layout(request, context)
    may = layout.may(context, Permission.PAPER_MONITOR)
    form = Form(SeedSchema(), request, button="paper.draw")
    if request.method == "POST":
        if not may:
            raise NotFoundError("paper.no_form")
        if form.take(lambda values: closing.draw(context, values["seed"], request)):
            request.session.flash(["success", "paper.drawn"])
            return HTTPSeeOther(request.resource_path(context, "audit"))
    held, population = context.audit, len(closing.sheets_returned(context))
    compared = {} if held is None else dict(held.compared)
    drawn = closing.drawn(context)
    return {
        "item": context,
        "form": form.render() if may and held is None else "",
        "planned": sampling.sample_size(population),
        "population": population,
        "seed": held.seed if held is not None else "",
        "drawn": [
            {
                "place": place,
                "serial": sheet.serial,
                "url": layout.url(context, "compare", serial=sheet.serial)
                if may and sheet.serial not in compared
                else "",
                "word": _compared(compared.get(sheet.serial), layout),
                "kind": _kind(compared.get(sheet.serial)),
            }
            for place, sheet in zip(held.sample if held is not None else (), drawn, strict=True)
        ],
        "done": len(compared),
        "differences": held.differences if held is not None else 0,
        "escalated": held is not None and held.escalated,
        "statement": statement(context, layout),
        "finished_at": layout.time(held.finished_at) if held is not None else "",
    }


def _settled(paper: PaperRound) -> int:
    """Count the issues that came to an end: returned, spoiled or declared not returned."""
    found = closing.numbers(paper)
    return found.returned + found.unreturned + found.spoiled


def _compared(one: Any, layout: Layout) -> str:
    if one is None:
        return layout.translate("paper.compare.open")
    return layout.translate("paper.compare.same" if one.same else "paper.compare.differs")


def _kind(one: Any) -> str:
    if one is None:
        return "waiting"
    return "done" if one.same else "refused"


def _allowed(paper: PaperRound, request: Any) -> Layout:
    layout = Layout(request, paper)
    wanted = (Permission.PAPER_RUN, Permission.PAPER_MONITOR, Permission.RESULT_REVIEW)
    if not any(layout.may(paper, one) for one in wanted):
        # Who is not logged in, perhaps no longer, is led to the log-in.
        raise HTTPForbidden
    return layout
