"""Building the places of the story: offices, staff, communities, registers and owners."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from content_types.owner_register.binding import bind_unit
from content_types.owner_register.importing import examine, import_now
from content_types.story.acting import Stage
from content_types.story.places import FOLDER, Place
from portal import accounts, clock, content
from portal.security import SITE_SCOPE, Role

BATCH = 100


def register_file(place: Place) -> bytes:
    """Return the register the story imports: fictional people, valid numbers."""
    return (FOLDER / place.register).read_bytes()


def build(place: Place, password: str) -> Callable[[Any], None]:
    """Return the act that creates offices, community and staff with one password."""

    def act(request: Any) -> None:
        office, scopes = request.site["offices"], {"site": SITE_SCOPE}
        for name, kind, title, phone in place.offices:
            item = content.create("office", request, title=title, kind=kind, phone=phone)
            content.add(office, item, request, name=name)
            office, scopes[name] = item, item.scope_id
        item = content.create(
            "community",
            request,
            title=place.title,
            address=place.address,
            office_oid=content.oid(office),
            has_committee=True,
            profile_id=place.profile,
        )
        content.add(request.site["communities"], item, request, name=place.name)
        scopes["community"] = item.scope_id
        for login, role, where in place.staff:
            account = request.site.accounts.create(request.vault, login=login, kind="staff")
            accounts.set_password(account, password)
            accounts.grant(account, Role(role), scopes[where])

    return act


def community(request: Any, place: Place) -> Any:
    """Return a community of the story."""
    return request.site["communities"][place.name]


def import_register(request: Any, place: Place) -> None:
    """Import the register as the street office would."""
    owners, data = community(request, place)["owners"], register_file(place)
    examined = examine(owners, data, request)
    import_now(owners, data, f"{place.title}分户信息.xlsx", request, examined, only_good=False)


def settle_owners(stage: Stage, place: Place, share: float, password: str) -> list[str]:
    """Register, verify and bind the owners of a share of the units; returns the demo log-ins."""

    def codes_of(request: Any) -> list[str]:
        return [unit.code for unit in community(request, place)["owners"].units()]

    codes, known = stage.run(codes_of), place.owners + place.neighbours
    chance = random.Random(278)  # noqa: S311 - the story is the same every time.
    chosen = [code for code in codes if chance.random() < share or code in known]
    chosen = [code for code in chosen if code not in place.strangers]
    for start in range(0, len(chosen), BATCH):
        part = chosen[start : start + BATCH]
        stage.run(lambda request, part=part: [_settle(request, place, code) for code in part])
        stage.say(f"    {min(start + BATCH, len(chosen))} / {len(chosen)}")
    return stage.run(
        lambda request: [_give_password(request, place, code, password) for code in known]
    )


def _settle(request: Any, place: Place, code: str) -> None:
    """Let the holders of one unit register, prove who they are and bind the unit."""
    unit = community(request, place)["owners"].unit(code)
    if unit.unsold:
        return
    for holder, values in zip(unit.holders, unit.owners(request.vault), strict=True):
        account = _account_of(request, holder, values)
        if account is not None:
            bind_unit(request, account, unit)


def _account_of(request: Any, holder: Any, values: dict[str, Any]) -> Any:
    """Return the account of a person, made when there is none; None without a free number."""
    known = request.site.accounts.by_token.get(f"person:{holder.person}")
    if known is not None:
        return request.site.accounts[known]
    phone = values["phone"]
    if not phone.isdigit() or request.site.accounts.find(request.vault, phone) is not None:
        return None
    account = request.site.accounts.create(request.vault, phone=phone, kind="owner")
    for field in ("name", "id_number"):
        sealed = request.vault.seal(values[field], f"account:{account.id}:{field}")
        setattr(account, f"sealed_{field}", sealed)
    request.site.accounts.claim_person(account, holder.person)
    account.verified_at, account.verified_by = clock.now(), "demo"
    return account


def _give_password(request: Any, place: Place, code: str, password: str) -> str:
    phone = phone_of(request, place, code)
    accounts.set_password(request.site.accounts.find(request.vault, phone), password)
    return phone


def phone_of(request: Any, place: Place, code: str) -> str:
    """Return the mobile number of the first holder of a unit."""
    unit = community(request, place)["owners"].unit(code)
    return str(unit.holder_phone(request.vault, unit.holders[0].person))


def person_of(request: Any, place: Place, code: str) -> dict[str, Any]:
    """Return what the register holds about the first holder of a unit."""
    unit = community(request, place)["owners"].unit(code)
    return dict(unit.owners(request.vault)[0])
