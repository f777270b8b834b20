"""Resolution (决议): the passed motion that lets money leave the fund (MF-6.2.10.b).

A motion of the community fits a drawdown when its result is published and carried, its scope
names the same units and its amount covers the drawdown and what was already drawn on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.errors import PortalError
from portal.rules.money import format_amount
from yitang_funds.fund import community_of, fund_of
from yitang_funds.register import places_of
from yitang_funds.scope import Place, resolve, scope_fingerprint

MATTER = "maintenance_fund_use"
PUBLISHED = ("published", "archived")
CLAUSE = "MF-6.2.10.b"
USING = ("approved", "paid")


@dataclass(frozen=True, slots=True)
class Difference:
    """One reason why a motion does not carry a drawdown, as a message and its values."""

    message_id: str
    values: tuple[tuple[str, Any], ...] = ()

    @property
    def error(self) -> PortalError:
        """Return the refusal with its clause."""
        return PortalError(self.message_id, clause=CLAUSE, **dict(self.values))


@dataclass(frozen=True, slots=True)
class Resolution:
    """A motion compared with a drawdown; without differences it lets the money go."""

    meeting: Any
    motion: Any
    differences: tuple[Difference, ...]


def find_resolution(drawdown: Any) -> Resolution | None:
    """Return the motion that fits a drawdown best, or None when no motion uses the fund."""
    places = places_of(community_of(drawdown))
    compared = [
        Resolution(meeting, motion, tuple(_differences(drawdown, meeting, motion, places)))
        for meeting, motion in fund_motions(community_of(drawdown))
    ]
    # The newest of the best: a later decision on the same matter replaces an earlier one.
    compared.sort(key=lambda one: one.motion.created_at, reverse=True)
    return min(compared, key=lambda one: len(one.differences), default=None)


def require_resolution(drawdown: Any, _request: Any = None) -> Resolution:
    """Return the motion that lets the drawdown go, or raise PortalError naming what differs."""
    found = find_resolution(drawdown)
    if found is None:
        raise PortalError("funds.error.motion_missing", clause=CLAUSE)
    if found.differences:
        raise found.differences[0].error
    return found


def fund_motions(community: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the meetings and motions that decide on a use of the fund."""
    for meeting in community["meetings"].values():
        if meeting.content_type_name == "meeting":
            for motion in meeting.motions():
                if motion.matter == MATTER:
                    yield meeting, motion


def _differences(
    drawdown: Any, meeting: Any, motion: Any, places: tuple[Place, ...]
) -> Iterator[Difference]:
    title = ("title", motion.title)
    decided = _scope_of(motion, places)
    asked = {share.unit for share in drawdown.shares()}
    if decided is None or scope_fingerprint(decided) != scope_fingerprint(asked):
        known = decided or set()
        yield Difference(
            "funds.error.motion_scope_differs",
            (title, ("more", len(asked - known)), ("fewer", len(known - asked))),
        )
    left = motion.amount_fen - _drawn(drawdown, motion)
    if drawdown.amount_fen > left:
        yield Difference(
            "funds.error.motion_amount_exceeded",
            (
                title,
                ("amount", format_amount(drawdown.amount_fen)),
                ("ceiling", format_amount(motion.amount_fen)),
                ("left", format_amount(max(left, 0))),
            ),
        )
    if meeting.workflow_state not in PUBLISHED:
        yield Difference("funds.error.motion_not_published", (title,))
    elif not carried(meeting, motion):
        yield Difference("funds.error.motion_not_carried", (title,))


def carried(meeting: Any, motion: Any) -> bool:
    """Say whether the published result of a meeting carries a motion."""
    return bool(meeting.result) and meeting.result.verdicts().get(motion.__name__, False)


def _scope_of(motion: Any, places: tuple[Place, ...]) -> set[str] | None:
    """Return the units a motion decided on; None when it names something unknown."""
    try:
        return {place.code for place in resolve(motion.scope_units, places)}
    except PortalError:
        return None


def _drawn(drawdown: Any, motion: Any) -> int:
    """Return what other drawdowns have taken or reserved under the same motion, in 分."""
    return sum(
        other.amount_fen
        for other in fund_of(drawdown).values()
        if other.content_type_name == "drawdown"
        and other is not drawdown
        and other.motion_oid == motion.__oid__
        and other.workflow_state in USING
    )
