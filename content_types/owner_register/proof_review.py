"""Pages of an owner's papers: what the owner sees of them, and how a reviewer decides (BJ-O4)."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import TextAreaWidget
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types import sealed_pictures
from content_types.owner_register import proof
from content_types.owner_register.proof import IdentityProof
from content_types.owner_register.proof_finding import finding
from portal import audit, clock, present, workflow
from portal.forms import Field, Form, FormSchema, choices, offer
from portal.i18n import message
from portal.layout import Layout
from portal.rules.masking import mask_name, mask_resident_id
from portal.security import Permission
from portal.views.again import fresh_or_redirect

VIEW = Permission.VIEW.value


@view_config(context=IdentityProof, renderer="skins:default/identity_proof.pt", permission=VIEW)
def show(context: IdentityProof, request: Any) -> Any:
    """Show the papers; name, number and pictures in full only to who reviews them."""
    layout = Layout(request, context)
    # Until the pictures go a reviewer may look again, should the decision be doubted.
    sees = proof.may_review(context, request)
    reviews = sees and context.workflow_state == "submitted"
    if reviews:
        again = fresh_or_redirect(request)
        if again is not None:
            return again
        audit.record(request, "identity_proof.look", context)
    name, number = context.claim(request)
    own = context.creator == request.account_id
    steps = [one for one in workflow.possible(context, request) if one.name != "return"]
    extra = []
    if reviews:
        extra = [present.link(layout.translate("proof.return"), layout.url(context, "send-back"))]
    return {
        "item": context,
        "reviews": reviews,
        "sees": sees,
        "facts": [
            (layout.translate("queue.place"), context.community.title),
            (layout.translate("proof.field.unit"), context.title),
            (
                layout.translate("identity.field.name"),
                name if reviews or own else mask_name(name),
            ),
            (
                layout.translate("identity.field.id_kind"),
                layout.translate(f"unit.id_kind.{context.id_kind}"),
            ),
            (
                layout.translate("identity.field.id_number"),
                number if reviews else mask_resident_id(number),
            ),
            (
                layout.translate("proof.field.title_kind"),
                layout.translate(f"on_site.title.{context.title_kind}"),
            ),
            (layout.translate("queue.since"), layout.time(context.created_at)),
            (layout.translate("proof.due"), layout.until(context.due_at)),
        ],
        "overdue": context.workflow_state == "submitted" and context.due_at <= clock.now(),
        "finding": finding(context, request) if reviews else "",
        "pictures": sealed_pictures.rows(context, layout, "proof", opens=sees),
        "looks": sealed_pictures.looks(context, layout) if own else [],
        "until": layout.date(context.pictures_until),
        "gone": layout.time(context.pictures_gone_at),
        "next_url": _next(context, own, layout),
        "history": present.history(context, layout),
        "actions": layout.actions(context, steps, *extra),
    }


def _next(item: IdentityProof, own: bool, layout: Layout) -> tuple[str, str] | None:
    """Return what the owner does next, or None."""
    if own and item.workflow_state == "approved":
        return layout.translate("me.bind"), layout.url("me/bind")
    if own and item.workflow_state in ("returned", "withdrawn"):
        return layout.translate("proof.again"), layout.url("me/identity/proof")
    return None


@view_config(context=IdentityProof, name="picture", permission=VIEW)
def show_picture(context: IdentityProof, request: Any) -> Any:
    """Send one picture to a reviewer; each look is logged (BJ-O4.4)."""
    if not proof.may_review(context, request):
        raise HTTPForbidden
    found = sealed_pictures.asked(context, request)
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    return sealed_pictures.send(found, context.owner, context, request)


class ReturnSchema(FormSchema):
    """Why papers go back: a reason of the list, and what else to say."""

    reason = Field(colander.String(), title=message("proof.field.reason"), data_class="internal")
    note = Field(
        colander.String(),
        title=message("proof.field.note"),
        missing="",
        validator=colander.Length(max=500),
        widget=TextAreaWidget(rows=3),
        data_class="internal",
    )


@view_config(
    context=IdentityProof,
    name="send-back",
    renderer="skins:default/form.pt",
    permission=Permission.IDENTITY_REVIEW.value,
)
def send_back(context: IdentityProof, request: Any) -> Any:
    """Return papers with a reason of the profile's list."""
    if not proof.may_review(context, request) or context.workflow_state != "submitted":
        raise HTTPNotFound
    reasons = proof.review_of(context.profile(request)).return_reasons
    schema = ReturnSchema()
    offer(schema["reason"], choices((one, f"proof.reason.{one}") for one in reasons))
    form = Form(schema, request, button="proof.return")

    def act(values: dict[str, Any]) -> None:
        text = Layout(request, context).translate(f"proof.reason.{values['reason']}")
        context.return_reason = values["reason"]
        workflow.transition(context, "return", request, f"{text} {values['note']}".strip())

    if form.take(act):
        request.session.flash(["success", "done.identity_proof.return"])
        return HTTPSeeOther(request.resource_url(context))
    return {
        "item": context,
        "heading": message("proof.return"),
        "form": form.render(),
        "clause": context.profile(request).identity_methods.clause,
        "back_url": request.resource_url(context),
    }
