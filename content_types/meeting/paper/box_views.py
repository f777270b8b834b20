"""Pages of the opening (开箱): who is appointed, the session, three confirmations."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import SelectWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.meeting.paper import PaperRound, opening
from portal import i18n
from portal.errors import USER_ERRORS, PortalError
from portal.forms import Field, Form, FormSchema, LocalDateTime, LocalDateTimeWidget
from portal.i18n import message
from portal.layout import Layout
from portal.security import Permission


@colander.deferred
def _officer_widget(_node: Any, kw: dict[str, Any]) -> Any:
    request = kw["request"]
    found = opening.street_officers(request.context, request)
    named = [(one.id, one.display_name(request.vault)) for one in found]
    return SelectWidget(values=[("", ""), *named])


class SessionSchema(FormSchema):
    """Where and when the ballots are called, and who supervises for the street office (SZ-24)."""

    place = Field(
        colander.String(),
        title=message("paper.field.place"),
        validator=colander.Length(max=120),
        data_class="public",
    )
    planned_at = Field(
        LocalDateTime(),
        title=message("paper.field.planned_at"),
        widget=LocalDateTimeWidget(),
        data_class="public",
    )
    officer = Field(
        colander.String(),
        title=message("paper.field.officer"),
        validator=colander.Length(max=40),
        data_class="internal",
    )

    def after_bind(self, _node: Any, kw: dict[str, Any]) -> None:
        """Offer the officers of the street office."""
        self["officer"].widget = _officer_widget(self["officer"], kw)


@view_config(
    context=PaperRound,
    name="officers",
    request_method="POST",
    permission=Permission.PAPER_RUN.value,
)
def change_officers(context: PaperRound, request: Any) -> Any:
    """Appoint or dismiss a caller, counter or monitor of this meeting."""
    role = request.POST.get("role", "")
    if request.POST.get("act") == "dismiss":
        opening.dismiss(context, request.POST.get("account", ""), role, request)
        said = "paper.dismissed"
    else:
        opening.appoint(context, request.POST.get("login", "").strip()[:80], role, request)
        said = "paper.appointed"
    request.session.flash(["success", said])
    return HTTPSeeOther(request.resource_path(context))


@view_config(
    context=PaperRound,
    name="session",
    renderer="skins:default/form.pt",
    permission=Permission.PAPER_RUN.value,
)
def plan_session(context: PaperRound, request: Any) -> Any:
    """Fix the session and invite everybody who must be there (SZ-24.1, SZ-24.2)."""
    known = context.session
    values = {"place": context.meeting.place, "planned_at": context.meeting.voting_closes_at}
    if known is not None:
        values = {name: getattr(known, name) for name in ("place", "planned_at", "officer")}
    form = Form(SessionSchema(), request, button="paper.session_save", values=values)
    if form.take(lambda found: opening.set_session(context, request=request, **found)):
        request.session.flash(["success", "paper.session_done"])
        return HTTPSeeOther(request.resource_path(context))
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message("paper.go.session"),
        "intro": i18n.message("paper.session_intro"),
        "clause": context.meeting.profile.clauses["paper_calling"],
    }


@view_config(context=PaperRound, name="open", renderer="skins:default/paper_open.pt")
def open_box(context: PaperRound, request: Any) -> Any:
    """Let a caller, counter or monitor confirm to be present; the last one opens the box."""
    layout = Layout(request, context)
    mine = opening.roles_here(context, request)
    if not mine:
        raise PortalError("paper.not_your_role", clause=opening.clause_of(context), status=403)
    if not request.is_fresh:
        request.session.flash(["info", "paper.prove_again"])
        query = {"came_from": request.resource_path(context, "open")}
        return HTTPSeeOther(request.route_path("reauthenticate", _query=query))
    error = None
    if request.method == "POST":
        try:
            is_open = opening.confirm(context, mine[0], request)
        except USER_ERRORS as problem:
            error = problem
            request.tm.doom()
            request.response.status_int = getattr(problem, "status", 422)
        else:
            request.session.flash(["success", "paper.opened" if is_open else "paper.confirmed"])
            return HTTPSeeOther(request.resource_path(context))
    held = {one.role: one for one in opening.present(context)}
    return {
        "item": context,
        "role": layout.translate(f"role.{mine[0]}"),
        "session": context.session,
        "window": int(opening.WINDOW.total_seconds() // 60),
        "error": "" if error is None else request.localizer.translate(i18n.of_error(error)),
        "error_clause": "" if error is None else error.clause,
        "people": [
            {
                "role": layout.translate(f"role.{role}"),
                "name": _name_of(held[role].account, request) if role in held else "",
                "at": layout.time(held[role].at) if role in held else "",
            }
            for role in opening.box_roles(context, request)
        ],
    }


def _name_of(account_id: str, request: Any) -> str:
    account = request.site.accounts.get(account_id)
    return str(account.display_name(request.vault)) if account is not None else ""
