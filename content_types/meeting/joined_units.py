"""Units that joined a ballot after it was cast (并入选票的房屋), each join a leaf of the log."""

from __future__ import annotations

import json

from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.slots import Join
from portal.evidence import joins
from portal.evidence.canonical import EvidenceError, Record, canonical


def join(box: BallotBox, key: str, opened: Record) -> None:
    """Log that units join the ballot of a right; ``opened`` comes of ``joins.opening``.

    EvidenceError when they are no units that the ballot left out.
    """
    slot, units = box.slots[key], tuple(opened["units"])
    if box.is_secret or not slot.is_cast or not set(units) <= set(slot.left_out):
        msg = f"units cannot join the ballot of {key}"
        raise EvidenceError(msg)
    index = box.log.append(canonical(joins.leaf(opened)))
    slot.joins = (*slot.joins, Join(index, canonical(opened), units))
    slot.left_out = tuple(unit for unit in slot.left_out if unit not in units)
    box.turnout.area += box.roll.rights[key].area_of(units)


def all_joins(box: BallotBox) -> list[tuple[str, Join]]:
    """Return every join with the right it belongs to, in the order of the log."""
    found = [(key, one) for key, slot in box.slots.items() for one in slot.joins]
    return sorted(found, key=lambda pair: pair[1].index)


def fault(box: BallotBox) -> str:
    """Return what is wrong with a stored join, empty when all are those of the log."""
    found = all_joins(box)
    ballots = {key: index for index, key in box.sequence} if found else {}
    for key, one in found:
        opened = json.loads(one.opening)
        leaf = box.log.kept.get(one.index)
        same = opened["ballot"] == ballots.get(key) and opened["units"] == list(one.units)
        if leaf != canonical(joins.leaf(opened)) or not same:
            return f"the units joined at leaf {one.index} are not those of the log"
    return ""
