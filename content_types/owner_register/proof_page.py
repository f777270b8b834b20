"""The page on which an owner shows papers (材料上传): place, papers, consent (BJ-O4)."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import CheckboxWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.building import natural
from content_types.owner_register import proof
from content_types.owner_register.document_fields import id_number_field, name_field
from content_types.sealed_pictures import picture_field
from portal import ratelimit
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema, choices, offer
from portal.i18n import message
from portal.layout import Layout
from portal.rules.keys import ProofReview
from portal.rules.profile import Profile
from portal.security import Permission

STEPS = ("bind.step.community", "bind.step.building", "bind.step.unit", "proof.step.papers")


class ProofSchema(FormSchema):
    """Who one is, the papers that show it, and a consent of its own."""

    name = name_field(help_text="identity.field.name_help", autocomplete="name")
    id_kind = Field(
        colander.String(), title=message("identity.field.id_kind"), data_class="personal"
    )
    id_number = id_number_field()
    identity = picture_field("identity", "proof.field.identity")
    identity_back = picture_field("identity_back", "proof.field.identity_back", required=False)
    title_kind = Field(
        colander.String(), title=message("proof.field.title_kind"), data_class="internal"
    )
    title = picture_field("title", "proof.field.title")
    consent = Field(
        colander.Boolean(),
        title=message("proof.field.consent"),
        description=message("proof.field.consent_help"),
        widget=CheckboxWidget(),
        validator=colander.OneOf([True]),
        data_class="internal",
    )


def schema_for(review: ProofReview) -> Any:
    """Return the schema with the kinds of papers a place accepts (BJ-O4.3)."""
    schema = ProofSchema()
    offer(schema["id_kind"], choices((k, f"unit.id_kind.{k}") for k in review.identity_kinds))
    offer(schema["title_kind"], choices((k, f"on_site.title.{k}") for k in review.title_kinds))
    return schema


@view_config(
    route_name="identity_proof",
    renderer="skins:default/proof.pt",
    permission=Permission.ACCOUNT_OWN.value,
)
def show_papers(request: Any) -> Any:
    """Choose the unit, then take the papers for it."""
    waiting = proof.waiting_proof(request, request.account)
    if waiting is not None:
        return HTTPSeeOther(request.resource_url(waiting))
    community, building, unit = _place(request)
    if community is None:
        return _page(request, reasons=_closed_everywhere(request))
    profile = request.registry.profiles[community.profile_id]
    try:
        proof.check_open(request.account, community, request.registry)
    except PortalError as error:
        request.response.status_int = error.status
        return _page(request, community, reasons=[message(error.message_id)])
    if unit is None:
        return _page(request, community, building)
    return _papers(request, profile, community, building, unit)


def _papers(request: Any, profile: Profile, community: Any, building: Any, unit: Any) -> Any:
    review = proof.review_of(profile)
    form = Form(schema_for(review), request, button="proof.submit")

    def act(values: dict[str, Any]) -> proof.IdentityProof:
        ratelimit.hit(request, "identity", f"proof:{request.account_id}")
        return proof.submit(request, unit, values)

    if form.take(act):
        request.session.flash(["success", "proof.submitted"])
        return HTTPSeeOther(request.resource_url(form.made))
    return _page(
        request,
        community,
        building,
        unit=unit,
        form=form.render(),
        purpose=message(
            "proof.purpose",
            days=review.days,
            keep=review.keep_days,
            reviewers=_names(request, review),
        ),
        clause=profile.upload_method.clause,
    )


def _names(request: Any, review: ProofReview) -> str:
    layout = Layout(request, request.site)
    return layout.listed(layout.translate(f"role.{role}") for role in review.reviewers)


def _place(request: Any) -> tuple[Any, Any, Any]:
    """Return community, building and unit as chosen so far; what does not exist is not chosen."""
    places = request.site["communities"]
    community = places.get(request.GET.get("community", ""))
    if community is None:
        return None, None, None
    building = community["buildings"].get(request.GET.get("building", ""))
    code = request.GET.get("unit", "")
    unit = community["owners"].unit(code) if code else None
    if unit is not None:
        building = unit.__parent__
    return community, building, unit


def open_communities(request: Any) -> list[Any]:
    """Return the communities in which the asking person may show papers on line now."""
    found = []
    for community in request.site["communities"].values():
        try:
            proof.check_open(request.account, community, request.registry)
        except PortalError:
            continue
        found.append(community)
    return found


def _closed_everywhere(request: Any) -> list[Any]:
    """Return why there is nothing to choose, or nothing when there is."""
    if open_communities(request):
        return []
    request.response.status_int = 403
    reasons = []
    for community in request.site["communities"].values():
        try:
            proof.check_open(request.account, community, request.registry)
        except PortalError as error:
            reasons.append(error.message_id)
    return [message(one) for one in dict.fromkeys(reasons)] or [message("proof.no_community")]


def _page(
    request: Any, community: Any = None, building: Any = None, unit: Any = None, **values: Any
) -> dict[str, Any]:
    current = 1 + (community is not None) + (building is not None) + (unit is not None)
    offered: list[tuple[str, str]] = []
    if community is None:
        offered = [(one.__name__, one.title) for one in open_communities(request)]
    elif building is None:
        found = sorted(community["buildings"].values(), key=lambda one: natural(one.title))
        offered = [(one.__name__, one.title) for one in found]
    elif unit is None:
        found = sorted(building.units(), key=lambda u: (natural(u.entrance), natural(u.room)))
        offered = [(one.code, f"{one.entrance}{one.room}") for one in found]
    return {
        "heading": message("proof.title"),
        "steps": [message(step) for step in STEPS],
        "current": current,
        "community": community,
        "building": building,
        "unit": unit,
        "choices": [] if values.get("reasons") else offered,
        "reasons": [],
        "form": None,
        "purpose": "",
        "clause": "",
        "context": request.site,
        **values,
    }
