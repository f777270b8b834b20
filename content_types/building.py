"""Building (楼幢): its units by address, and the building table (楼盘表)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import colander
from BTrees.OOBTree import OOBTree
from pyramid.view import view_config

from portal.content import ContentItem, content_type, create
from portal.forms import Field, FormSchema
from portal.i18n import message
from portal.security import Permission, Role, permits


class BuildingSchema(FormSchema):
    """What the street office enters about a building; the organiser cannot add one (BJ-GQ11)."""

    title = Field(
        colander.String(),
        title=message("building.field.title"),
        validator=colander.Length(max=40),
        data_class="public",
    )


@content_type(
    "building",
    schema=BuildingSchema,
    addable_to=("buildings",),
    add_permission=Permission.REGISTER_IMPORT,
)
class Building(ContentItem):
    """Holds its units in one tree: traversable, but no folder of the object portal."""

    access = {  # noqa: RUF012 - constant of the class
        Permission.VIEW: (
            Role.STREET_OFFICER,
            Role.RESIDENTS_COMMITTEE,
            Role.CONVENOR,
            Role.SCRUTINEER,
            Role.OWNER,
        ),
        Permission.EDIT: (),
        Permission.DELETE: (Role.STREET_OFFICER,),
    }

    title = ""
    entrances: tuple[str, ...] = ()
    # Source of the data → units added and modified by it (BJ-G4.2); replaced as a whole.
    changes: dict[str, tuple[int, int]] = {}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._units = OOBTree()

    def __getitem__(self, name: str) -> Any:
        return self._units[name]

    def __len__(self) -> int:
        return len(self._units)

    def __bool__(self) -> bool:
        return True

    def units(self) -> Iterator[Any]:
        """Yield the units in the order of their addresses."""
        yield from self._units.values()

    def find(self, entrance: str, room: str) -> Any:
        """Return the unit of an entrance and room, or None."""
        return next((u for u in self.units() if (u.entrance, u.room) == (entrance, room)), None)

    def add_unit(self, entrance: str, room: str, request: Any) -> Any:
        """Create an empty unit at its address and return it."""
        unit = create("unit", request, entrance=entrance, room=room)
        name = _unit_name(entrance, room)
        number = 2
        while name in self._units:
            name = f"{_unit_name(entrance, room)}-{number}"
            number += 1
        unit.__name__, unit.__parent__ = name, self
        unit.title = f"{entrance}{room}"
        self._units[name] = unit
        if entrance and entrance not in self.entrances:
            self.entrances = tuple(sorted((*self.entrances, entrance), key=natural))
        return unit

    def count_changes(self, source: str, *, added: int, modified: int) -> None:
        """Add to the numbers of units added and modified from a source."""
        before = self.changes.get(source, (0, 0))
        self.changes = self.changes | {source: (before[0] + added, before[1] + modified)}

    def progress(self) -> Counter[str]:
        """Count the units by their state in the register (BJ-G3.1)."""
        return Counter(unit.register_state for unit in self.units())


def by_address(units: Iterable[Any]) -> list[Any]:
    """Return units as a person looks them up: building, entrance, room, 2 before 10."""
    return sorted(units, key=lambda u: tuple(map(natural, (u.building, u.entrance, u.room))))


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts 2 before 10 inside texts."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", text)
        if part
    )


def table(building: Building) -> list[tuple[int | None, list[Any]]]:
    """Return the units floor by floor, the highest first; units without a floor come last."""
    floors: dict[int | None, list[Any]] = defaultdict(list)
    for unit in building.units():
        floors[unit.floor].append(unit)
    order = sorted(floors, key=lambda floor: (floor is None, -(floor or 0)))
    return [
        (floor, sorted(floors[floor], key=lambda u: (natural(u.entrance), natural(u.room))))
        for floor in order
    ]


# The colours of BJ-G3.2: green without owner data, yellow with, red when authenticated.
CELLS = {"no_owner_data": "done", "owner_data": "waiting", "authenticated": "refused"}


@view_config(
    context=Building, renderer="skins:default/building.pt", permission=Permission.VIEW.value
)
def show_building(context: Building, request: Any) -> dict[str, Any]:
    """Show the table of a building, one cell per unit, coloured and in words (BJ-G3.2)."""

    def say(message_id: str, **values: Any) -> str:
        return str(request.localizer.translate(message(message_id, **values)))

    def cell(unit: Any) -> dict[str, str]:
        state = unit.register_state
        return {
            "name": unit.title,
            "word": say(f"unit.state.short.{state}"),
            "kind": CELLS[state],
            "url": request.resource_path(unit),
        }

    states = context.progress()
    units, done = len(context), states["authenticated"]
    percent = 100 * done // units if units else 0
    text = say("building.progress_text", done=done, all=units, percent=percent)
    return {
        "item": context,
        "floors": [
            {
                "label": say("building.no_floor")
                if floor is None
                else say("building.floor", floor=floor),
                "units": [cell(unit) for unit in found],
            }
            for floor, found in table(context)
        ],
        "legend": [(CELLS[s], say(f"unit.state.{s}"), states[s]) for s in CELLS],
        "progress": {
            "label": say("building.authenticated"),
            "value_text": text,
            "percent": percent,
        },
        "units": units,
        "area": sum(unit.exclusive_area for unit in context.units()),
        "can_delete": permits(context, Permission.DELETE, request.principals),
    }


def name_for(container: Any, title: str) -> str:
    """Return a free address for a building: ``b12`` for 12栋, ``ba`` for A座."""
    base = "b" + (_ascii(title).lstrip("0") or "-1")
    name, number = base, 2
    while name in container:
        name = f"{base}-{number}"
        number += 1
    return name


def _unit_name(entrance: str, room: str) -> str:
    parts = (_ascii(entrance), _ascii(room))
    return "-".join(part for part in parts if part) or "unit"


def _ascii(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum())
