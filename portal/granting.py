"""Who may give which role where (授权范围): each level appoints the one below (SZ-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from portal.errors import Forbidden, PortalError
from portal.security import SITE_SCOPE, Role, scopes

_PLACE_ROLES = frozenset(
    (
        *(Role.SCRUTINEER, Role.TELLER, Role.RECORDS_OFFICER, Role.FUND_MANAGER),
        *(Role.FUND_CHECKER, Role.ENGINEER, Role.SUPERVISOR, Role.SERVICE_STAFF),
    )
)
# Owners and convenors are never appointed here: they prove it or ask for it (SZ-5.2, SZ-9.4).
GRANTS: dict[str, frozenset[Role]] = {
    Role.ADMINISTRATOR: frozenset(Role) - {Role.OWNER, Role.PROXY, Role.CONVENOR},
    Role.MUNICIPAL_OFFICER: frozenset((Role.DISTRICT_OFFICER, Role.STREET_OFFICER)),
    Role.DISTRICT_OFFICER: frozenset((Role.STREET_OFFICER,)),
    Role.STREET_OFFICER: frozenset((Role.RESIDENTS_COMMITTEE,)) | _PLACE_ROLES,
}


class Place(NamedTuple):
    """A place where roles can be held, with its way in words."""

    scope: str
    title: str
    roles: frozenset[Role]


def roles_for(principals: frozenset[str], scope_ids: tuple[str, ...]) -> frozenset[Role]:
    """Return the roles somebody may give or take at a place of these scopes."""
    found: set[Role] = set()
    for role, given in GRANTS.items():
        if any(f"{role}@{scope}" in principals for scope in scope_ids):
            found |= given
    return frozenset(found)


def givers(role: Role) -> tuple[str, ...]:
    """Return the officers' roles that may give a role; administrators do it without a request."""
    return tuple(
        giver for giver, given in GRANTS.items() if role in given and giver != Role.ADMINISTRATOR
    )


def places(request: Any) -> Iterator[Place]:
    """Yield the places where the asking person may give roles: site, offices, communities."""
    principals = request.principals
    here = roles_for(principals, (SITE_SCOPE,))
    if here:
        yield Place(SITE_SCOPE, request.registry.settings["yitang"].title, here)
    yield from _offices(request.site["offices"], "", principals)
    for community in request.site["communities"].values():
        yield from _place(community, community.title, principals)


def _offices(place: Any, way: str, principals: frozenset[str]) -> Iterator[Place]:
    for office in place.values():
        if office.content_type_name != "office":
            continue
        title = f"{way} › {office.title}" if way else office.title
        yield from _place(office, title, principals)
        yield from _offices(office, title, principals)


def _place(item: Any, title: str, principals: frozenset[str]) -> Iterator[Place]:
    roles = roles_for(principals, tuple(scopes(item)))
    if roles and getattr(item, "scope_id", ""):
        yield Place(item.scope_id, title, roles)


def check(request: Any, account: Any, role: str, scope: str) -> Place:
    """Return the place; raises PortalError when the person may not change this role there."""
    if account.id == request.account_id:
        raise Forbidden("accounts.not_own", field="role")
    place = next((one for one in places(request) if one.scope == scope), None)
    if place is None or role not in place.roles:
        raise PortalError("accounts.not_here", field="role", clause="EV-5.4.2", status=403)
    return place


def may_appoint(request: Any) -> bool:
    """Say whether the asking person holds a role that gives roles to others.

    A role that asks for a second factor does not count before it is set up.
    """
    return request.account is not None and any(
        role in GRANTS and f"{role}@{scope}" in request.principals
        for role, scope in request.account.grants
    )
