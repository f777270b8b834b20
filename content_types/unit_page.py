"""The page of a unit (房屋页面): facts, owners masked or in full, and what the owners did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.owner_register.binding import is_bound
from content_types.unit import Unit
from portal import audit, clock
from portal.errors import PortalError
from portal.i18n import message
from portal.rules.area import format_area
from portal.rules.number import format_percent
from portal.security import Permission, permits


@view_config(context=Unit, renderer="skins:default/unit.pt", permission=Permission.VIEW.value)
def show_unit(context: Unit, request: Any) -> dict[str, Any]:
    """Show a unit with its owners masked, most of all from neighbours."""
    works = permits(context, Permission.REGISTER_VIEW, request.principals)
    own = is_bound(context, request.account_id)
    owners = context.masked_owners(request.vault, public=not (works or own))
    return _page(context, request, owners, revealed=False)


@view_config(
    context=Unit,
    name="reveal",
    request_method="POST",
    renderer="skins:default/unit.pt",
    permission=Permission.REGISTER_VIEW.value,
)
def reveal_unit(context: Unit, request: Any) -> Any:
    """Show the owners in full, for a stated reason that goes to the audit log."""
    reason = request.POST.get("reason", "").strip()[:100]
    if not reason:
        raise PortalError("unit.reason_missing", field="reason")
    if not request.is_fresh:
        request.session.flash(["warning", "unit.again"])
        again = request.route_path(
            "reauthenticate", _query={"came_from": request.resource_path(context)}
        )
        return HTTPSeeOther(again)
    audit.record(request, "unit.reveal", context, reason=reason)
    return _page(context, request, context.owners(request.vault), revealed=True)


@view_config(
    context=Unit,
    name="check-area",
    request_method="POST",
    permission=Permission.REGISTER_CORRECT.value,
)
def note_area_check(context: Unit, request: Any) -> HTTPSeeOther:
    """Record that the area was checked by sample on the spot (BJ-G2.4)."""
    context.area_checked_at, context.area_checked_by = clock.now(), request.account_id
    shown = {"exclusive_area": context.exclusive_area}
    context.remember(request.account_id, "area_checked", after=shown)
    audit.record(request, "unit.check_area", context, after=shown)
    request.session.flash(["success", "unit.area_checked"])
    return HTTPSeeOther(request.resource_url(context))


def _page(
    unit: Unit, request: Any, owners: list[dict[str, Any]], *, revealed: bool
) -> dict[str, Any]:
    def say(message_id: str, **values: Any) -> str:
        return str(request.localizer.translate(message(message_id, **values)))

    facts = [
        ("building", unit.building),
        ("entrance", unit.entrance),
        ("room", unit.room),
        ("floor", "" if unit.floor is None else str(unit.floor)),
        ("use", say(f"unit.use.{unit.use}") if unit.use else ""),
        ("exclusive_area", f"{format_area(unit.exclusive_area)} ㎡"),
        ("area_source", say(f"unit.area_source.{unit.area_source}")),
        ("area_checked", _day(unit.area_checked_at)),
        ("unsold", say("form.yes") if unit.unsold else ""),
        ("note", unit.note),
    ]
    register = unit.__parent__.__parent__.__parent__.get("owners")
    return {
        "item": unit,
        "state": unit.register_state,
        "facts": [(say(f"unit.field.{name}"), value) for name, value in facts if value],
        "owners": [
            owner | {"share_text": f"{format_percent(owner['share'])} %"} for owner in owners
        ],
        "revealed": revealed,
        "can_check": permits(unit, Permission.REGISTER_CORRECT, request.principals),
        "can_reveal": permits(unit, Permission.REGISTER_VIEW, request.principals),
        "events": []
        if register is None
        else [_told(e, say) for e in register.events_of(unit.code)],
        "correct_url": ""
        if register is None
        or not permits(register, Permission.REGISTER_CORRECT, request.principals)
        else request.resource_path(register, "correct", *unit.code.split("/")),
    }


def _day(instant: datetime | None) -> str:
    return "" if instant is None else clock.local(instant).date().isoformat()


def _told(event: dict[str, Any], say: Callable[..., str]) -> dict[str, Any]:
    """Return an ownership event as a line that names nobody."""
    kind, name = event["source"]
    return event | {
        "text": message(
            f"unit.event.{event['kind']}",
            owners=len(event["after"]),
            before=len(event["before"]),
            source=say(f"register.source.{kind}", name=name),
        )
    }
