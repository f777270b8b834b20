"""The town of the story: offices, staff, the community, its register and its owners."""

from __future__ import annotations

import random
from importlib.resources import files as resources
from typing import Any

from content_types.owner_register.binding import bind_unit
from content_types.owner_register.importing import examine, import_now
from content_types.story.acting import Stage
from portal import accounts, clock, content
from portal.security import SITE_SCOPE, Role

OFFICES = (
    ("shenzhen", "city", "深圳市住房和建设局", "0755-20000001"),
    ("nanshan", "district", "南山区住房和建设局", "0755-20000002"),
    ("yuehai", "street", "粤海街道办事处", "0755-20000003"),
    ("haitang", "residents_committee", "海棠社区居民委员会", "0755-20000004"),
)
COMMUNITY = "haitang"
# Log-in name, role, where it is held: an office by its address, or the community.
STAFF = (
    ("municipal", Role.MUNICIPAL_OFFICER, "site"),
    ("district", Role.DISTRICT_OFFICER, "nanshan"),
    ("street", Role.STREET_OFFICER, "yuehai"),
    ("residents", Role.RESIDENTS_COMMITTEE, "haitang"),
    ("convenor", Role.CONVENOR, "community"),
    ("scrutineer", Role.SCRUTINEER, "community"),
    ("scrutineer2", Role.SCRUTINEER, "community"),
    ("scrutineer3", Role.SCRUTINEER, "community"),
    ("records", Role.RECORDS_OFFICER, "community"),
    ("engineer", Role.ENGINEER, "community"),
    ("auditor", Role.AUDIT_ADMINISTRATOR, "site"),
)
# Owners of the story who have a password, by the unit whose first holder they are.
OWNERS = ("b1/1-102", "b1/1-104", "b2/1-203")
BATCH = 100


def register_file() -> bytes:
    """Return the register the story imports: fictional people, valid numbers."""
    return (resources("content_types.story") / "register.xlsx").read_bytes()


def build_offices(request: Any) -> None:
    """Create the offices, one inside the other."""
    place = request.site["offices"]
    for name, kind, title, phone in OFFICES:
        office = content.create("office", request, title=title, kind=kind, phone=phone)
        content.add(place, office, request, name=name)
        place = office


def build_community(request: Any) -> None:
    """Create the community under its residents' committee."""
    office = request.site["offices"]
    for name, *_ in OFFICES:
        office = office[name]
    community = content.create(
        "community",
        request,
        title="海棠花园",
        address="深圳市南山区海棠路 1 号",
        office_oid=content.oid(office),
        has_committee=True,
    )
    content.add(request.site["communities"], community, request, name=COMMUNITY)


def build_staff(request: Any, password: str) -> None:
    """Create the staff accounts with one password for the demo."""
    scopes = {"site": SITE_SCOPE, "community": community(request).scope_id}
    office = request.site["offices"]
    for name, *_ in OFFICES:
        office = office[name]
        scopes[name] = office.scope_id
    for login, role, place in STAFF:
        account = request.site.accounts.create(request.vault, login=login, kind="staff")
        accounts.set_password(account, password)
        accounts.grant(account, role, scopes[place])


def community(request: Any) -> Any:
    """Return the community of the story."""
    return request.site["communities"][COMMUNITY]


def import_register(request: Any) -> None:
    """Import the register as the street office would."""
    owners, data = community(request)["owners"], register_file()
    examined = examine(owners, data, request)
    import_now(owners, data, "海棠花园分户信息.xlsx", request, examined, only_good=False)


def settle_owners(stage: Stage, share: float, password: str) -> list[str]:
    """Register, verify and bind the owners of a share of the units; returns the demo log-ins."""
    codes = stage.run(lambda request: [u.code for u in community(request)["owners"].units()])
    chance = random.Random(278)  # noqa: S311 - the story is the same every time.
    chosen = [code for code in codes if chance.random() < share or code in OWNERS]
    for start in range(0, len(chosen), BATCH):
        part = chosen[start : start + BATCH]
        stage.run(lambda request, part=part: [_settle(request, code) for code in part])
        stage.say(f"    {min(start + BATCH, len(chosen))} / {len(chosen)}")
    return stage.run(lambda request: [_give_password(request, code, password) for code in OWNERS])


def _settle(request: Any, code: str) -> None:
    """Let the holders of one unit register, prove who they are and bind the unit."""
    unit = community(request)["owners"].unit(code)
    if unit.unsold:
        return
    for holder, values in zip(unit.holders, unit.owners(request.vault), strict=True):
        account = _account_of(request, holder, values)
        if account is not None:
            bind_unit(request, account, unit)


def _account_of(request: Any, holder: Any, values: dict[str, Any]) -> Any:
    """Return the account of a person, made when there is none; None without a mobile number."""
    phone = values["phone"]
    if not phone.isdigit():
        return None
    account = request.site.accounts.find(request.vault, phone)
    if account is not None:
        return account if account.subject_token == holder.person else None
    account = request.site.accounts.create(request.vault, phone=phone, kind="owner")
    account.sealed_name = request.vault.seal(values["name"], f"account:{account.id}:name")
    account.subject_token = holder.person
    account.verified_at, account.verified_by = clock.now(), "demo"
    return account


def _give_password(request: Any, code: str, password: str) -> str:
    unit = community(request)["owners"].unit(code)
    phone = unit.holder_phone(request.vault, unit.holders[0].person)
    accounts.set_password(request.site.accounts.find(request.vault, phone), password)
    return f"{phone}  {unit.label}"
