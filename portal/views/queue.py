"""The work list (待办): what waits for the person, over all places the roles reach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pyramid.view import view_config

from portal import catalog, clock, workflow
from portal.layout import Layout
from portal.security import AUTHENTICATED

# Waiting means: a state in which a person of some role, not the clock, takes the next step.
WAITING = {
    "convenor_request": ("submitted",),
    "meeting": ("draft", "submitted", "approved", "counted", "result_review", "resolved"),
    "announcement": ("draft", "submitted", "approved"),
    "objection": ("submitted",),
    "complaint": ("submitted", "investigating"),
    "agent_letter": ("submitted",),
    "ballot_case": ("submitted",),
    "extension": ("submitted",),
}
Due = Callable[[Any, Any], "datetime | None"]
Idle = Callable[[Any, Any], "set[str]"]
# Steps of an object that nobody waits for as it stands, by type.
_IDLE: dict[str, Idle] = {}
# By when an object is to be dealt with; what is not named here may say so itself by ``due_at``.
_DUE: dict[str, Due] = {}


def add_waiting(type_name: str, states: tuple[str, ...]) -> None:
    """Let the objects of a plugin's type stand in the work list in some of their states."""
    WAITING[type_name] = states


def add_due(type_name: str, function: Due) -> None:
    """Let ``function(item, request)`` tell by when objects of a type are to be dealt with."""
    _DUE[type_name] = function


def add_idle(type_name: str, function: Idle) -> None:
    """Let ``function(item, request)`` name the steps of a type that nobody waits for now."""
    _IDLE[type_name] = function


def _steps(item: Any, request: Any) -> list[workflow.Transition]:
    """Return what the person can do with an object and is waited for."""
    function = _IDLE.get(item.content_type_name)
    idle = function(item, request) if function is not None else set()
    return [step for step in workflow.possible(item, request) if step.name not in idle]


def due_of(item: Any, request: Any) -> datetime | None:
    """Return by when an object is to be dealt with, or None."""
    function = _DUE.get(item.content_type_name)
    return function(item, request) if function is not None else getattr(item, "due_at", None)


def waiting_for(request: Any) -> list[tuple[Any, list[workflow.Transition]]]:
    """Return the objects the person can take a step on now, oldest first."""
    if request.account is None:
        return []
    states = {state for names in WAITING.values() for state in names}
    found = catalog.find(request, types=WAITING, states=states, limit=1000)
    rows = [(item, _steps(item, request)) for item in found]
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
    """Show the work list with due dates: what is late first, then by date, then by age."""
    layout, now = Layout(request, request.site), clock.now()
    rows = []
    for item, steps in waiting_for(request):
        due = due_of(item, request)
        rows.append(
            {
                "item": item,
                "steps": steps,
                "kind": item.content_type_name,
                "place": layout.community_title(item),
                "due": due,
                "late": due is not None and due <= now,
            }
        )
    wanted = {name: request.GET.get(name, "") for name in ("kind", "place", "late")}
    shown = [row for row in rows if _fits(row, wanted)]
    shown.sort(key=lambda row: (row["due"] is None, row["due"] or row["item"].state_since))
    return {
        "rows": shown,
        "total": len(rows),
        "late": sum(1 for row in rows if row["late"]),
        "kinds": sorted({row["kind"] for row in rows}),
        "places": sorted({row["place"] for row in rows} - {""}),
        "wanted": wanted,
        "context": request.site,
    }


def _fits(row: dict[str, Any], wanted: dict[str, str]) -> bool:
    return (
        wanted["kind"] in ("", row["kind"])
        and wanted["place"] in ("", row["place"])
        and (not wanted["late"] or row["late"])
    )
