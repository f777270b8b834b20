"""Taking bindings away (解除绑定): of sellers at a launch (SZ-13), by an objection (SZ-15.3)."""

from __future__ import annotations

from typing import Any

from content_types.owner_register.binding import unbind_unit
from content_types.owner_register.sold import ends_at_launch, unbind_sellers
from portal import content, notify, workflow
from portal.errors import PortalError
from portal.law import rules_at
from portal.layout import Layout
from portal.workflow import guard, on_transition


@on_transition("meeting.submit")
def unbind_changed_titles(event: Any) -> None:
    """Unbind the houses whose title changed and tell the people (SZ-13, BJ-OQ12)."""
    item, request = event.item, event.request
    if ends_at_launch(item.rules(request.registry)):
        unbind_sellers(request, item.community["owners"].units())


def unit_of(objection: Any) -> Any:
    """Return the unit an objection names by code or address, or None."""
    wanted = "".join(objection.unit.split())
    register = objection.__parent__.community["owners"]
    if not wanted:
        return None
    found = register.unit(objection.unit)
    return found or next(
        (unit for unit in register.units() if "".join(unit.label.split()) == wanted), None
    )


@guard("names_bound_unit")
def names_bound_unit(item: Any, request: Any) -> bool:
    """Only a binding that is there can be taken away."""
    unit = unit_of(item)
    if unit is None or not unit.bindings:
        clause = rules_at(item, request.registry).corrections.clause
        raise PortalError("objection.no_binding", clause=clause, field="unit")
    return True


@on_transition("objection.uphold_unbind")
def unbind(event: Any) -> None:
    """Unbind who is not the true owner, tell the account and publish a notice without names."""
    item, request = event.item, event.request
    community, unit = item.__parent__.community, unit_of(item)
    values = {"community": community.title, "unit": unit.label}
    for binding in tuple(unit.bindings):
        unbind_unit(request, request.site.accounts[binding.account_id], unit, "objection")
        notify.send(request, binding.account_id, "unit.unbound", values, link="/me")
    layout = Layout(request, item)
    notice = content.create(
        "announcement",
        request,
        title=layout.translate("unbinding.title"),
        kind="announcement",
        body=layout.translate("unbinding.body", unit=unit.label, meeting=item.__parent__.title),
        issuer=layout.translate(f"convenor.{item.__parent__.convenor_kind}"),
    )
    content.add(community["announcements"], notice, request)
    workflow.transition(notice, "publish", request, system=True)
