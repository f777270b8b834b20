"""Number of owners and total area, the two denominators of a vote (业主人数与总面积)."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from portal.rules.errors import RuleError

DEVELOPER = "developer"


class Measure(NamedTuple):
    """A quantity by both measures: owners, and area in 0.01 m²."""

    heads: int
    area: int

    def plus(self, other: "Measure") -> "Measure":
        """Return the sum by both measures."""
        return Measure(self.heads + other.heads, self.area + other.area)


ZERO = Measure(0, 0)


class UnitRow(NamedTuple):
    """What the count needs of a unit; ``exclusive_area`` in 0.01 m²."""

    code: str
    exclusive_area: int
    owner_group: str
    use: str
    unsold: bool


class HeadGroup(NamedTuple):
    """One owner, or one same group of co-owners, with all its units: one head."""

    key: str
    units: tuple[str, ...]
    area: int


def owner_group(holders: Iterable[str]) -> str:
    """Return the key of a group of holders; order and repetition do not matter."""
    names = sorted(set(holders))
    if not names or not all(names):
        raise RuleError("rules.heads.no_holder", clause="CN-I9")
    return "\x1f".join(names)


def voting_units(
    units: Iterable[UnitRow], uses: Collection[str], scope: Collection[str] | None = None
) -> tuple[UnitRow, ...]:
    """Return the units that count: of a voting use and, where a scope is given, within it.

    Raises RuleError for a unit that is listed twice, has no area, or is only in the scope.
    """
    by_code: dict[str, UnitRow] = {}
    for unit in units:
        if unit.code in by_code:
            raise RuleError("rules.heads.unit_twice", clause="CN-I9", unit=unit.code)
        if unit.exclusive_area <= 0:
            raise RuleError("rules.heads.no_area", clause="CN-I8", unit=unit.code)
        by_code[unit.code] = unit
    for code in scope or ():
        if code not in by_code:
            raise RuleError("rules.heads.unknown_unit", clause="EV-6.3.2", unit=code)
    chosen = set(by_code if scope is None else scope)
    return tuple(unit for unit in by_code.values() if unit.code in chosen and unit.use in uses)


def head_groups(units: Iterable[UnitRow]) -> tuple[HeadGroup, ...]:
    """Group units into heads (CN-I9): one owner once, all unsold units of the developer once."""
    codes: dict[str, list[str]] = {}
    areas: dict[str, int] = {}
    for unit in units:
        key = DEVELOPER if unit.unsold else unit.owner_group
        codes.setdefault(key, []).append(unit.code)
        areas[key] = areas.get(key, 0) + unit.exclusive_area
    return tuple(HeadGroup(key, tuple(sorted(codes[key])), areas[key]) for key in sorted(codes))


def denominators(units: Iterable[UnitRow]) -> Measure:
    """Return the number of owners and the total area of the units that count."""
    groups = head_groups(units)
    return Measure(len(groups), sum(group.area for group in groups))
