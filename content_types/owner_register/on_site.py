"""Checking an owner on site (现场核验): the convenor sees the papers and answers (SZ-9.2)."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from typing import Any

import colander
from BTrees.OOBTree import OOBTree
from persistent import Persistent
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.community import Community
from content_types.owner_register import identity, methods
from content_types.owner_register.document_fields import (
    id_kind_field,
    id_number_field,
    name_field,
    phone_field,
)
from portal import audit, clock, codes, files
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema, Upload, UploadWidget, choices, select
from portal.i18n import message
from portal.layout import Layout
from portal.rules.masking import mask_name
from portal.security import Permission

METHOD = "on_site_photos"
TITLES = ("deed", "contract", "judgement", "other")
PHOTOS = ("document", "holder")
PICTURES = ".jpg,.jpeg,.png"


class OnSiteCheck(Persistent):
    """One check: who checked whom, which paper was shown, and two sealed photographs."""

    id = ""
    at: datetime
    checker = ""
    account_id = ""
    person = ""
    title_document = ""
    units: tuple[str, ...] = ()
    # The stored bytes are sealed: nobody reads a document's picture off the disk.
    photos: tuple[tuple[str, Any], ...] = ()


def _photo_field(name: str) -> Field:
    return Field(
        Upload(),
        name=name,
        title=message(f"on_site.field.{name}"),
        widget=UploadWidget(accept=PICTURES),
        data_class="sensitive",
    )


class OnSiteSchema(FormSchema):
    """What the convenor saw; both photographs are needed."""

    phone = phone_field("on_site.field.phone")
    name = name_field()
    id_kind = id_kind_field()
    id_number = id_number_field()
    title_document = Field(
        colander.String(),
        title=message("on_site.field.title_document"),
        **select(choices((one, f"on_site.title.{one}") for one in TITLES)),
        data_class="internal",
    )
    document = _photo_field("document")
    holder = _photo_field("holder")


@view_config(
    context=Community,
    name="verify-on-site",
    renderer="skins:default/form.pt",
    permission=Permission.IDENTITY_CHECK.value,
)
def verify_on_site(context: Community, request: Any) -> Any:
    """Take what the convenor saw and verify the owner's account by it."""
    _check_known(context, request)
    form = Form(OnSiteSchema(), request, button="on_site.submit")
    if form.take(lambda values: record_check(context, request, values)):
        request.session.flash(["success", "on_site.done"])
        return HTTPSeeOther(request.resource_url(context, "on-site-checks"))
    return {
        "item": context,
        "heading": message("on_site.title"),
        "intro": message("on_site.intro"),
        "clause": clause_of(context, request),
        "form": form.render(),
        "links": [(message("on_site.list"), request.resource_url(context, "on-site-checks"))],
    }


def clause_of(community: Any, request: Any) -> str:
    """Return the clause of the check on site, or of the place's methods where it has none."""
    profile = community.rules(request.registry)
    return (profile.identity_method(METHOD) or profile.identity_methods).clause


def _check_known(community: Any, request: Any) -> None:
    """Refuse the check where the law of the place knows other ways only (C-16)."""
    if community.rules(request.registry).identity_method(METHOD) is None:
        raise PortalError("on_site.not_here", clause=clause_of(community, request), status=403)


