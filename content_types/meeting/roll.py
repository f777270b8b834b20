"""Roll of a vote (表决权名册): the voting rights as frozen when the vote opens, without names.

One owner, or one same group of co-owners, is one right: one head with the areas of its units
(CN-I9). A right names units only; who may use it follows from the bindings at the instant.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from content_types.meeting import scope
from portal.evidence import records
from portal.evidence.canonical import Record, canonical
from portal.rules import heads

SALT_BYTES = 16
REGISTERED = "title_register"


class Right(NamedTuple):
    """One voting right; ``areas`` in 0.01 m² and ``salts`` stand in the order of ``units``."""

    key: str
    units: tuple[str, ...]
    areas: tuple[int, ...]
    salts: tuple[bytes, ...] = ()

    @property
    def area(self) -> int:
        """The area of all units, in 0.01 m²."""
        return sum(self.areas)

    def area_of(self, units: Collection[str]) -> int:
        """Return the area of some of the units, in 0.01 m²."""
        pairs = zip(self.units, self.areas, strict=True)
        return sum(area for unit, area in pairs if unit in units)


class Roll(Persistent):
    """Never changed after it was frozen; its digest is logged before the first ballot."""

    units = 0
    heads = 0
    area = 0
    # Units whose area is not that of the title register, with its source (CN-I8).
    sources: tuple[tuple[str, str], ...] = ()

    def __init__(self, rights: Collection[Right] = ()) -> None:
        self.rights = OOBTree({right.key: right for right in rights})
        self.key_of = OOBTree({unit: right.key for right in rights for unit in right.units})
        self.units = sum(len(right.units) for right in rights)
        self.heads = len(rights)
        self.area = sum(right.area for right in rights)

    @property
    def totals(self) -> heads.Measure:
        """The two denominators."""
        return heads.Measure(self.heads, self.area)

    def right_of(self, unit: str) -> Right | None:
        """Return the right a unit belongs to, or None when it has no vote."""
        key = self.key_of.get(unit)
        return None if key is None else self.rights[key]

    def fault(self, meeting_id: str, logged: bytes | None) -> str:
        """Return what differs from the commitment in the log, empty when nothing does."""
        rights = list(self.rights.values())
        again = Roll(rights)
        if canonical(records.roll_commitment(meeting_id, list(self.entries()))) != logged:
            return "the roll is not the one in the log"
        same = again.totals == self.totals and dict(again.key_of) == dict(self.key_of)
        return "" if same else "the totals of the roll are not those of its rights"

    def entries(self) -> Iterator[Record]:
        """Yield the entries under the commitment, in its order."""
        for right in self.rights.values():
            for unit, area, salt in zip(right.units, right.areas, right.salts, strict=True):
                yield records.roll_entry(unit, right.key, area, salt.hex())


def rights_among(units: Collection[Any], uses: Collection[str]) -> list[Right]:
    """Return the rights that units of the register make, numbered by their first unit.

    Raises RuleError for a unit without area or listed twice.
    """
    rows = heads.voting_units([unit.row for unit in units], uses)
    areas = {row.code: row.exclusive_area for row in rows}
    groups = sorted(heads.head_groups(rows), key=lambda group: group.units)
    return [
        Right(
            f"r{number:05d}",
            group.units,
            tuple(areas[code] for code in group.units),
            tuple(secrets.token_bytes(SALT_BYTES) for _ in group.units),
        )
        for number, group in enumerate(groups, 1)
    ]


def meeting_id(meeting: Any) -> str:
    """Return the name of a meeting in its records, unique in the site."""
    return f"{meeting.community.__name__}-{meeting.__name__}"


def freeze(meeting: Any, uses: Collection[str]) -> Roll:
    """Return the roll of a meeting as the register stands now."""
    units = scope.units_in(meeting)
    roll = Roll(rights_among(units, uses))
    roll.sources = tuple(
        (unit.code, unit.area_source)
        for unit in units
        if unit.area_source != REGISTERED and roll.right_of(unit.code) is not None
    )
    return roll
