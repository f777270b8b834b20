"""The pages on which an owner binds units (房屋绑定页): three choices, one page each."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.building import natural
from content_types.owner_register import binding
from portal import audit, ratelimit
from portal.errors import PortalError
from portal.i18n import message
from portal.security import Permission

PAGE = "skins:default/bind.pt"
STEPS = ("bind.step.community", "bind.step.building", "bind.step.unit")
MOST = 50


@view_config(
    route_name="bind",
    request_method="GET",
    renderer=PAGE,
    permission=Permission.UNIT_BIND.value,
)
def choose(request: Any) -> Any:
    """Offer the person's own units at once, and the choice by community, building and unit."""
    if request.account.verified_at is None:
        request.session.flash(["warning", "bind.not_verified"])
        return HTTPSeeOther(request.route_path("verify_identity"))
    return page(request)


@view_config(
    route_name="bind",
    request_method="POST",
    renderer=PAGE,
    permission=Permission.UNIT_BIND.value,
)
def bind(request: Any) -> Any:
    """Bind the chosen units; one that cannot be bound binds none and says why."""
    ratelimit.hit(request, "identity", f"bind:{request.account_id}")
    chosen = list(dict.fromkeys(request.POST.getall("unit")))[:MOST]
    try:
        if not chosen:
            raise PortalError("bind.choose", field="unit")  # noqa: TRY301
        units = [unit_at(request, address) for address in chosen]
        for unit in units:
            binding.check_owner(request, request.account, unit)
    except PortalError as error:
        audit.record(request, "unit.bind_refused", reason=error.message_id)
        request.response.status_int = error.status
        return page(request, _reasons(error))
    for unit in units:
        binding.bind_unit(request, request.account, unit)
    for community in {binding.community_of(unit) for unit in units}:
        if binding.late_meetings(request, community):
            request.session.flash(["warning", "bind.late"])
            break
    request.session.flash(["success", "bind.done"])
    return HTTPSeeOther(request.route_path("me"))


@view_config(route_name="unbind", request_method="POST", permission=Permission.UNIT_BIND.value)
def unbind(request: Any) -> HTTPSeeOther:
    """Let a person take an own binding away."""
    unit = unit_at(request, request.POST.get("unit", ""))
    binding.unbind_unit(request, request.account, unit, "own_wish")
    request.session.flash(["success", "bind.undone"])
    return HTTPSeeOther(request.route_path("me"))


def address_of(unit: Any) -> str:
    """Return community, building and unit as one form value."""
    return f"{binding.community_of(unit).__name__}/{unit.code}"


def unit_at(request: Any, address: str) -> Any:
    """Return the unit of a form value; raises PortalError for one that does not exist."""
    community, _, code = address.partition("/")
    places = request.site["communities"]
    unit = places[community]["owners"].unit(code) if community in places else None
    if unit is None:
        raise PortalError("bind.unknown", clause="EV-8.1.3", field="unit")
    return unit


def _reasons(error: PortalError) -> list[Any]:
    if error.message_id != "bind.not_owner":
        return [message(error.message_id)]
    return [message(f"bind.reason.{key}") for key in ("other", "new", "wrong")]


def page(request: Any, reasons: list[Any] | None = None) -> dict[str, Any]:
    """Return what the page of the present choice needs."""
    places = request.site["communities"]
    community = places.get(request.params.get("community", ""))
    building = None
    if community is not None:
        building = community["buildings"].get(request.params.get("building", ""))
    account = request.account
    own = [u for u in binding.own_units(request, account) if not binding.is_bound(u, account.id)]
    late = [] if community is None else binding.late_meetings(request, community)
    return {
        "heading": message("bind.title"),
        "steps": [message(step) for step in STEPS],
        "current": 1 + (community is not None) + (building is not None),
        "own": [(address_of(unit), unit.label, binding.community_of(unit).title) for unit in own],
        "community": community,
        "building": building,
        "choices": _choices(places, community, building),
        "reasons": reasons or [],
        "late": [meeting.title for meeting in late],
        "late_clause": late[0].rules(request.registry).late_binding.clause if late else "",
        "context": request.site,
    }


def _choices(places: Any, community: Any, building: Any) -> list[tuple[str, str]]:
    """Return value and name of what can be chosen now; nothing else is selectable (BJ-O3.1)."""
    if community is None:
        return [(one.__name__, one.title) for one in places.values()]
    if building is None:
        found = sorted(community["buildings"].values(), key=lambda one: natural(one.title))
        return [(one.__name__, one.title) for one in found]
    units = sorted(building.units(), key=lambda u: (natural(u.entrance), natural(u.room)))
    return [(address_of(unit), f"{unit.entrance}{unit.room}") for unit in units]
