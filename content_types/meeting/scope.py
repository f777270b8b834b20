"""Scope of a vote (投票范围): lines that name buildings, entrances, floors, units or uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from content_types.owner_register import normalise
from content_types.owner_register.words import USES
from portal.errors import PortalError
from portal.rules import heads

_SEPARATOR = re.compile(r"[\s,，、/]+")
_FLOOR = re.compile(r"(?:负|地下|B|第)*[0-9一二三四五六七八九十]+层")


def covers(lines: Iterable[str], unit: Any) -> bool:
    """Say whether a unit takes part; without any line every unit does (BJ-G7.3.9).

    A line is a unit's code, or names in one order building, entrance and room, as many as are
    meant; ``3层`` restricts it to a floor and a use such as ``商业`` to units of that use.
    """
    wanted = tuple(lines)
    return not wanted or any(_names(line, unit) for line in wanted)


def units_in(meeting: Any) -> list[Any]:
    """Return the units of the register that lie in the scope of a meeting."""
    return [unit for unit in meeting.community["owners"].units() if covers(meeting.scope, unit)]


def confirmed_totals(meeting: Any, registry: Any) -> Any:
    """Return the totals the convenor confirmed, those of the units that vote; None before it.

    From the submission on they are what the meeting kept. With a scope they follow from the
    confirmed register, by the same person and instant (SZ-7.2, EV-6.3.2).
    """
    confirmed = meeting.confirmation or meeting.community.confirmation
    if confirmed is None or meeting.confirmation is not None or not meeting.scope:
        return confirmed
    uses = meeting.rules(registry).voting_uses.value
    rows = heads.voting_units([unit.row for unit in units_in(meeting)], uses)
    measure = heads.denominators(rows)
    return replace(confirmed, units=len(rows), heads=measure.heads, area=measure.area)


def check(meeting: Any) -> None:
    """Refuse a line that names no unit of the register."""
    units = list(meeting.community["owners"].units()) if meeting.scope else []
    for line in meeting.scope:
        if not any(_names(line, unit) for unit in units):
            raise PortalError("meeting.scope_unknown", clause="EV-6.3.2", field="scope", line=line)


def _names(line: str, unit: Any) -> bool:
    if line == unit.code:
        return True
    places = []
    for part in filter(None, _SEPARATOR.split(line)):
        if part in USES:
            if unit.use != USES[part]:
                return False
        elif _FLOOR.fullmatch(part):
            if unit.floor is None or normalise.floor(part)[0] != unit.floor:
                return False
        else:
            places.append(part)
    return _is_at(places, unit)


def _is_at(places: list[str], unit: Any) -> bool:
    """Say whether a unit lies at building, entrance and room; two names leave one of them out."""
    here = (
        normalise.place(unit.building, "")[0],
        normalise.place(unit.entrance, "")[0],
        normalise.room(unit.room)[0],
    )
    if not places:
        return True
    keys = [normalise.place(part, "")[0] for part in places]
    room = normalise.room(places[-1])[0]
    if keys[0] != here[0]:
        return False
    if len(places) == 2:
        return keys[1] == here[1] or room == here[2]
    return len(places) == 1 or (len(places) == 3 and keys[1] == here[1] and room == here[2])
