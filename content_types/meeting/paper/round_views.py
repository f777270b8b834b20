"""Overview of a paper round (书面投票总览) and the printing of its ballots."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import RadioChoiceWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting.paper import BOX_ROLES, PaperRound, ledger, opening, printing
from content_types.meeting.paper.closing import may_correct, numbers
from content_types.meeting.paper.desk_views import send
from portal import i18n
from portal.errors import NotFoundError
from portal.forms import Field, Form, FormSchema, choices
from portal.i18n import message
from portal.layout import Layout
from portal.present import link
from portal.security import Permission

KINDS = ("blank", "addressed")
SIZES = ("normal", "large")


class PrintSchema(FormSchema):
    """How many ballots, for whom and how large."""

    kind = Field(
        colander.String(),
        title=message("paper.field.kind"),
        validator=colander.OneOf(KINDS),
        widget=RadioChoiceWidget(values=choices((k, f"paper.kind.{k}") for k in KINDS)),
        data_class="public",
    )
    number = Field(
        colander.Integer(),
        title=message("paper.field.number"),
        description=message("paper.field.number_help"),
        validator=colander.Range(0, ledger.MOST_PRINTED),
        missing=0,
        data_class="public",
    )
    size = Field(
        colander.String(),
        title=message("paper.field.size"),
        validator=colander.OneOf(SIZES),
        widget=RadioChoiceWidget(values=choices((k, f"paper.size.{k}") for k in SIZES)),
        data_class="public",
    )


@view_config(
    context=PaperRound, renderer="skins:default/paper.pt", permission=Permission.VIEW.value
)
def show(context: PaperRound, request: Any) -> dict[str, Any]:
    """Show how far the paper round is and what the asking person can do in it."""
    layout = Layout(request, context)
    say, found = layout.translate, numbers(context)
    done = sum(1 for batch in context.batches if batch.printouts)
    may_run = layout.may(context, Permission.PAPER_RUN)
    return {
        "item": context,
        "meeting": context.meeting,
        "steps": [
            say(f"paper.step.{name}") for name in ("issue", "open", "enter", "check", "audit")
        ],
        "current": step_of(context),
        "stats": [
            {"label": say(f"paper.number.{name}"), "value": getattr(found, name)}
            for name in ("printed", "stock", "issued", "returned", "unreturned", "spoiled")
        ],
        "actions": links(context, layout),
        "may_run": may_run,
        "people": [
            {
                "role": say(f"role.{role}"),
                "key": role,
                "accounts": [(one.id, one.display_name(request.vault)) for one in accounts],
                "present": any(c.role == role for c in opening.present(context)),
            }
            for role, accounts in opening.officers(context, request).items()
        ],
        "roles": [(str(role), say(f"role.{role}")) for role in BOX_ROLES],
        "may_appoint": may_run and context.opened_at is None,
        "session": context.session,
        "supervisor": say("role.street_officer") if context.session else "",
        "needed": layout.listed(
            say(f"role.{role}") for role in opening.box_roles(context, request)
        ),
        "batches": [
            {
                "title": say("paper.batch", number=batch.number, size=batch.size),
                "url": layout.url(context, "ballots", f"{batch.number}.pdf"),
                "range": f"{printing.serial_of(batch.first)} — {printing.serial_of(batch.last)}",
                "note": say("paper.printouts", number=batch.printouts),
            }
            for batch in context.batches
        ],
        "progress": {"done": done, "all": len(context.batches)},
        "percent": str(100 * done // len(context.batches)) if context.batches else "0",
    }


def step_of(paper: PaperRound) -> int:
    """Return the number of the present step, from 1."""
    if paper.closed_at is not None:
        return 5
    if paper.opened_at is not None:
        returned = [s for s in paper.sheets.values() if s.returned_at is not None]
        return 4 if all(sheet.final for sheet in returned) else 3
    return 2 if paper.meeting.workflow_state != "voting" else 1


def links(paper: PaperRound, layout: Layout) -> list[dict[str, Any]]:
    """Return the pages of the round the person may use now."""
    may, voting = layout.may, paper.meeting.workflow_state == "voting"
    run = may(paper, Permission.PAPER_RUN)
    enter, monitor = may(paper, Permission.PAPER_ENTER), may(paper, Permission.PAPER_MONITOR)
    is_open = paper.opened_at is not None and paper.closed_at is None
    wanted = (
        ("print", run and voting),
        ("ledger", run or monitor),
        ("delivery.pdf", run),
        ("delivery.xlsx", run),
        ("session", run and paper.opened_at is None),
        ("open", (enter or monitor) and paper.opened_at is None and not voting),
        ("enter", enter and is_open),
        ("disputes", monitor and is_open),
        ("reconcile", run or monitor or may(paper, Permission.RESULT_REVIEW)),
        ("audit", paper.closed_at is not None),
        ("correct", monitor and may_correct(paper)),
    )
    return [
        link(layout.translate(f"paper.go.{name}"), layout.url(paper, name))
        for name, shown in wanted
        if shown
    ]


@view_config(
    context=PaperRound,
    name="print",
    renderer="skins:default/form.pt",
    permission=Permission.PAPER_RUN.value,
)
def print_more(context: PaperRound, request: Any) -> Any:
    """Make numbered ballots; their files wait on the overview."""
    form = Form(
        PrintSchema(), request, button="paper.print", values={"kind": "blank", "size": "normal"}
    )

    def act(values: dict[str, Any]) -> None:
        number = values["number"] if values["kind"] == "blank" else None
        ledger.print_ballots(context, request, number=number, large=values["size"] == "large")

    if form.take(act):
        request.session.flash(["success", "paper.print_done"])
        return HTTPSeeOther(request.resource_path(context))
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message("paper.go.print"),
        "intro": i18n.message("paper.print_intro"),
        "clause": context.meeting.profile.paper_mode.clause,
    }


@view_config(
    context=PaperRound,
    name="ballots",
    request_method="POST",
    permission=Permission.PAPER_RUN.value,
)
def send_ballots(context: PaperRound, request: Any) -> Response:
    """Send the ballots of a batch as PDF; each printout is logged, serial numbers stay."""
    name = request.subpath[0] if len(request.subpath) == 1 else ""
    number, _, ending = name.partition(".")
    if ending != "pdf" or not (number.isascii() and number.isdigit() and len(number) < 6):
        raise NotFoundError("paper.no_batch")
    body = printing.ballots_pdf(context, int(number), Layout(request, context))
    ledger.note_printout(context, int(number), request)
    return send(
        body, "application/pdf", f"{context.meeting.ballot_box.meeting_id}-ballots-{number}.pdf"
    )
