"""Saved versions of a draft (保存记录): every change with author, time and difference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from BTrees.IOBTree import IOBTree

from content_types.meeting import Meeting, scope
from content_types.meeting.settings_record import settings_record
from portal import clock
from portal.events import Added, Edited, Removed

OF_SETTINGS = ("meeting", "motion")
PREFIX = "s"


@dataclass(frozen=True)
class Saved:
    """The settings as they stood after one change; ``what`` is the name of what was changed."""

    record: dict[str, Any]
    by: str
    at: datetime
    what: str


def save(event: Added | Edited | Removed) -> None:
    """Keep the settings after each change of a draft or of one of its motions (EV-6.8)."""
    item = event.item
    if item.content_type_name not in OF_SETTINGS:
        return
    gone = item if isinstance(event, Removed) else None
    meeting = item if isinstance(item, Meeting) else item.__parent__
    if gone is meeting or meeting.workflow_state != "draft":
        return
    if meeting.voting_opens_at is None or meeting.voting_closes_at is None:
        return  # A program makes it step by step; there are no settings yet.
    registry = event.request.registry
    confirmed = scope.confirmed_totals(meeting, registry)
    record = settings_record(meeting, meeting.rules(registry), confirmed, without=gone)
    kept = meeting.saved
    if kept is None:
        kept = meeting.saved = IOBTree()
    if not kept or kept[kept.maxKey()].record["digest"] != record["digest"]:
        number = kept.maxKey() + 1 if kept else 1
        kept[number] = Saved(record, event.actor, clock.now(), item.title)


def saved_versions(meeting: Meeting) -> dict[str, Saved]:
    """Return every saved version by its name, oldest first."""
    return {f"{PREFIX}{number}": saved for number, saved in (meeting.saved or {}).items()}


def includeme(config: Any) -> None:
    """Register the subscribers."""
    for kind in (Added, Edited, Removed):
        config.add_subscriber(save, kind)
