"""Pages of organisers: enter a leader or member, see who convenes (BJ-G5)."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.community import Community
from content_types.organiser import PERSONAL, Organiser, OrganiserSchema, enter
from portal import audit, present
from portal.forms import Form
from portal.i18n import message
from portal.law import rules_at
from portal.layout import Layout
from portal.rules.masking import mask_phone, mask_resident_id
from portal.security import Permission
from portal.views.again import fresh_or_redirect


@view_config(
    context=Community,
    name="organiser",
    renderer="skins:default/form.pt",
    permission=Permission.CONVENOR_REVIEW.value,
)
def enter_organiser(context: Community, request: Any) -> Any:
    """Enter the leader or a member of the body that convenes, after a fresh log-in."""
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    form = Form(OrganiserSchema(), request, button="organiser.submit")
    if form.take(lambda values: enter(context, request, values)):
        request.session.flash(["success", "organiser.entered"])
        return HTTPSeeOther(request.resource_url(form.made))
    kind = "committee" if context.has_committee else "preparatory_group"
    return {
        "item": context,
        "heading": message(f"organiser.enter_{kind}"),
        "intro": message(f"organiser.intro_{kind}"),
        "clause": rules_at(context, request.registry).clauses["organiser"],
        "form": form.render(),
        "back_url": request.resource_url(context["convenors"]),
    }


@view_config(
    context=Organiser, renderer="skins:default/organiser.pt", permission=Permission.VIEW.value
)
def show(context: Organiser, request: Any) -> dict[str, Any]:
    """Show an organiser to the street office, number and phone masked; the look is logged."""
    layout = Layout(request, context)
    audit.record(request, "organiser.look", context)
    person = context.person(request)
    person["id_number"] = mask_resident_id(person["id_number"])
    person["phone"] = mask_phone(person["phone"])
    person["sex"] = layout.translate(f"organiser.sex.{person['sex']}")
    facts = [
        ("kind", layout.translate(f"convenor.{context.kind}")),
        ("assembly_name", context.assembly_name),
        ("position", layout.translate(f"organiser.position.{context.position}")),
        *((name, str(person[name])) for name in PERSONAL if person[name]),
        ("has_account", layout.translate("form.yes" if context.account_id else "form.no")),
    ]
    return {
        "item": context,
        "facts": [(layout.translate(f"organiser.field.{name}"), value) for name, value in facts],
        "history": present.history(context, layout),
        "actions": present.steps(context, layout),
    }
