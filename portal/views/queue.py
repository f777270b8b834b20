"""The work list (待办): what waits for the person, over all places the roles reach."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from portal import catalog, workflow
from portal.security import AUTHENTICATED

# Waiting means: a state in which a person of some role, not the clock, takes the next step.
WAITING = {
    "convenor_request": ("submitted",),
    "meeting": ("draft", "submitted", "approved", "counted", "result_review", "resolved"),
    "announcement": ("draft", "submitted", "approved"),
    "objection": ("submitted",),
    "complaint": ("submitted", "investigating"),
    "ballot_case": ("submitted",),
    "extension": ("submitted",),
}


def add_waiting(type_name: str, states: tuple[str, ...]) -> None:
    """Let the objects of a plugin's type stand in the work list in some of their states."""
    WAITING[type_name] = states


def waiting_for(request: Any) -> list[tuple[Any, list[workflow.Transition]]]:
    """Return the objects the person can take a step on now, oldest first."""
    if request.account is None:
        return []
    states = {state for names in WAITING.values() for state in names}
    found = catalog.find(request, types=WAITING, states=states, limit=1000)
    rows = [(item, workflow.possible(item, request)) for item in found]
    rows = [
        (item, steps)
        for item, steps in rows
        if steps and item.workflow_state in WAITING[item.content_type_name]
    ]
    return sorted(rows, key=lambda row: row[0].state_since)


@view_config(
    route_name="queue", renderer="skins:default/queue.pt", effective_principals=AUTHENTICATED
)
def queue(request: Any) -> dict[str, Any]:
    """Show the work list."""
    return {"rows": waiting_for(request), "context": request.site}
