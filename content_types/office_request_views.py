"""Pages of an office request: ask with documents, look at them, decide (SZ-4.3)."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types import office_request, sealed_pictures
from content_types.office import Office
from content_types.office_request import DOCUMENTS, OfficeRequest, OfficeRequestSchema
from portal import content, granting, notify, present, ratelimit
from portal.forms import Form
from portal.i18n import message
from portal.law import rules_at
from portal.layout import Layout
from portal.security import Permission, scopes


@view_config(
    context=Office,
    name="ask-account",
    renderer="skins:default/form.pt",
    permission=Permission.ACCOUNT_OWN.value,
)
def ask(context: Office, request: Any) -> Any:
    """Take an officer's request for the account of this office."""
    if not office_request.may_ask(request, context):
        raise HTTPNotFound
    waiting = office_request.open_request(request, context)
    if waiting is not None:
        return HTTPSeeOther(request.resource_url(waiting))
    form = Form(OfficeRequestSchema(), request, button="office_request.submit")
    if form.take(lambda values: submit(context, request, values)):
        request.session.flash(["success", "office_request.submitted"])
        return HTTPSeeOther(request.resource_url(form.made))
    return {
        "item": context,
        "heading": message("office_request.ask", office=context.title),
        "intro": message("office_request.intro", days=request.registry.office_request_days),
        "clause": rules_at(context, request.registry).clauses["office_accounts"],
        "form": form.render(),
        "back_url": request.resource_url(context),
    }


def submit(office: Office, request: Any, values: dict[str, Any]) -> OfficeRequest:
    """Create a request with its documents and tell who decides about it.

    Raises PortalError for a document that is not acceptable.
    """
    ratelimit.hit(request, "identity", f"office:{request.account_id}")
    item = content.create(
        "office_request",
        request,
        title=office.title,
        office_oid=content.oid(office),
        position=values["position"],
        phone=values["phone"],
    )
    content.add(office_request.place_of(request), item, request)
    owner = str(content.oid(item))
    item.pictures = tuple(
        sealed_pictures.take(values[kind], owner, kind, request, pdf=True) for kind in DOCUMENTS
    )
    item.sealed_person_name = request.vault.seal(values["person_name"], f"office-request:{owner}")
    tell_deciders(item, request)
    return item


def tell_deciders(item: OfficeRequest, request: Any) -> None:
    """Tell everybody who may decide about a new request."""
    places = tuple(scopes(item.office))
    for account in request.site.accounts:
        if account.active and item.role in granting.roles_for(account.principals(), places):
            notify.send(
                request,
                account.id,
                "office_request.new",
                {"office": item.office.title},
                link=request.resource_path(item),
            )


@view_config(
    context=OfficeRequest,
    renderer="skins:default/office_request.pt",
    permission=Permission.VIEW.value,
)
def show(context: OfficeRequest, request: Any) -> dict[str, Any]:
    """Show a request; its documents only to who decides about it."""
    layout = Layout(request, context)
    decides = office_request.decides(context, request)
    name = request.vault.open(context.sealed_person_name, f"office-request:{content.oid(context)}")
    own = context.creator == request.account_id
    return {
        "item": context,
        "facts": [
            (layout.translate("office_request.field.office"), context.title),
            (layout.translate("office_request.field.role"), layout.translate(_role_id(context))),
            (layout.translate("office_request.field.person_name"), name if own or decides else "*"),
            (layout.translate("office_request.field.position"), context.position),
            (layout.translate("office_request.field.phone"), context.phone),
            (layout.translate("queue.since"), layout.time(context.created_at)),
        ],
        "pictures": sealed_pictures.rows(context, layout, "office_request", opens=decides),
        "decides": decides,
        "until": layout.date(context.pictures_until),
        "gone": layout.time(context.pictures_gone_at),
        "history": present.history(context, layout),
        "actions": present.steps(context, layout),
    }


def _role_id(item: OfficeRequest) -> str:
    return f"role.{item.role}" if item.office is not None else "office_request.office_gone"


@view_config(context=OfficeRequest, name="picture", permission=Permission.VIEW.value)
def show_picture(context: OfficeRequest, request: Any) -> Any:
    """Send one document to who decides; each look is logged."""
    if not office_request.decides(context, request):
        raise HTTPForbidden
    found = sealed_pictures.asked(context, request)
    return sealed_pictures.send(found, str(content.oid(context)), context, request)
