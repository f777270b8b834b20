"""Methods of identification in force (核验方式): the profile's list, less what an office took away.

A department may change the methods but must explain it and announce it (SZ-9.5): every change
rests on a published notice of the office, and every former state stays readable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from content_types.office import DEPARTMENTS
from content_types.office_notice import OfficeNotice, notices_of
from portal import audit, clock
from portal.content import oid
from portal.errors import PortalError
from portal.rules.keys import IdentityMethod
from portal.rules.profile import Profile
from portal.security import lineage

HOLDERS = ("person", "organisation")


@dataclass(frozen=True)
class MethodChange:
    """One change: which methods of a profile the office takes away from then on, and why."""

    at: datetime
    by: str
    profile_id: str
    off_before: tuple[str, ...]
    off: tuple[str, ...]
    explanation: str
    notice_oid: int


def switched_off(office: Any, profile_id: str) -> tuple[str, ...]:
    """Return the methods that an office itself takes away now."""
    return next(
        (one.off for one in reversed(office.method_changes) if one.profile_id == profile_id), ()
    )


def offices_above(community: Any) -> Iterator[Any]:
    """Yield the offices a community lies under, the nearest first."""
    for place in lineage(community.office):
        if place.content_type_name == "office":
            yield place


def offered(community: Any, registry: Any) -> tuple[IdentityMethod, ...]:
    """Return the methods in force in a community, in the order of its profile."""
    profile = community.rules(registry)
    off = {name for office in offices_above(community) for name in switched_off(office, profile.id)}
    return tuple(one for one in profile.identity_methods.value if one.id not in off)


def check_offered(community: Any, method_id: str, registry: Any) -> None:
    """Raise PortalError when an office took a method of the place's profile away."""
    known = {one.id for one in community.rules(registry).identity_methods.value}
    if method_id in known - {one.id for one in offered(community, registry)}:
        clause = community.rules(registry).clauses["method_change"]
        raise PortalError("methods.switched_off", clause=clause, status=403)


def changes_for(community: Any) -> list[tuple[Any, MethodChange]]:
    """Return the newest change of each office above a community, with the office."""
    found = []
    for office in offices_above(community):
        own = [one for one in office.method_changes if one.profile_id == community.profile_id]
        found += [(office, one) for one in own[-1:]]
    return found


def communities_below(office: Any, request: Any) -> list[Any]:
    """Return the communities that lie under an office."""
    return [
        community
        for community in request.site["communities"].values()
        if any(above is office for above in offices_above(community))
    ]


def free_notices(office: Any) -> list[OfficeNotice]:
    """Return the published notices of an office that carry no change yet."""
    used = {one.notice_oid for one in office.method_changes}
    return [one for one in notices_of(office, "published") if oid(one) not in used]


def change(
    office: Any, profile: Profile, wanted: set[str], notice_oid: int, why: str, request: Any
) -> MethodChange:
    """Let an office offer just the wanted methods of a profile from now on.

    Raises PortalError without a published notice of this office that carries no other change, or
    without an explanation, or when some kind of owner would be left without any method.
    """
    clause = profile.clauses["method_change"]
    if office.kind not in DEPARTMENTS:
        raise PortalError("methods.not_a_department", clause=clause, status=403)
    if notice_oid not in map(oid, free_notices(office)):
        raise PortalError("methods.no_notice", clause=clause, field="notice_oid")
    if not why.strip():
        raise PortalError("methods.no_explanation", clause=clause, field="explanation")
    known = tuple(one.id for one in profile.identity_methods.value)
    before, off = (
        switched_off(office, profile.id),
        tuple(name for name in known if name not in wanted),
    )
    if set(before) == set(off):
        raise PortalError("methods.same", clause=clause, field="methods")
    made = MethodChange(
        clock.now(), request.account_id, profile.id, before, off, why.strip(), notice_oid
    )
    office.method_changes = (*office.method_changes, made)
    _check_everybody_has_a_way(office, profile, request)
    office.remember(request.account_id, "methods_changed", comment=made.explanation)
    audit.record(
        request,
        "identity_methods.change",
        office,
        before=list(before),
        after=list(off),
        profile=profile.id,
        switched_off=" ".join(off),
        notice=notice_oid,
    )
    return made


def _check_everybody_has_a_way(office: Any, profile: Profile, request: Any) -> None:
    """Refuse a change after which persons or organisations could prove themselves nowhere."""
    own = set(switched_off(office, profile.id))
    rest = tuple(one for one in profile.identity_methods.value if one.id not in own)
    places = communities_below(office, request)
    below = [offered(one, request.registry) for one in places if one.profile_id == profile.id]
    for holder in HOLDERS:
        if not _fits(profile.identity_methods.value, holder):
            continue
        if not all(_fits(methods, holder) for methods in (rest, *below)):
            clause = profile.clauses["method_change"]
            raise PortalError("methods.nobody_left", clause=clause, field="methods")


def _fits(methods: tuple[IdentityMethod, ...], holder: str) -> bool:
    return any(one.holder in (holder, "any") for one in methods)
