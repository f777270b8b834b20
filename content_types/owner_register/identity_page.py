"""The page on which an owner verifies name and document (身份核验页)."""

from __future__ import annotations

import secrets
from typing import Any

import colander
from deform.widget import CheckboxWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.owner_register import identity, methods, on_site
from content_types.owner_register.document_fields import id_kind_field, id_number_field, name_field
from content_types.owner_register.proof_page import open_communities
from portal import audit, ratelimit
from portal.content import by_oid
from portal.errors import PortalError
from portal.faces import FaceError
from portal.forms import Field, Form, FormSchema
from portal.i18n import message
from portal.layout import Layout
from portal.security import Permission

PAGE = "skins:default/register.pt"
STEPS = ("identity.step.data", "identity.step.bind")
FACE_PENDING = "face"


class IdentitySchema(FormSchema):
    """Name and document as they stand in the title, with a consent of their own."""

    name = name_field(help_text="identity.field.name_help", autocomplete="name")
    id_kind = id_kind_field()
    id_number = id_number_field()
    consent = Field(
        colander.Boolean(),
        title=message("identity.field.consent"),
        description=message("identity.field.consent_help"),
        widget=CheckboxWidget(),
        validator=colander.OneOf([True]),
        data_class="internal",
    )


@view_config(route_name="verify_identity", renderer=PAGE, permission=Permission.ACCOUNT_OWN.value)
def verify_identity(request: Any) -> Any:
    """Take name and document and compare them with the registers of owners."""
    account = request.account
    if account.verified_at is not None:
        return page(2, done=_done(request))
    if request.session.get(FACE_PENDING) and request.method == "GET":
        return _after_face(request, account)
    form = Form(IdentitySchema(), request, button="identity.submit")
    values = form.validate() if request.method == "POST" else None
    reasons: list[Any] = []
    if values is not None:
        ratelimit.hit(request, "identity", account.id)
        try:
            found = _try(request, account, values)
        except PortalError as error:
            form.fail(error)
        else:
            if not isinstance(found, list):
                return found
            reasons = found
            form.values = values | {"consent": False}
            request.response.status_int = 422
    return page(1, form=form.render(), **_around(request, reasons))


def _around(request: Any, reasons: list[Any]) -> dict[str, Any]:
    """Return what stands beside the form: why it failed, the ways there are, and the next one."""
    others = []
    if reasons and any(_checks_on_site(one, request) for one in _communities(request)):
        reasons = [*reasons, message("identity.reason.on_site")]
    if open_communities(request):
        others = [(message("proof.title"), request.route_path("identity_proof"))]
        reasons = [*reasons, message("identity.reason.papers")] if reasons else []
    return {"reasons": reasons, "notes": _notes(request), "others": others, "ways": _ways(request)}


def _communities(request: Any) -> list[Any]:
    return list(request.site["communities"].values())


def _checks_on_site(community: Any, request: Any) -> bool:
    """Say whether the convenor of a community may check owners on site."""
    offered = methods.offered(community, request.registry)
    return any(one.id == on_site.METHOD for one in offered)


def _ways(request: Any) -> list[tuple[str, list[tuple[str, str]], list[tuple[Any, str]]]]:
    """Return for each set of rules the methods in force, and the changes they rest on.

    The methods come in the order of the rules with their clauses (BJ-O3, C-16), the changes with
    the notices that announced them (SZ-9.5).
    """
    layout = Layout(request, request.site)
    found: dict[Any, Any] = {}
    for community in _communities(request):
        ways = [
            (f"identity.way.{one.id}", one.clause)
            for one in methods.offered(community, request.registry)
        ]
        changes = [
            (
                _told(office, one, layout),
                layout.url(by_oid(office, one.notice_oid)),
                community.rules(layout.request.registry).clauses["method_change"],
            )
            for office, one in methods.changes_for(community)
        ]
        shown = (*(way for way, _ in ways), *(url for _, url, _ in changes))
        key = (community.profile_id, *shown)
        found.setdefault(key, (f"profile.{community.profile_id}", ways, changes))
    return list(found.values())


