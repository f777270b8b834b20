"""The places of the story: offices, staff, the communities, their registers and their owners."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import Any

from content_types.owner_register.binding import bind_unit
from content_types.owner_register.importing import examine, import_now
from content_types.story.acting import Stage
from portal import accounts, clock, content
from portal.security import SITE_SCOPE, Role


@dataclass(frozen=True)
class Place:
    """A community of the story with its offices, its rules and the accounts that act for it.

    ``owners`` are units whose first holder has a password; their rights and those of the
    ``neighbours`` and ``strangers`` are left to whoever tries the demo. Strangers never register.
    """

    name: str
    title: str
    address: str
    profile: str
    register: str
    offices: tuple[tuple[str, str, str, str], ...]  # address, kind, title, phone; outermost first
    # Log-in name, role, where it is held: the site, an office by its address, or the community.
    staff: tuple[tuple[str, Role, str], ...]
    convenor: str
    street: str
    owners: tuple[str, ...]
    neighbours: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()

    @property
    def spared(self) -> tuple[str, ...]:
        """The units that the story leaves alone in votes that are open."""
        return self.owners + self.neighbours + self.strangers


HAITANG = Place(
    name="haitang",
    title="海棠花园",
    address="深圳市南山区海棠路 1 号",
    profile="shenzhen-draft-2019",
    register="register.xlsx",
    offices=(
        ("shenzhen", "city", "深圳市住房和建设局", "0755-20000001"),
        ("nanshan", "district", "南山区住房和建设局", "0755-20000002"),
        ("yuehai", "street", "粤海街道办事处", "0755-20000003"),
        ("haitang", "residents_committee", "海棠社区居民委员会", "0755-20000004"),
    ),
    staff=(
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
        ("service", Role.SERVICE_STAFF, "community"),
        ("auditor", Role.AUDIT_ADMINISTRATOR, "site"),
    ),
    convenor="convenor",
    street="street",
    # The third has neighbours who ask him to vote for them.
    owners=("b1/1-102", "b1/1-104", "b2/1-203"),
    neighbours=("b2/1-202", "b2/1-204"),
)
# The voting standard alone rules here: secret ballots and tablets with a helper, but no proxies.
RONGSHU = Place(
    name="rongshu",
    title="榕树苑",
    address="厦门市思明区榕树巷 6 号",
    profile="generic",
    register="rongshu.xlsx",
    offices=(
        ("xiamen", "city", "厦门市住房和建设局", "0592-20000001"),
        ("siming", "district", "思明区住房和建设局", "0592-20000002"),
        ("binjiang", "street", "滨江街道办事处", "0592-20000003"),
    ),
    staff=(
        ("street2", Role.STREET_OFFICER, "binjiang"),
        ("convenor2", Role.CONVENOR, "community"),
    ),
    convenor="convenor2",
    street="street2",
    owners=("b1/1-102",),
    strangers=("b1/1-601", "b1/1-602"),
)
PLACES = (HAITANG, RONGSHU)
BATCH = 100


def register_file(place: Place) -> bytes:
    """Return the register the story imports: fictional people, valid numbers."""
    return (resources("content_types.story") / place.register).read_bytes()


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
            accounts.grant(account, role, scopes[where])

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
