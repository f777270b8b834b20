"""The versions of a meeting's settings and what differs between two of them (历史版本)."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.view import view_config

from content_types.meeting import Meeting
from content_types.meeting.documents import difference, settings_record
from portal import present
from portal.layout import Layout
from portal.security import Permission

DRAFT = "draft"


def records_of(meeting: Meeting, registry: Any) -> dict[str, dict[str, Any]]:
    """Return every submitted version by its number, and the draft as it stands."""
    found = {str(number): record for number, record in enumerate(meeting.versions, 1)}
    if meeting.workflow_state == DRAFT:
        confirmed = meeting.confirmation or meeting.community.confirmation
        found[DRAFT] = settings_record(meeting, meeting.rules(registry), confirmed)
    return found


@view_config(
    context=Meeting,
    name="compare",
    renderer="skins:default/compare.pt",
    permission=Permission.VIEW.value,
)
def compare(context: Meeting, request: Any) -> dict[str, Any]:
    """Show what changed between two versions, the last two when none is named (EV-6.8)."""
    layout = Layout(request, context)
    if not may_compare(context, layout):
        raise HTTPForbidden
    records = records_of(context, request.registry)
    names = list(records)
    new = request.GET.get("new", names[-1] if names else "")
    if new not in records:
        raise HTTPNotFound
    before = names[names.index(new) - 1] if names.index(new) else ""
    old = request.GET.get("old", before)
    if old and old not in records:
        raise HTTPNotFound
    rows = [
        {"label": label_of(row["key"], layout), "changed": row["changed"], "parts": row["parts"]}
        for row in difference(records.get(old, {}), records[new], layout.translate)
    ]
    return {
        "item": context,
        "changed": [row for row in rows if row["changed"]],
        "unchanged": [row for row in rows if not row["changed"] and row["parts"]],
        "heading": _name(new, layout),
        "old": _name(old, layout) if old else "",
        "digest": records[new]["digest"],
        "versions": _versions(context, names, layout),
        "actions": present.steps(context, layout),
    }


def may_compare(meeting: Meeting, layout: Layout) -> bool:
    """Say whether the person convenes or reviews the meeting."""
    wanted = (Permission.MEETING_REVIEW, Permission.MEETING_RUN)
    return any(layout.may(meeting, permission) for permission in wanted)


def _name(version: str, layout: Layout) -> str:
    if version == DRAFT:
        return layout.translate("meeting.draft_version")
    return layout.translate("meeting.version", number=version)


def _versions(meeting: Meeting, names: list[str], layout: Layout) -> list[dict[str, Any]]:
    """Return the versions, newest first, with who submitted them when."""
    acts = [one for one in reversed(meeting.history()) if one.get("transition") == "submit"]
    found = []
    for index, name in enumerate(names):
        act = acts[index] if index < len(acts) and name != DRAFT else None
        found.append(
            {
                "title": _name(name, layout),
                "url": layout.url(meeting, "compare", new=name),
                "meta": [layout.actor(act["actor"]), layout.time(act["at"])] if act else [],
            }
        )
    return found[::-1]


def label_of(key: str, layout: Layout) -> str:
    """Return the words for a path of the settings record, such as ``motions.m-1.title``."""
    head, _, rest = key.partition(".")
    if head == "motions":
        name, _, field = rest.partition(".")
        return f"{name} · {layout.translate('motion.field.' + field)}"
    if head == "confirmed":
        return layout.translate(f"totals.{rest}")
    return layout.translate(f"meeting.field.{head}")
