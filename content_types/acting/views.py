"""Pages of those who act for owners: propose and agree on a representative, bring a letter."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import TextInputWidget
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types import sealed_pictures
from content_types.acting import AgentLetter, CoownerChoice, authorising, choosing
from content_types.community import Community
from content_types.owner_register import OwnerRegister
from content_types.owner_register.document_fields import id_kind_field, id_number_field, name_field
from content_types.sealed_pictures import PAPERS, picture_field
from portal import present
from portal.forms import Field, Form, FormSchema, LocalDateTime, LocalDateTimeWidget, offer
from portal.i18n import message
from portal.layout import Layout
from portal.rules.masking import mask_document
from portal.security import Permission
from portal.views.again import fresh_or_redirect

FORM_PAGE = "skins:default/form.pt"


class ChoiceSchema(FormSchema):
    """Who is to vote; a paper signed by all stands for their consent on line."""

    person = Field(
        colander.String(),
        title=message("acting.field.person"),
        data_class="personal",
    )
    paper = picture_field("paper", "acting.field.paper", accept=PAPERS, required=False)


class LetterSchema(FormSchema):
    """The organisation, the agent, and the three papers."""

    organisation = Field(
        colander.String(),
        title=message("agent.field.organisation"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    organisation_code = Field(
        colander.String(),
        title=message("agent.field.organisation_code"),
        validator=colander.Length(max=40),
        widget=TextInputWidget(attributes={"autocomplete": "off", "spellcheck": "false"}),
        data_class="public",
    )
    name = name_field("agent.field.name", autocomplete="name")
    id_kind = id_kind_field()
    id_number = id_number_field()
    until = Field(
        LocalDateTime(),
        title=message("agent.field.until"),
        description=message("agent.field.until_help"),
        missing=None,
        widget=LocalDateTimeWidget(),
        data_class="internal",
    )
    organisation_document = picture_field(
        "organisation_document", "agent.field.organisation_document", accept=PAPERS
    )
    authorisation_letter = picture_field(
        "authorisation_letter", "agent.field.authorisation_letter", accept=PAPERS
    )
    agent_id_document = picture_field(
        "agent_id_document", "agent.field.agent_id_document", accept=PAPERS
    )


@view_config(
    context=OwnerRegister,
    name="choose-representative",
    renderer=FORM_PAGE,
    permission=Permission.ACCOUNT_OWN.value,
)
def choose(context: OwnerRegister, request: Any) -> Any:
    """Show and take a proposal: ``owners/choose-representative/<unit code>``."""
    unit = context.unit("/".join(request.subpath))
    if unit is None or unit.holder(request.account.subject_token) is None:
        raise HTTPNotFound
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    profile = choosing.rules_of(context, request)
    schema = ChoiceSchema()
    people = [(h.person, choosing.name_of(unit, h.person, request)) for h in unit.holders]
    offer(schema["person"], people)
    form = Form(schema, request, button="acting.propose")
    if form.take(lambda values: choosing.propose(context, unit, request=request, **values)):
        request.session.flash(["success", "acting.proposed"])
        return HTTPSeeOther(request.resource_url(form.made))
    return {
        "item": context.community,
        "heading": message("acting.title", unit=unit.label),
        "intro": message("acting.intro"),
        "clause": profile.coowner_rule.clause,
        "form": form.render(),
        "back_url": request.resource_path(context.community),
    }


@view_config(
    context=CoownerChoice,
    renderer="skins:default/coowner_choice.pt",
    permission=Permission.VIEW.value,
)
def show_choice(context: CoownerChoice, request: Any) -> dict[str, Any]:
    """Show who is proposed and who has agreed."""
    layout, register = Layout(request, context), context.__parent__
    unit = register.unit(context.unit_code)
    agreed = dict(context.consents)

    def named(person: str) -> str:
        return choosing.name_of(unit, person, request)

    return {
        "item": context,
        "person": named(context.person),
        "people": [
            (named(person), layout.time(agreed[person]) if person in agreed else "")
            for person in context.group
        ],
        "may_agree": choosing.may_agree(context, request.account.subject_token),
        "papers": _papers(context, layout),
        "actions": present.steps(context, layout),
        "history": present.history(context, layout),
    }


@view_config(
    context=CoownerChoice, name="agree", request_method="POST", permission=Permission.VIEW.value
)
def agree(context: CoownerChoice, request: Any) -> HTTPSeeOther:
    """Note that the asking co-owner agrees."""
    choosing.agree(context, request)
    request.session.flash(["success", "acting.agreed"])
    return HTTPSeeOther(request.resource_url(context))


@view_config(
    context=Community,
    name="agent",
    renderer=FORM_PAGE,
    permission=Permission.ACCOUNT_OWN.value,
)
def bring_letter(context: Community, request: Any) -> Any:
    """Show and take the papers of an organisation's agent."""
    form = Form(LetterSchema(), request, button="agent.submit")
    if form.take(lambda values: authorising.submit(context["owners"], values, request)):
        request.session.flash(["success", "agent.submitted"])
        return HTTPSeeOther(request.resource_url(form.made))
    return {
        "item": context,
        "heading": message("agent.title"),
        "intro": message("agent.intro"),
        "clause": context.rules(request.registry).documents["organisation_owner"].clause,
        "form": form.render(),
        "back_url": request.resource_path(context),
    }


@view_config(
    context=AgentLetter, renderer="skins:default/agent_letter.pt", permission=Permission.VIEW.value
)
def show_letter(context: AgentLetter, request: Any) -> dict[str, Any]:
    """Show a letter to its agent and to those who check it."""
    layout, told = Layout(request, context), context.values(request.vault)
    units = authorising.units_named(context.__parent__, told, request)
    return {
        "item": context,
        "facts": [
            (layout.translate("agent.field.organisation"), told["organisation"]),
            (layout.translate("agent.field.organisation_code"), told["organisation_code"]),
            (layout.translate("agent.field.name"), told["name"]),
            (layout.translate("identity.field.id_number"), mask_document(told["id_number"])),
            (layout.translate("agent.units"), "、".join(unit.label for unit in units)),
            (layout.translate("agent.field.until"), layout.time(context.until) or "—"),
        ],
        "papers": _papers(context, layout),
        "actions": present.steps(context, layout),
        "history": present.history(context, layout),
    }


def _papers(item: Any, layout: Layout) -> list[tuple[str, str]]:
    area = "agent" if item.content_type_name == "agent_letter" else "acting"
    return [
        (layout.translate(f"{area}.field.{one.kind}"), layout.url(item, "picture", one.kind))
        for one in item.pictures
        if one.stored
    ]


@view_config(context=CoownerChoice, name="picture", permission=Permission.VIEW.value)
@view_config(context=AgentLetter, name="picture", permission=Permission.VIEW.value)
def send_picture(context: Any, request: Any) -> Response:
    """Send one paper; every look goes to the audit log."""
    found = sealed_pictures.asked(context, request)
    return sealed_pictures.send(found, context.__name__, context, request)
