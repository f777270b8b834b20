"""The register as the fund needs it (楼盘表): units of a community, and the units of a person."""

from collections.abc import Iterator
from typing import Any

from yitang_funds.scope import Place


def units_of(community: Any) -> Iterator[Any]:
    """Yield every unit of a community's building register."""
    for building in community["buildings"].values():
        yield from building.units()


def places_of(community: Any) -> tuple[Place, ...]:
    """Return place and area of every unit."""
    return tuple(
        Place(unit.code, unit.building, unit.entrance, unit.room, unit.exclusive_area)
        for unit in units_of(community)
    )


def own_codes(community: Any, account_id: str) -> frozenset[str]:
    """Return the codes of the units that an account is bound to and still holds."""
    if not account_id:
        return frozenset()
    return frozenset(
        unit.code
        for unit in units_of(community)
        if any(b.account_id == account_id and unit.holder(b.person) for b in unit.bindings)
    )
