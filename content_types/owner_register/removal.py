"""Taking a building that does not belong out of the register (楼幢删除, BJ-G2.2)."""

from __future__ import annotations

from typing import Any

from content_types.owner_register.plan import total
from content_types.owner_register.store import record_of
from portal import clock
from portal.errors import PortalError


def leave(building: Any, request: Any, actor: str) -> None:
    """Drop the tokens of a building's units and note that their owners left.

    Raises PortalError once a meeting of the community has left its draft.
    """
    community = building.__parent__.__parent__
    register = community.get("owners")
    if register is None:
        return
    if any(meeting.workflow_state != "draft" for meeting in community["meetings"].values()):
        clause = community.rules(request.registry).refusals["totals_unconfirmed"].clause
        raise PortalError("building.meeting_open", clause=clause, status=409)
    codes = {unit.code for unit in building.units()}
    for token, known in list(register.by_token.items()):
        rest = tuple(code for code in known if code not in codes)
        if rest and rest != known:
            register.by_token[token] = rest
        elif not rest:
            del register.by_token[token]
    number = len(register.ownership_events)
    for unit in building.units():
        register.ownership_events[number] = {
            "at": clock.now(),
            "actor": actor,
            "unit": unit.code,
            "kind": "removed",
            "before": tuple((holder.person, str(holder.share)) for holder in unit.holders),
            "after": (),
            "source": ("removal", building.title),
        }
        number += 1
    left = (record_of(u, request.vault) for u in register.units() if u.code not in codes)
    register.totals = total(left)
    register.revision += 1
