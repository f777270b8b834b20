"""A person's own page (我的): identity, units, votes, requests, settings, and the own data."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types import votes
from content_types.community.tasks import tasks_for
from content_types.owner_register import binding
from content_types.owner_register.binding_page import address_of
from content_types.service.retention import own_ratings
from portal import audit, catalog, clock, granting, present
from portal.files import disposition
from portal.layout import Layout
from portal.rules.masking import mask_email, mask_phone, mask_resident_id
from portal.security import Permission, Role
from portal.views.again import fresh_or_redirect

REQUESTS = (
    "convenor_request",
    "objection",
    "complaint",
    "service_request",
    "identity_proof",
    "office_request",
    "proxy_appointment",
    "coowner_choice",
    "agent_letter",
)
# Title, route, icon: the settings every person has.
LINKS = (
    ("me.link.profile", "profile", "person-vcard"),
    ("me.link.notifications", "notifications", "bell"),
    ("me.link.password", "password", "key"),
    ("me.link.second", "second_factor", "shield-lock"),
    ("me.link.devices", "devices", "lock"),
    ("me.link.data", "own_data", "download"),
    ("consents.title", "consents", "shield-check"),
    ("closing.title", "close", "box-arrow-right"),
)
STAFF_LINKS = (
    ("queue.title", "queue", "inbox", None),
    ("cockpit.title", "cockpit", "calendar-event", None),
    ("audit.title", "audit_log", "journal-check", Permission.AUDIT_VIEW),
    ("outbox.title", "outbox", "send", Permission.OUTBOX_VIEW),
    ("protection.title", "protection", "shield-check", Permission.ACCOUNT_MANAGE),
)


@view_config(
    route_name="me", renderer="skins:default/me.pt", permission=Permission.ACCOUNT_OWN.value
)
def show_me(request: Any) -> dict[str, Any]:
    """Show the person's own page."""
    layout = Layout(request, request.site)
    account = request.account
    units = binding.bound_units(request, account)
    open_votes = [*votes.meetings(request, votes.CURRENT), *votes.meetings(request, votes.ENDED)]
    is_owner = account.kind == "owner"
    return {
        "person": person(request, layout),
        "units": [unit_line(unit, layout) for unit in units],
        "bind_url": layout.url("me/bind") if account.verified_at is not None else None,
        "tasks": [t for t in tasks_for(request, layout) if t["url"] != "/me/identity"],
        "votes": [votes.line(meeting, layout) for meeting in open_votes[:10]],
        "requests": requests(request, layout),
        "links": links(request, layout),
        "is_owner": is_owner,
        "closing_at": layout.time(account.closing_at),
        "context": request.site,
    }


def person(request: Any, layout: Layout) -> dict[str, Any]:
    """Return who the person is, for the head of the page."""
    account = request.account
    phone = request.vault.open(account.sealed_phone, f"account:{account.id}:phone")
    verified = account.verified_at is not None
    is_owner = account.kind == "owner"
    state = "verified" if verified else "unverified" if is_owner else "staff"
    return {
        "name": layout.own_name,
        "phone_masked": mask_phone(phone) if phone else "",
        "identity": layout.translate(f"me.identity.{state}"),
        "identity_kind": "waiting" if state == "unverified" else "done",
        "identity_url": layout.url("me/identity") if state == "unverified" else None,
    }


def unit_line(unit: Any, layout: Layout) -> dict[str, Any]:
    """Return one bound unit with what undoes the binding."""
    return {
        "title": f"{binding.community_of(unit).title} {unit.label}",
        "url": layout.url(unit),
        "area_text": layout.area(unit.exclusive_area),
        "state": layout.translate("me.unit_bound"),
        "state_kind": "done",
        "value": address_of(unit),
    }


def requests(request: Any, layout: Layout) -> list[dict[str, Any]]:
    """Return what the person asked for or objected to, newest first."""
    found = catalog.find(request, types=REQUESTS, limit=1000)
    return [
        present.line(item, layout, layout.time(item.created_at))
        for item in found
        if item.creator == request.account_id
    ]


def links(request: Any, layout: Layout) -> list[dict[str, Any]]:
    """Return the tiles of settings and, for staff, of their tools."""
    account = request.account
    tiles = [(label, route, icon) for label, route, icon in LINKS]
    if account.kind == "staff" or account.grants:
        tiles += [
            (label, route, icon)
            for label, route, icon, permission in STAFF_LINKS
            if permission is None or layout.may(request.site, permission)
        ]
    if granting.may_appoint(request):
        tiles.append(("accounts.title", "accounts", "people"))
    found = [
        {"title": layout.translate(label), "url": request.route_path(route), "icon": icon}
        for label, route, icon in tiles
    ]
    applications = request.site.get("community_applications")
    if applications is not None:
        found.append(
            {
                "title": layout.translate("community_application.add"),
                "url": layout.url(applications, "add", "community_application"),
                "icon": "building",
            }
        )
    places = {binding.community_of(unit) for unit in binding.bound_units(request, account)}
    found += [
        {
            "title": layout.translate("me.link.convenor"),
            "note": community.title,
            "url": layout.url(community["convenors"], "add", "convenor_request"),
            "icon": "person-plus",
        }
        for community in places
    ]
    return found


