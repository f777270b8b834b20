"""Pages of an appointment: make one, bring a paper, see it with its chain, read the document."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import CheckboxChoiceWidget, TextAreaWidget
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types import sealed_pictures
from content_types.meeting import Meeting
from content_types.owner_register import identity
from content_types.owner_register.document_fields import (
    id_kind_field,
    id_number_field,
    name_field,
    phone_field,
)
from content_types.proxy_appointment import PURPOSE, ProxyAppointment, appointing, book
from portal import audit, present
from portal.files import disposition
from portal.forms import (
    Field,
    Form,
    FormSchema,
    LocalDateTime,
    LocalDateTimeWidget,
    choices,
    select,
)
from portal.i18n import message
from portal.layout import Layout
from portal.rules.masking import mask_phone
from portal.security import Permission
from portal.views.again import fresh_or_redirect

SHOWN = ("appointor_name", "voting_rights", "proxy_name", "matters", "powers", "period")


class ProxySchema(FormSchema):
    """What the authorisation says: who, what about, what for, until when (SZ-20.2)."""

    phone = phone_field("proxy.field.phone")
    name = name_field("proxy.field.name")
    id_kind = id_kind_field()
    id_number = id_number_field()
    matters = Field(
        colander.Set(),
        title=message("proxy.field.matters"),
        description=message("proxy.field.matters_help"),
        missing=frozenset(),
        widget=CheckboxChoiceWidget(values=()),
        data_class="internal",
    )
    powers = Field(
        colander.String(),
        title=message("proxy.field.powers"),
        description=message("proxy.field.powers_help"),
        validator=colander.Length(max=300),
        widget=TextAreaWidget(rows=3),
        data_class="personal",
    )
    until = Field(
        LocalDateTime(),
        title=message("proxy.field.until"),
        widget=LocalDateTimeWidget(),
        data_class="internal",
    )


class PaperSchema(ProxySchema):
    """The same, written on a signed paper that the proxy holds."""

    own_id_kind = Field(
        colander.String(),
        title=message("proxy.field.own_id_kind"),
        **select(choices((k, f"unit.id_kind.{k}") for k in identity.KINDS)),
        data_class="personal",
    )
    paper = sealed_pictures.picture_field(
        "paper", "proxy.field.paper", accept=sealed_pictures.PAPERS
    )


@view_config(
    context=Meeting,
    name="proxy",
    renderer="skins:default/form.pt",
    permission=Permission.PROXY_APPOINT.value,
)
def appoint(context: Meeting, request: Any) -> Any:
    """Show and take the form by which an owner appoints a proxy."""
    return _form(context, request, ProxySchema(), "proxy.title", "proxy.intro", appointing.appoint)


@view_config(
    context=Meeting,
    name="proxy-paper",
    renderer="skins:default/form.pt",
    permission=Permission.ACCOUNT_OWN.value,
)
def bring_paper(context: Meeting, request: Any) -> Any:
    """Show and take the form by which a proxy brings a signed paper for the convenor to check."""
    schema = PaperSchema()
    for name in ("phone", "name"):
        schema[name].title = message(f"proxy.field.appointor_{name}")
    schema["phone"].description = message("proxy.field.appointor_phone_help")
    enter = appointing.appoint_by_paper
    return _form(context, request, schema, "proxy.paper_title", "proxy.paper_intro", enter)


def _form(
    meeting: Meeting, request: Any, schema: Any, heading: str, intro: str, act: Any
) -> dict[str, Any] | HTTPSeeOther:
    appointing.check_offered(meeting, request)
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    titles = {motion.__name__: motion.title for motion in meeting.motions()}
    schema["matters"].widget = CheckboxChoiceWidget(values=tuple(titles.items()))
    schema["matters"].validator = colander.ContainsOnly(tuple(titles))
    told = {"powers": Layout(request, meeting).translate("proxy.powers_text")}
    form = Form(
        schema,
        request,
        button="proxy.submit" if heading == "proxy.title" else "proxy.bring",
        values={"until": meeting.voting_closes_at, "matters": frozenset(titles), **told},
    )
    if form.take(lambda values: act(meeting, request, values)):
        request.session.flash(["success", "proxy.done"])
        return HTTPSeeOther(request.resource_url(form.made))
    profile = meeting.rules(request.registry)
    most = profile.proxy.value.max_appointors
    return {
        "item": meeting,
        "heading": message(heading),
        "intro": message(intro, most=most or "∞"),
        "clause": profile.proxy.clause,
        "form": form.render(),
        "links": _links(meeting, request),
        "back_url": request.resource_path(meeting),
    }


def _links(meeting: Meeting, request: Any) -> list[tuple[Any, str]]:
    """Return the appointments the person is party to, newest first."""
    person = request.account.subject_token
    layout = Layout(request, meeting)
    sides = (
        (book.given_by, "proxy.given_by", "proxy_name"),
        (book.given_to, "proxy.given_to", "appointor_name"),
    )
    own = [
        (one, message(told, name=one.document(request.vault)[name], state=layout.state(one)))
        for mine, told, name in sides
        if person
        for one in mine(meeting, person)
    ]
    own.sort(key=lambda pair: pair[0].created_at, reverse=True)
    return [
        *((label, request.resource_path(one)) for one, label in own),
        *(
            [(message("proxy.paper_title"), request.resource_path(meeting, "proxy-paper"))]
            if request.view_name != "proxy-paper"
            else []
        ),
    ]


@view_config(
    context=ProxyAppointment,
    renderer="skins:default/proxy_appointment.pt",
    permission=Permission.VIEW.value,
)
def show(context: ProxyAppointment, request: Any) -> dict[str, Any]:
    """Show an appointment to its parties and the convenor, with what was cast under it."""
    layout, meeting = Layout(request, context), context.__parent__
    written = context.document(request.vault)
    facts = [(layout.translate(f"proxy.document.{name}"), written[name]) for name in SHOWN]
    facts.append((layout.translate("proxy.document.proxy_mobile"), _mobile(written)))
    box = meeting.ballot_box
    return {
        "item": context,
        "meeting": meeting,
        "facts": facts,
        "cast": [
            (layout.time(box.slots[right.key].cast_at), layout.url(meeting, "voucher", right.key))
            for right in book.cast_under(context)
        ],
        "may_open_voucher": not meeting.is_secret
        and request.account_id in (context.creator, context.addressee),
        "vote_url": layout.url(meeting, "vote")
        if context.workflow_state == "accepted"
        and meeting.workflow_state == "voting"
        and request.account_id == context.addressee
        else "",
        "pdf_url": layout.url(context, "authorisation.pdf"),
        "paper_url": layout.url(context, "paper") if context.paper is not None else "",
        "actions": present.steps(context, layout),
        "history": present.history(context, layout),
    }


def _mobile(written: dict[str, str]) -> str:
    return mask_phone(written["proxy_mobile"])


@view_config(context=ProxyAppointment, name="authorisation.pdf", permission=Permission.VIEW.value)
def send_document(context: ProxyAppointment, request: Any) -> Response:
    """Send the authorisation as it was made; its digest is the one in the audit log (SZ-N6.3)."""
    if request.account_id not in (context.creator, context.addressee):
        audit.record(request, "proxy_appointment.read", context)
    purpose = f"{PURPOSE}:{context.sha256}:pdf"
    body = request.vault.open_bytes(context.file.read(), purpose)
    response = Response(body, content_type="application/pdf")
    response.headers["Content-Disposition"] = disposition(f"{context.__name__}.pdf")
    response.headers["Cache-Control"] = "no-store"
    return response


@view_config(context=ProxyAppointment, name="paper", permission=Permission.VIEW.value)
def send_paper(context: ProxyAppointment, request: Any) -> Response:
    """Send the signed paper; every look goes to the audit log."""
    if context.paper is None:
        raise HTTPNotFound
    return sealed_pictures.send(context.paper, context.__name__, context, request)
