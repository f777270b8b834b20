"""Verifying who an owner is (身份核验): name and document against the registers of owners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from content_types.owner_register import methods, normalise
from content_types.owner_register.normalise import Unreadable
from content_types.unit import person_token
from portal import audit, clock, notify, texts
from portal.errors import PortalError
from portal.rules.keys import IdentityMethod

ORGANISATION = "credit_code"
KINDS = (
    "resident_id",
    "passport",
    "hong_kong_macau_permit",
    "taiwan_permit",
    "military_id",
    "permanent_resident_id",
    ORGANISATION,
)
FACE = "face_recognition"
# What the form and the proven mobile number give.
GIVEN = frozenset(
    ("name", "id_number", "own_mobile", "sms_code", "document_kind", "document_number")
)
WITHOUT_FACE = "+face_off"


def read_document(name: str, id_kind: str, id_number: str) -> tuple[str, str]:
    """Return name and number in the registers' form; proves the check digit.

    Raises PortalError that says what is wrong and what to do (EV-5.1.2).
    """
    try:
        number, _ = normalise.id_number(id_number, id_kind)
    except Unreadable as error:
        if id_kind == "resident_id" and _is_organisation(id_number):
            raise PortalError("identity.use_other", clause="EV-5.1.2", field="id_kind") from error
        raise PortalError(f"identity.{error.rule}", clause="EV-5.1.2", field="id_number") from error
    try:
        clean, _ = normalise.name(name)
    except Unreadable as error:
        raise PortalError("identity.bad_name", clause="EV-5.1.2", field="name") from error
    return clean, number


def _is_organisation(number: str) -> bool:
    try:
        normalise.id_number(number, ORGANISATION)
    except Unreadable:
        return False
    return True


def registers(request: Any) -> Iterator[Any]:
    """Yield the register of owners of every community."""
    for community in request.site["communities"].values():
        yield community["owners"]


def match(request: Any, name: str, id_kind: str, id_number: str, within: Any = None) -> list[Any]:
    """Return the units whose register names this person by kind, number and name.

    ``within`` limits it to one register. Nothing tells a caller which of the three differed.
    """
    person = person_token(request.vault, id_number)
    wanted = (within,) if within is not None else registers(request)
    return [
        unit
        for register in wanted
        for unit in register.units_of(person)
        if unit.holder(person).id_kind == id_kind
        and unit.holder_name(request.vault, person).casefold() == name.casefold()
    ]


def online_method(request: Any, unit: Any, id_kind: str) -> tuple[IdentityMethod | None, str]:
    """Return the first method in force at the unit that works on line, and how it is recorded.

    The record says when a method that asks for a face ran without it. A method that needs the
    service is returned with an empty record.
    """
    community = unit.__parent__.__parent__.__parent__
    holder = "organisation" if id_kind == ORGANISATION else "person"
    for method in methods.offered(community, request.registry):
        fits = method.place == "online" and method.holder in (holder, "any")
        missing = set(method.evidence) - GIVEN
        if not fits or method.only_after_failure or missing - {FACE}:
            continue
        if not missing:
            return method, method.id
        if request.registry.face_off:
            return method, method.id + WITHOUT_FACE
        return method, ""
    return None, ""


def note_failure(request: Any, account: Any, reason: str) -> None:
    """Keep that a try failed: it opens the way to a check by hand (BJ-O4.1)."""
    account.identity_failed_at = clock.now()
    audit.record(request, "identity.failed", account=account.id, reason=reason)


def verify_person(
    request: Any, account: Any, *, name: str, id_number: str, verified_by: str
) -> None:
    """Note that an account is a person of the registers, sealed; tell the person.

    Raises PortalError when the account has no proven number, is somebody else already, or the
    person is verified with another account (C-23).
    """
    if not account.sealed_phone:
        raise PortalError("identity.no_phone", clause="EV-5.1.2")
    request.site.accounts.claim_person(account, person_token(request.vault, id_number))
    seal = request.vault.seal
    account.sealed_name = seal(name, f"account:{account.id}:name")
    account.sealed_id_number = seal(id_number, f"account:{account.id}:id_number")
    account.verified_at, account.verified_by = clock.now(), verified_by
    audit.record(request, "identity.verified", account=account.id, method=verified_by)
    notify.send(request, account.id, "account.verified", {}, link="/me/bind")


def consent(account: Any, use: str = "identity") -> None:
    """Keep the separate consent to a use of identity data (35273 5.4 b)."""
    version = texts.version("privacy")
    if not any(entry[:2] == (use, version) for entry in account.consent):
        account.consent = (*account.consent, (use, version, clock.now()))
