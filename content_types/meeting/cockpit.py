"""Overview of meetings (会议总览): what is next, who must act, what is missing, what is late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyramid.view import view_config

from content_types.community import tasks
from content_types.meeting import Meeting, agenda, panels, publishing, stepping
from content_types.meeting.trustees import seats, steps
from portal import catalog, clock
from portal.layout import Layout
from portal.security import AUTHENTICATED
from portal.views import queue

MOST = 1000
ENDED = ("archived", "suspended")


@view_config(
    route_name="cockpit",
    renderer="skins:default/cockpit.pt",
    effective_principals=AUTHENTICATED,
)
def cockpit(request: Any) -> dict[str, Any]:
    """Show every meeting under way that the person has a part in, the most urgent first."""
    layout = Layout(request, request.site)
    rows = [row_of(meeting, layout) for meeting in answered_for(request, layout)]
    wanted = {name: request.GET.get(name, "") for name in ("place", "state", "late")}
    shown = [row for row in rows if _fits(row, wanted)]
    shown.sort(key=lambda row: (not _late(row), row["due"] is None, row["due"], row["title"]))
    return {
        "rows": shown,
        "total": len(rows),
        "late": sum(_late(row) for row in rows),
        "places": sorted({row["place"] for row in rows}),
        "states": list(dict.fromkeys((row["state_name"], row["state"]) for row in rows)),
        "wanted": wanted,
        "context": request.site,
    }


def answered_for(request: Any, layout: Layout) -> list[Meeting]:
    """Return the meetings under way that the person runs, reviews, watches or has a key of."""
    found = catalog.find(request, types=("meeting",), limit=MOST)
    return [
        meeting
        for meeting in found
        if meeting.workflow_state not in ENDED
        and (
            panels.is_staff(meeting, layout)
            or seats.seat_of(meeting, request.account_id) is not None
        )
    ]


def row_of(meeting: Meeting, layout: Layout) -> dict[str, Any]:
    """Return one meeting of the overview."""
    request = layout.request
    step, due = agenda.next_step(meeting, request), agenda.due_of(meeting, request)
    late, now = agenda.missed(meeting, request.registry), clock.now()
    watches = meeting.ballot_box is not None and panels.is_staff(meeting, layout)
    return {
        "title": meeting.title,
        "url": layout.url(meeting),
        "place": layout.community_title(meeting),
        "state_name": meeting.workflow_state,
        "state": layout.state(meeting),
        "state_kind": layout.chip(meeting),
        "next": layout.step(meeting, step.name) if step is not None else "",
        "who": agenda.actors(meeting, step, layout) if step is not None else "",
        "due": due,
        "due_text": layout.until(due),
        "left_text": layout.left(due) if due is not None else "",
        "by_itself": publishing.words(meeting, layout),
        "past": due is not None and due < now,
        "missing": [
            {
                "text": one.text,
                "url": one.url,
                "due_text": layout.until(one.due),
                "late": one.due is not None and one.due <= now,
            }
            for one in agenda.missing(meeting, layout)
        ],
        "watch_url": layout.url(meeting, "monitor") if watches else "",
        "late": [
            {
                "text": layout.translate(f"deadline.{one.key}"),
                "date_text": layout.date(one.due),
                "clause": one.clause,
            }
            for one in late
        ],
    }


def key_tasks(request: Any, layout: Layout) -> Iterator[dict[str, Any]]:
    """Yield what trustees have to do with their keys, for the home page."""
    if request.account is None:
        return
    for meeting in catalog.find(request, types=("meeting",), states=("noticed", "counting")):
        asked = steps.asked_of(meeting, request)
        if asked:
            yield {
                "title": meeting.title,
                "text": layout.translate(asked),
                "url": layout.url(meeting, "trustees"),
                "action": layout.translate("task.trustee_action"),
                "icon": "key",
                "urgent": True,
            }


def _late(row: dict[str, Any]) -> bool:
    """Say whether a date passed without the act it asks for."""
    return bool(row["late"]) or any(one["late"] for one in row["missing"])


def _fits(row: dict[str, Any], wanted: dict[str, str]) -> bool:
    return (
        wanted["place"] in ("", row["place"])
        and wanted["state"] in ("", row["state_name"])
        and (not wanted["late"] or _late(row))
    )


def includeme(config: Any) -> None:
    """Tell the work list by when a meeting or an extension waits."""
    tasks.add_source(key_tasks)
    queue.add_due("meeting", agenda.due_of)
    queue.add_idle("meeting", stepping.pointless)
    queue.add_due("extension", lambda item, request: item.__parent__.voting_closes_at)
