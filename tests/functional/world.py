"""A small city for functional tests: offices, one community, its people and its register."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from content_types.owner_register.importing import examine, import_now
from portal import accounts, content
from portal.security import SITE_SCOPE, Role

PASSWORD = "a long enough phrase"
DATA = Path(__file__).parent.parent / "data"


@cache
def known_password() -> str:
    """Return the hash of the tests' password; hashing is slow on purpose, once is enough."""
    account = accounts.Account()
    accounts.set_password(account, PASSWORD)
    return account.password


def photo() -> bytes:
    """Return a small picture as a phone would upload it."""
    out = BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(out, "JPEG")
    return out.getvalue()


def build_city(site: Any, register: str = "register-clean.xlsx") -> dict[str, str]:
    """Create city, district, street, residents' committee and a community with its register.

    Returns the paths of what was created.
    """

    def build(request: Any) -> dict[str, str]:
        place = request.site["offices"]
        paths = {}
        for name, kind, title in (
            ("city", "city", "深圳市住房和建设局"),
            ("district", "district", "南山区住房和建设局"),
            ("street", "street", "粤海街道办事处"),
            ("committee", "residents_committee", "海棠社区居民委员会"),
        ):
            office = content.create(
                "office", request, title=title, kind=kind, phone="0755-26000000"
            )
            content.add(place, office, request, name=name)
            place = office
            paths[name] = request.resource_path(office)
        community = content.create(
            "community",
            request,
            title="海棠花园",
            address="海棠路 1 号",
            office_oid=content.oid(place),
            has_committee=True,
        )
        content.add(request.site["communities"], community, request, name="haitang")
        paths["community"] = request.resource_path(community)
        if register:
            owners, data = community["owners"], (DATA / register).read_bytes()
            examined = examine(owners, data, request)
            import_now(owners, data, register, request, examined, only_good=False)
        for login, role, scope in (
            ("municipal", Role.MUNICIPAL_OFFICER, SITE_SCOPE),
            ("street", Role.STREET_OFFICER, place.__parent__.scope_id),
            ("residents", Role.RESIDENTS_COMMITTEE, place.scope_id),
            ("convenor", Role.CONVENOR, community.scope_id),
            ("records", Role.RECORDS_OFFICER, community.scope_id),
        ):
            account = request.site.accounts.create(request.vault, login=login, kind="staff")
            account.password = known_password()
            accounts.grant(account, role, scope)
        return paths

    return site.run(build)
