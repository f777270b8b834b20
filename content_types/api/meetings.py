"""Meetings (会议): what a mini-program needs to show the notice: settings, dates and motions."""

from __future__ import annotations

from typing import Any

from pyramid.traversal import resource_path

from content_types.api.public import COMMUNITY, FILE, files_of, in_community, in_section, pages_of
from content_types.meeting import figures, timeline
from portal import clock
from portal.api.listing import fields, text_of, time
from portal.api.operations import operation
from portal.api.schema import (
    FLAG,
    NAME,
    TIME,
    Schema,
    array,
    maybe,
    record,
    text,
    whole,
)

MEETING = f"{COMMUNITY}/meetings/{{meeting}}"
DAY = {"type": "string", "format": "date"}
MEETING_LINE: dict[str, Schema] = {
    "id": NAME,
    "title": text(),
    "state": text(),
    "voting_opens_at": maybe(TIME),
    "voting_closes_at": maybe(TIME),
    "path": text(),
}
MOTION = record(
    {
        "id": NAME,
        "title": text(),
        "matter": text(),
        "item": text(),
        "mode": text(),
        "description": text(),
        "options": array(record({"key": text(), "label": text(), "note": text()})),
        "max_marks": whole(1),
        "seats": whole(),
        "amount_fen": whole(),
        "files": array(FILE),
    }
)
DEADLINE = record(
    {
        "key": text(),
        "title": text(),
        "kind": text(),
        "due": DAY,
        "at": TIME,
        "clause": text(),
        "settled_at": maybe(TIME),
    }
)
MEETING_WHOLE = record(
    MEETING_LINE
    | {
        "convenor_kind": text(),
        "method": text(),
        "ballot_mode": text(),
        "figures_while_voting": FLAG,
        "place": text(),
        "description": text(),
        "rules": text(),
        "scope": array(text()),
        "confirmed": maybe(record({"heads": whole(), "area": whole()})),
        "now": TIME,
        "motions": array(MOTION),
        "timeline": array(DEADLINE),
        "files": array(FILE),
    }
)


def meeting_of(request: Any) -> Any:
    """Return the meeting of the address."""
    return in_section(request, "meetings", "meeting", "meeting")


def _meeting(item: Any) -> dict[str, Any]:
    return {
        "id": item.__name__,
        "title": fields(item, "title")["title"],
        "state": item.workflow_state,
        "voting_opens_at": time(item.voting_opens_at),
        "voting_closes_at": time(item.voting_closes_at),
        "path": resource_path(item),
    }


@operation("meetings.list", "GET", f"{COMMUNITY}/meetings", **pages_of(MEETING_LINE))
def list_meetings(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the meetings of a community the caller may see, newest first."""
    return in_community(request, given, "meetings", _meeting)


@operation("meetings.show", "GET", MEETING, answer=MEETING_WHOLE)
def show_meeting(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return a meeting with its motions and statutory dates; areas in 0.01 m²."""
    item = meeting_of(request)
    totals = item.confirmation
    return _meeting(item) | {
        **fields(item, "convenor_kind", "method", "ballot_mode", "place", "description"),
        "rules": item.rules(request.registry).label,
        "figures_while_voting": figures.shows_figures(item, request.registry),
        "scope": list(item.scope),
        "confirmed": None if totals is None else {"heads": totals.heads, "area": totals.area},
        "now": time(clock.now()),
        "motions": [_motion(motion, request) for motion in item.motions()],
        "timeline": [_deadline(one, item, request) for one in _deadlines(item, request)],
        "files": files_of(item),
    }


def _deadlines(item: Any, request: Any) -> Any:
    return timeline.known(item, request.registry)[0] if item.voting_opens_at else ()


def _deadline(one: Any, item: Any, request: Any) -> dict[str, Any]:
    return {
        "key": one.key,
        "title": text_of(request, f"deadline.{one.key}"),
        "kind": one.kind,
        "due": one.due.isoformat(),
        "at": time(one.at),
        "clause": one.clause,
        "settled_at": time(timeline.settled_at(item, one.key)),
    }


@operation("motions.list", "GET", f"{MEETING}/motions", answer=record({"items": array(MOTION)}))
def list_motions(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the motions of a meeting in the order of the agenda."""
    return {"items": [_motion(motion, request) for motion in meeting_of(request).motions()]}


def _motion(motion: Any, request: Any) -> dict[str, Any]:
    options = zip(motion.labels(request).items(), motion.notes(), strict=True)
    return {
        "id": motion.__name__,
        **fields(motion, "title", "matter", "item", "mode", "description", "seats", "amount_fen"),
        "options": [{"key": key, "label": label, "note": note} for (key, label), note in options],
        "max_marks": motion.spec().max_marks,
        "files": files_of(motion),
    }