def _told(office: Any, one: methods.MethodChange, layout: Layout) -> Any:
    return message(
        "methods.told",
        office=office.title,
        at=layout.date(one.at),
        explanation=one.explanation,
    )


def _try(request: Any, account: Any, values: dict[str, Any]) -> Any:
    """Return where to go on when it worked, else the reasons why not and what to do."""
    name, number = identity.read_document(values["name"], values["id_kind"], values["id_number"])
    kind = values["id_kind"]
    identity.consent(account)
    units = identity.match(request, name, kind, number)
    if not units:
        identity.note_failure(request, account, "no_match")
        return [message(f"identity.reason.{key}") for key in ("typing", "register")]
    method, record = identity.online_method(request, units[0], kind)
    if method is None:
        identity.note_failure(request, account, "no_online_method")
        if kind != identity.ORGANISATION:
            return [message("identity.reason.method_off")]
        return [message("identity.reason.organisation")]
    if not record:
        return _with_face(request, account, method, name, number)
    identity.verify_person(request, account, name=name, id_number=number, verified_by=record)
    return _bound_next(request)


def _bound_next(request: Any) -> HTTPSeeOther:
    request.session.flash(["success", "identity.verified"])
    return HTTPSeeOther(request.route_path("bind"))


def _with_face(request: Any, account: Any, method: Any, name: str, number: str) -> Any:
    """Send the person to the face service, or say that there is none (SZ-9.1)."""
    service = request.registry.face_service
    if service is None:
        identity.note_failure(request, account, "no_face_service")
        return [message("identity.reason.no_face")]
    try:
        started = service.begin(
            name, number, secrets.token_hex(12), request.route_url("verify_identity")
        )
    except FaceError:
        identity.note_failure(request, account, "face_service")
        return [message("identity.reason.face_silent")]
    sealed = request.vault.seal(
        f"{name}\n{number}\n{method.id}", f"face:{account.id}:{started.transaction}"
    )
    account.face_pending = sealed
    request.session[FACE_PENDING] = started.transaction
    audit.record(request, "identity.face_begun", account=account.id)
    # A link, not a redirect: the page's policy keeps forms from leading to other hosts.
    onward = {
        "title": message("identity.face_next"),
        "text": message("identity.face_text"),
        "url": started.url,
        "action": message("identity.face_action"),
    }
    return page(1, done=onward)


def _after_face(request: Any, account: Any) -> Any:
    """Ask the service for its verdict when the person comes back."""
    transaction = request.session.pop(FACE_PENDING)
    sealed, account.face_pending = account.face_pending, b""
    try:
        opened = request.vault.open(sealed, f"face:{account.id}:{transaction}")
        passed = request.registry.face_service.passed(transaction)
    except (FaceError, ValueError):
        passed = False
    if not passed or not opened:
        identity.note_failure(request, account, "face")
        reasons = [message("identity.reason.face")]
        form = Form(IdentitySchema(), request, button="identity.submit")
        return page(1, form=form.render(), **_around(request, reasons))
    name, number, method = opened.split("\n")
    record = f"{method}:{transaction}"
    identity.verify_person(request, account, name=name, id_number=number, verified_by=record)
    return _bound_next(request)


def _notes(request: Any) -> list[Any]:
    return [message("identity.face_off")] if request.registry.face_off else []


def _done(request: Any) -> dict[str, Any]:
    method = request.account.verified_by
    note = "identity.done_face_off" if method.endswith(identity.WITHOUT_FACE) else "identity.done"
    return {
        "title": message("identity.verified"),
        "text": message(note),
        "url": request.route_path("bind"),
        "action": message("me.bind"),
    }


def page(current: int, **values: Any) -> dict[str, Any]:
    """Return what the page of a step needs."""
    return {
        "heading": message("identity.title"),
        "steps": [message(step) for step in STEPS],
        "current": current,
        "form": None,
        **values,
    }
