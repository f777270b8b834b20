"""What an import would change (导入方案): units from accepted lines, compared with the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction
from typing import Any

from content_types.owner_register.check import Check, UnitKey
from content_types.owner_register.rows import CleanRow
from content_types.owner_register.words import UNSOLD_WORDS
from portal.rules import heads


@dataclass(frozen=True, slots=True)
class OwnerRecord:
    """One owner of one unit as registered; ``share`` is the part of the unit he holds."""

    name: str
    id_kind: str
    id_number: str
    share: Fraction
    phone: str = ""
    registered_on: date | None = None

    @property
    def key(self) -> str:
        """The document: what tells one owner from another."""
        return f"{self.id_kind}:{self.id_number}"


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """One unit with its owners; ``exclusive_area`` in 0.01 m², ``rows`` are lines of the file."""

    building: str
    entrance: str
    room: str
    floor: int | None
    use: str
    exclusive_area: int
    area_source: str
    owners: tuple[OwnerRecord, ...]
    unsold: bool = False
    note: str = ""
    rows: tuple[int, ...] = field(default=(), compare=False)

    @property
    def key(self) -> UnitKey:
        """Building, entrance and room."""
        return self.building, self.entrance, self.room

    @property
    def row(self) -> heads.UnitRow:
        """What the count of owners needs; a unit without owners is a group of its own."""
        code = "/".join(self.key)
        holders = [owner.key for owner in self.owners] or [f"unit:{code}"]
        group = heads.owner_group(holders)
        return heads.UnitRow(code, self.exclusive_area, group, self.use, self.unsold)


@dataclass(frozen=True, slots=True)
class Change:
    """A unit that is known but differs; ``columns`` names the fields."""

    before: UnitRecord
    after: UnitRecord
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a set of units adds up to; ``area`` in 0.01 m², ``heads`` by CN-I9."""

    buildings: int
    units: int
    area: int
    heads: int
    owners: int
    unsold_units: int


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Units to add and to change, those equal, and those the file does not name."""

    add: tuple[UnitRecord, ...]
    change: tuple[Change, ...]
    unchanged: tuple[UnitRecord, ...]
    untouched: tuple[UnitKey, ...]

    @property
    def is_empty(self) -> bool:
        """Say whether carrying the plan out would change nothing."""
        return not self.add and not self.change


def build_units(check: Check) -> tuple[UnitRecord, ...]:
    """Build one record per accepted unit, in the order of the file."""
    return tuple(_unit(rows) for rows in check.units)


def _unit(rows: tuple[CleanRow, ...]) -> UnitRecord:
    first = rows[0]
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    return UnitRecord(
        building=first.building,
        entrance=first.entrance,
        room=first.room,
        floor=_first(row.floor for row in rows),
        use=first.use,
        exclusive_area=first.exclusive_area or 0,
        area_source=_first(row.area_source for row in rows if row.area_source != "unknown")
        or "unknown",
        owners=tuple(sorted((_owner(row) for row in rows), key=_owner_order)),
        unsold=any(word in note for note in notes for word in UNSOLD_WORDS),
        note="；".join(notes),
        rows=tuple(row.number for row in rows),
    )


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _owner(row: CleanRow) -> OwnerRecord:
    return OwnerRecord(
        name=row.owner_name,
        id_kind=row.id_kind,
        id_number=row.id_number or "",
        share=row.share if row.share is not None else Fraction(1),
        phone=row.phone,
        registered_on=row.registered_on,
    )


def _owner_order(owner: OwnerRecord) -> tuple[Fraction, str, str]:
    """Order owners by share, then document: the order of lines in a file means nothing."""
    return -owner.share, owner.id_kind, owner.id_number


def compare(units: Iterable[UnitRecord], existing: Mapping[UnitKey, UnitRecord]) -> ImportPlan:
    """Compare units with the register. Units the file does not name are left as they are."""
    add, change, unchanged = [], [], []
    named = set()
    for unit in units:
        named.add(unit.key)
        known = existing.get(unit.key)
        if known is None:
            add.append(unit)
        elif known == unit:
            unchanged.append(unit)
        else:
            columns = tuple(
                f.name
                for f in fields(UnitRecord)
                if f.compare and getattr(known, f.name) != getattr(unit, f.name)
            )
            change.append(Change(known, unit, columns))
    untouched = tuple(key for key in existing if key not in named)
    return ImportPlan(tuple(add), tuple(change), tuple(unchanged), untouched)


def total(units: Iterable[UnitRecord]) -> Totals:
    """Add up units; an owner or group of co-owners counts once, all unsold units once (CN-I9)."""
    units = tuple(units)
    counted = heads.denominators(unit.row for unit in units)
    people = {owner.key for unit in units for owner in unit.owners}
    return Totals(
        buildings=len({unit.building for unit in units}),
        units=len(units),
        area=counted.area,
        heads=counted.heads,
        owners=len(people),
        unsold_units=sum(unit.unsold for unit in units),
    )