@view_config(route_name="convenor_request", permission=Permission.ACCOUNT_OWN.value)
def ask_to_convene(request: Any) -> HTTPSeeOther:
    """Lead to the request form of the person's community, or to binding first."""
    scopes = {scope for role, scope in request.account.grants if role == Role.OWNER}
    for community in request.site["communities"].values():
        if community.scope_id in scopes:
            place = community["convenors"]
            return HTTPSeeOther(request.resource_url(place, "add", "convenor_request"))
    request.session.flash(["warning", "me.bind_first"])
    return HTTPSeeOther(request.route_path("bind"))


@view_config(route_name="own_data", permission=Permission.ACCOUNT_OWN.value)
def own_data(request: Any) -> Any:
    """Send everything the site keeps about the person as JSON, after a fresh log-in (D7)."""
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    audit.record(request, "account.export")
    response = Response(json_body=collect(request), content_type="application/json")
    response.charset = "utf-8"
    response.headers["Content-Disposition"] = disposition("yitang-data.json")
    return response


def collect(request: Any) -> dict[str, Any]:
    """Return the person's data: opened for the person alone, other people left out."""
    account, vault, site = request.account, request.vault, request.site

    def opened(field: str) -> str:
        return str(vault.open(getattr(account, f"sealed_{field}"), f"account:{account.id}:{field}"))

    wish = site.messages.preference_of(account.id)
    return {
        "account": {
            "id": account.id,
            "login": account.login,
            "kind": account.kind,
            "created_at": _text(account.created_at),
            "name": opened("name"),
            "phone": opened("phone"),
            "email": opened("email"),
            "id_number": mask_resident_id(opened("id_number")),
            "verified_at": _text(account.verified_at),
            "verified_by": account.verified_by,
            "language": account.language,
            "mode": account.mode,
            "second_factor": bool(account.totp_secret),
            "former_emails": [
                {
                    "email": mask_email(vault.open(old, f"account:{account.id}:email")),
                    "until": _text(until),
                }
                for old, until in account.old_emails
            ],
        },
        "consents": [
            {"text": text, "version": version, "at": _text(at)}
            for text, version, at in account.consent
        ],
        "closing_at": _text(account.closing_at),
        "requests": [
            _asked(one)
            for one in catalog.each(request, types=REQUESTS)
            if one.creator == account.id
        ],
        "ratings": own_ratings(request),
        "roles": [{"role": role, "scope": scope} for role, scope in account.grants],
        "units": [
            {
                "community": binding.community_of(unit).title,
                "unit": unit.label,
                "bound_at": [
                    _text(b.bound_at) for b in unit.bindings if b.account_id == account.id
                ],
            }
            for unit in binding.bound_units(request, account)
        ],
        "sessions": [
            {
                "device": session.device,
                "started_at": _text(session.started_at),
                "used_at": _text(session.used_at),
            }
            for _, session in site.sessions.of(account.id)
        ],
        "notifications": {
            "channels": list(wish.channels),
            "quiet": [wish.quiet_from, wish.quiet_until],
        },
        "messages": [
            {
                "at": _text(message.created_at),
                "subject": message.subject,
                "body": message.body,
                "read_at": _text(message.read_at),
                "confirmed_at": _text(message.confirmed_at),
            }
            for message in site.messages.inbox(account.id, limit=None)
        ],
    }


def _asked(item: Any) -> dict[str, Any]:
    """Return one request: what the person wrote, what was sent with it, what was answered."""
    wrote = {name: getattr(item, name, "") for name in ("subject", "place", "text")}
    return {
        "type": item.content_type_name,
        "title": item.title,
        "state": item.workflow_state,
        "at": _text(item.created_at),
        **{name: words for name, words in wrote.items() if words},
        "files": [file.filename for file in item.files()] if hasattr(item, "files") else [],
        "course": [
            {"at": _text(entry["at"]), "step": entry["transition"], "said": entry["comment"]}
            for entry in reversed(item.history())
            if entry.get("comment") and "transition" in entry
        ],
    }


def _text(instant: Any) -> str:
    return "" if instant is None else clock.local(instant).isoformat(timespec="seconds")
