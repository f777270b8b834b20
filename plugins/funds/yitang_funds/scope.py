"""Scope of a cost (列支范围): lines that name buildings, entrances or units, as a set of units."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from content_types.owner_register import normalise
from portal.errors import PortalError

UnitKey = tuple[str, str, str]
"""Building, entrance and room as `unit_key` returns them."""

_SEPARATOR = re.compile(r"[\s,，、/]+")
_MOST_PARTS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """One unit of the register; `exclusive_area` in 0.01 m²."""

    code: str
    building: str
    entrance: str
    room: str
    exclusive_area: int

    @property
    def key(self) -> UnitKey:
        """Return the unit's place in one spelling."""
        return unit_key(self.building, self.entrance, self.room)

    @property
    def label(self) -> str:
        """Return the place as people write it."""
        return " ".join(part for part in (self.building, self.entrance, self.room) if part)


def unit_key(building: object, entrance: object, room: object) -> UnitKey:
    """Return a unit's place in one spelling: 1栋, 1号楼 and 一幢 are the same."""
    return (
        normalise.place(building, "")[0],
        normalise.place(entrance, "")[0],
        normalise.room(room)[0],
    )


def resolve(lines: Iterable[str], places: Iterable[Place]) -> tuple[Place, ...]:
    """Return the units that the lines name, by code; no line means every unit (MF-2.0.17).

    A line is a unit's code, or a building, a building and entrance, or both and a room. Raises
    PortalError naming a line that names no unit.
    """
    known = tuple(places)
    wanted = [line for line in lines if line.strip()]
    if not wanted:
        return tuple(sorted(known, key=lambda place: place.code))
    found: dict[str, Place] = {}
    for line in wanted:
        named = _named(line.strip(), known)
        if not named:
            raise PortalError(
                "funds.error.scope_unknown", clause="MF-2.0.17", field="scope", line=line.strip()
            )
        found.update((place.code, place) for place in named)
    return tuple(found[code] for code in sorted(found))


def scope_fingerprint(units: Iterable[str]) -> str:
    """Return a digest of a set of unit codes; their order does not matter (MF-2.0.17)."""
    codes = sorted(set(units))
    return hashlib.sha256("\n".join(codes).encode()).hexdigest()


def _named(line: str, places: tuple[Place, ...]) -> list[Place]:
    exact = [place for place in places if place.code == line]
    if exact:
        return exact
    parts = [part for part in _SEPARATOR.split(line) if part]
    if len(parts) > _MOST_PARTS:
        return []
    try:
        building = normalise.place(parts[0], "")[0]
        inside = [place for place in places if place.key[0] == building]
        if len(parts) == 1:
            return inside
        entrance = normalise.place(parts[1], "")[0]
        if len(parts) == _MOST_PARTS:
            room = normalise.room(parts[2])[0]
            return [place for place in inside if place.key[1:] == (entrance, room)]
        at_entrance = [place for place in inside if place.key[1] == entrance]
        # A building without entrances is followed by the room at once.
        room = normalise.room(parts[1])[0]
        return at_entrance or [place for place in inside if place.key[1:] == ("", room)]
    except normalise.Unreadable:
        return []
