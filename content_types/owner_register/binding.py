"""Binding units to accounts (房屋绑定): only a verified person who holds the unit (SZ-9.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from content_types.owner_register.identity import registers
from portal import accounts, audit, notify
from portal.errors import PortalError
from portal.security import Role

# From the public notice to the end of the vote who binds now votes on paper (SZ-18).
LATE_STATES = ("noticed", "voting")


def community_of(unit: Any) -> Any:
    """Return the community a unit lies in."""
    return unit.__parent__.__parent__.__parent__


def own_units(request: Any, account: Any) -> Iterator[Any]:
    """Yield the units the verified person holds by the registers, bound or not."""
    if account.subject_token:
        for register in registers(request):
            yield from register.units_of(account.subject_token)


def is_bound(unit: Any, account_id: str) -> bool:
    """Say whether an account is bound to a unit."""
    return any(binding.account_id == account_id for binding in unit.bindings)


def bound_units(request: Any, account: Any) -> list[Any]:
    """Return the units bound to an account."""
    return [unit for unit in own_units(request, account) if is_bound(unit, account.id)]


def check_owner(request: Any, account: Any, unit: Any) -> None:
    """Raise PortalError before verification and for somebody else's unit, by the place's clause."""
    clause = community_of(unit).rules(request.registry).refusals["not_bound"].clause
    if account.verified_at is None:
        raise PortalError("bind.not_verified", clause=clause, status=403)
    if unit.holder(account.subject_token) is None:
        raise PortalError("bind.not_owner", clause=clause, field="unit", status=403)


def bind_unit(request: Any, account: Any, unit: Any) -> None:
    """Bind a unit to a verified owner and give the role of owner in its community.

    Co-owners may all bind; binding again changes nothing. Raises what `check_owner` raises.
    """
    check_owner(request, account, unit)
    if is_bound(unit, account.id):
        return
    unit.bind(account.id, account.subject_token)
    community = community_of(unit)
    accounts.grant(account, Role.OWNER, community.scope_id)
    audit.record(request, "unit.bind", unit, account=account.id)
    notify.send(
        request,
        account.id,
        "account.unit_bound",
        {"community": community.title, "unit": unit.label},
        link=request.resource_path(community),
    )


def unbind_unit(request: Any, account: Any, unit: Any, reason: str) -> None:
    """Take the binding of a unit away, and with the last one the role in its community."""
    if not is_bound(unit, account.id):
        raise PortalError("bind.not_bound", field="unit", status=409)
    unit.unbind(account.id)
    community = community_of(unit)
    rest = (u for u in community["owners"].units_of(account.subject_token))
    if not any(is_bound(other, account.id) for other in rest):
        accounts.revoke(account, Role.OWNER, community.scope_id)
    audit.record(request, "unit.unbind", unit, account=account.id, reason=reason)


def late_meetings(request: Any, community: Any) -> list[Any]:
    """Return the meetings for which a binding of today comes too late to vote electronically."""
    return [
        meeting
        for meeting in community["meetings"].values()
        if meeting.content_type_name == "meeting"
        and meeting.workflow_state in LATE_STATES
        and meeting.rules(request.registry).late_binding.value == "paper_only"
    ]