def record_check(community: Any, request: Any, values: dict[str, Any]) -> OnSiteCheck:
    """Verify an account by a check on site and keep the record.

    Raises PortalError for an unknown account, one that never tried on line (BJ-O4.1), or papers
    that the community's register does not bear out.
    """
    _check_known(community, request)
    methods.check_offered(community, METHOD, request.registry)
    clause = clause_of(community, request)
    name, number = identity.read_document(values["name"], values["id_kind"], values["id_number"])
    account = request.site.accounts.find(request.vault, codes.mobile(values["phone"]))
    if account is None or account.kind != "owner":
        raise PortalError("on_site.no_account", clause=clause, field="phone")
    if account.verified_at is not None:
        raise PortalError("on_site.verified_already", clause=clause, field="phone")
    if account.identity_failed_at is None:
        raise PortalError("on_site.not_tried", clause=clause, field="phone")
    if account.id == request.account_id:
        raise PortalError("on_site.not_own", clause=clause, field="phone", status=403)
    register = community["owners"]
    units = identity.match(request, name, values["id_kind"], number, within=register)
    if not units:
        raise PortalError("on_site.no_match", clause=clause, field="id_number")
    check = OnSiteCheck()
    check.id, check.at = secrets.token_hex(6), clock.now()
    check.checker, check.account_id = request.account_id, account.id
    check.title_document = values["title_document"]
    check.units = tuple(unit.code for unit in units)
    check.photos = tuple(
        (kind, _sealed(request, clause, check.id, kind, values[kind])) for kind in PHOTOS
    )
    identity.verify_person(request, account, name=name, id_number=number, verified_by=METHOD)
    check.person = account.subject_token
    if register.on_site is None:
        register.on_site = OOBTree()
    register.on_site[check.id] = check
    audit.record(request, "identity.on_site", community, account=account.id, check=check.id)
    return check


def _sealed(request: Any, clause: str, check_id: str, kind: str, upload: Any) -> Any:
    """Check a photograph like every upload, then keep it sealed only."""
    seen = files.store_upload(upload, kind, request)
    if seen.media_type not in files.IMAGES:
        raise PortalError("on_site.no_picture", clause=clause, field=kind)
    text = base64.b64encode(seen.read()).decode()
    data = request.vault.seal(text, f"on-site:{check_id}:{kind}")
    return files.keep(data, f"{kind}.sealed", seen.media_type, request)


@view_config(
    context=Community,
    name="on-site-checks",
    renderer="skins:default/on_site.pt",
    permission=Permission.IDENTITY_LIST.value,
)
def list_checks(context: Community, request: Any) -> dict[str, Any]:
    """List the checks with the responsible convenor, for printing (SZ-9.3)."""
    layout = Layout(request, context)
    register = context["owners"]
    checks = () if register.on_site is None else register.on_site.values()
    return {
        "item": context,
        "clause": clause_of(context, request),
        "checks": [
            _line(check, register, layout) for check in sorted(checks, key=lambda one: one.at)
        ],
    }


def _line(check: OnSiteCheck, register: Any, layout: Layout) -> dict[str, Any]:
    request, community = layout.request, register.community
    units = register.known_units(check.units)
    names = [unit.holder_name(request.vault, check.person) for unit in units]
    checker = request.site.accounts.get(check.checker)
    return {
        "at_text": layout.time(check.at),
        "owner": mask_name(names[0]) if names and names[0] else "-",
        "units": "、".join(unit.label for unit in units),
        "title_document": layout.translate(f"on_site.title.{check.title_document}"),
        "checker": (checker.login or layout.actor(check.checker)) if checker else check.checker,
        "photos": [
            (
                layout.translate(f"on_site.field.{kind}"),
                layout.url(community, "on-site-photo", check.id, kind),
            )
            for kind, _ in check.photos
        ],
    }


@view_config(context=Community, name="on-site-photo", permission=Permission.IDENTITY_LIST.value)
def show_photo(context: Community, request: Any) -> Response:
    """Show one photograph; every view is logged (EV-5.3.3)."""
    register = context["owners"]
    check_id, kind = (*request.subpath, "", "")[:2]
    check = None if register.on_site is None else register.on_site.get(check_id)
    stored = dict(check.photos).get(kind) if check is not None else None
    if stored is None:
        raise HTTPNotFound
    audit.record(request, "identity.photo_view", context, check=check_id, photo=kind)
    text = request.vault.open(stored.read(), f"on-site:{check_id}:{kind}")
    response = Response(body=base64.b64decode(text), content_type=stored.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
