"""Overview of meetings (会议总览): what is next, who must act, what is missing, what is late."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from content_types.meeting import Meeting, agenda, publishing
from portal import catalog, clock
from portal.layout import Layout
from portal.security import AUTHENTICATED, Permission
from portal.views import queue

MOST = 1000
ENDED = ("archived", "suspended")


@view_config(
    route_name="cockpit",
    renderer="skins:default/cockpit.pt",
    effective_principals=AUTHENTICATED,
)
def cockpit(request: Any) -> dict[str, Any]:
    """Show every meeting under way that the person runs or guides, the most urgent first."""
    layout = Layout(request, request.site)
    rows = [row_of(meeting, layout) for meeting in answered_for(request, layout)]
    wanted = {name: request.GET.get(name, "") for name in ("place", "state", "late")}
    shown = [row for row in rows if _fits(row, wanted)]
    shown.sort(key=lambda row: (not row["late"], row["due"] is None, row["due"], row["title"]))
    return {
        "rows": shown,
        "total": len(rows),
        "late": sum(1 for row in rows if row["late"]),
        "places": sorted({row["place"] for row in rows}),
        "states": list(dict.fromkeys((row["state_name"], row["state"]) for row in rows)),
        "wanted": wanted,
        "context": request.site,
    }


def answered_for(request: Any, layout: Layout) -> list[Meeting]:
    """Return the meetings under way that the person may run or review."""
    found = catalog.find(request, types=("meeting",), limit=MOST)
    return [
        meeting
        for meeting in found
        if meeting.workflow_state not in ENDED
        and (
            layout.may(meeting, Permission.MEETING_RUN)
            or layout.may(meeting, Permission.MEETING_REVIEW)
        )
    ]


def row_of(meeting: Meeting, layout: Layout) -> dict[str, Any]:
    """Return one meeting of the overview."""
    request = layout.request
    step, due = agenda.next_step(meeting), agenda.due_of(meeting, request)
    late = agenda.missed(meeting, request.registry)
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
        "due_text": layout.time(due) if due is not None else "",
        "left_text": layout.left(due) if due is not None else "",
        "by_itself": publishing.words(meeting, layout),
        "past": due is not None and due < clock.now(),
        "missing": [
            {"text": one.text, "url": one.url, "due_text": layout.time(one.due)}
            for one in agenda.missing(meeting, layout)
        ],
        "late": [
            {
                "text": layout.translate(f"deadline.{one.key}"),
                "date_text": layout.date(one.due),
                "clause": one.clause,
            }
            for one in late
        ],
    }


def _fits(row: dict[str, Any], wanted: dict[str, str]) -> bool:
    return (
        wanted["place"] in ("", row["place"])
        and wanted["state"] in ("", row["state_name"])
        and (not wanted["late"] or bool(row["late"]))
    )


def includeme(config: Any) -> None:
    """Tell the work list by when a meeting or an extension waits."""
    queue.add_due("meeting", agenda.due_of)
    queue.add_due("extension", lambda item, request: item.__parent__.voting_closes_at)
