"""An owner's papers and the register: what it says of the claim, and what an approval writes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

from content_types.owner_register import identity
from content_types.owner_register.correction import refuse_while_voting
from content_types.owner_register.plan import Change, ImportPlan, OwnerRecord
from content_types.owner_register.proof import IdentityProof
from content_types.owner_register.store import carry_out, record_of
from content_types.unit import person_token
from portal import audit
from portal.errors import PortalError
from portal.workflow import guard, on_transition

# What the register says beside a claim, and what an approval makes of it.
Finding = Literal["same", "empty", "number", "differs", "gone"]
AGREES = ("same", "empty", "number")


def finding(item: IdentityProof, request: Any) -> Finding:
    """Compare the claim with the register; only the first three can be approved (BJ-OQ3)."""
    unit = item.unit
    if unit is None:
        return "gone"
    name, number = item.claim(request)
    holder = unit.holder(person_token(request.vault, number))
    owners = unit.owners(request.vault)
    if holder is not None:
        same = unit.holder_name(request.vault, holder.person).casefold() == name.casefold()
        return "same" if same and holder.id_kind == item.id_kind else "differs"
    if not owners:
        return "differs" if unit.unsold else "empty"
    return "number" if _mistyped(unit, owners, name) is not None else "differs"


def _mistyped(unit: Any, owners: list[dict[str, Any]], name: str) -> int | None:
    """Return which owner has this name but another document, if just one and nobody's account."""
    found = [at for at, one in enumerate(owners) if one["name"].casefold() == name.casefold()]
    if len(found) != 1:
        return None
    person = unit.holders[found[0]].person
    return None if any(one.person == person for one in unit.bindings) else found[0]


@guard("proof_agrees")
def proof_agrees(item: IdentityProof, request: Any) -> bool:
    """The register bears the claim out, or can be completed by it without removing anybody."""
    account = request.site.accounts.get(item.creator)
    if account is None or not account.active or account.verified_at is not None:
        raise PortalError("proof.account_gone", status=409)
    found = finding(item, request)
    if found not in AGREES:
        clause = item.profile(request).identity_methods.clause
        raise PortalError(f"proof.finding.{found}", clause=clause, status=409)
    if found != "same":
        refuse_while_voting(item.community["owners"])
    return True


@on_transition("identity_proof.approve")
def verify_account(event: Any) -> None:
    """Complete the register, marked with its source, and verify the account."""
    item, request = event.item, event.request
    name, number = item.claim(request)
    account = request.site.accounts[item.creator]
    found = finding(item, request)
    if found != "same":
        _write_register(item, found, name, number, request)
    identity.verify_person(
        request,
        account,
        name=name,
        id_number=number,
        verified_by=f"{item.method}:{item.__name__}",
    )
    audit.record(request, "identity_proof.register", item, finding=found)


def _write_register(
    item: IdentityProof, found: Finding, name: str, number: str, request: Any
) -> None:
    """Put the person into the register: as only owner, or with the right document."""
    unit, register = item.unit, item.community["owners"]
    before = record_of(unit, request.vault)
    if found == "empty":
        account = request.site.accounts[item.creator]
        phone = request.vault.open(account.sealed_phone, f"account:{account.id}:phone")
        owners = (OwnerRecord(name, item.id_kind, number, Fraction(1), phone),)
    else:
        at = _mistyped(unit, unit.owners(request.vault), name)
        mended = replace(before.owners[at], id_kind=item.id_kind, id_number=number)
        owners = (*before.owners[:at], mended, *before.owners[at + 1 :])
    change = Change(before, replace(before, owners=owners), ("owner_name", "id_kind", "id_number"))
    untouched = tuple(one.key for one in register.units() if one.code != unit.code)
    plan = ImportPlan((), (change,), (), untouched)
    carry_out(register, plan, request, ("proof", item.__name__))
