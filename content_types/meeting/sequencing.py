"""Writing ballots into the log (入账): one place appends and signs heads (密封选票日志)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from content_types.meeting import promises
from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.telling import promise_notices
from portal import audit, catalog, clock
from portal.apart import each_apart
from portal.evidence.keys import Signer
from portal.outbox import periodic

SEQUENCE_SECONDS = 30


@periodic(seconds=SEQUENCE_SECONDS)
def sequence_open_votes(request: Any, now: datetime) -> None:
    """Append the new ballots of every open vote and sign a head, at least every minute."""
    found = catalog.each(request, types=("meeting",), states=("voting",), everything=True)
    each_apart(request, found, lambda meeting: sequence(meeting, request))


def sequence(meeting: Any, request: Any) -> int:
    """Append the ballots that wait, sign a head and return how many there were.

    The audit log learns only that so many ballots came in, never which ones.
    """
    box: BallotBox = meeting.ballot_box
    keys = take_in(box, box.signer(request.registry), clock.now())
    if keys:
        promises.complete(request, box, [box.slots[key] for key in keys])
        promise_notices(meeting, request, keys)
        audit.record(request, "meeting.cast", meeting, ballots=len(keys), size=len(box.log))
    return len(keys)


def take_in(box: BallotBox, signer: Signer, now: datetime) -> list[str]:
    """Append every waiting ballot to the log under one signed head; return their rights.

    Of secret ballots only the turnout is taken in: the log must not know their order.
    """
    waiting = box.waiting()
    if not waiting:
        return []
    area = box.turnout.area
    for key, slot in waiting:
        if box.is_secret:
            box.told.add(key)
        else:
            slot.index = box.log.append(box.leaf(slot), keep=False)
            box.sequence.append((slot.index, key))
        right = box.roll.rights[key]
        area += right.area_of(box.sealed_units(right))
    box.turnout.ballots += len(waiting)
    box.turnout.area = area
    box.log.head(signer, now)
    return [key for key, _ in waiting]
