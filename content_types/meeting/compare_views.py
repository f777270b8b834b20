"""The versions of a meeting's settings and what differs between two of them (历史版本)."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.view import view_config

from content_types.meeting import Meeting
from content_types.meeting.saving import PREFIX, saved_versions
from content_types.meeting.scope import confirmed_totals
from content_types.meeting.settings_record import difference, settings_record
from content_types.meeting.stepping import offered_steps
from portal.layout import Layout
from portal.security import Permission
from portal.views.law import edition

DRAFT = "draft"
# A longer stretch of a text, such as three hundred units, is folded to its two ends.
MOST_SHOWN, HEAD, TAIL = 240, 120, 60
# What the record keeps for machines.
TECHNICAL = frozenset(("type", "v", "profile_digest", "key"))


def records_of(meeting: Meeting, registry: Any) -> dict[str, dict[str, Any]]:
    """Return every submitted version by its number, and the draft as it stands."""
    found = {str(number): record for number, record in enumerate(meeting.versions, 1)}
    if meeting.workflow_state == DRAFT:
        confirmed = confirmed_totals(meeting, registry)
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
    saved = saved_versions(context)
    if request.GET.get("new", "") in saved:
        records = {name: one.record for name, one in saved.items()}
    else:
        records = records_of(context, request.registry)
    names = list(records)
    new = request.GET.get("new", names[-1] if names else "")
    if new not in records:
        raise HTTPNotFound
    before = names[names.index(new) - 1] if names.index(new) else ""
    old = request.GET.get("old", before)
    if old and old not in records:
        raise HTTPNotFound
    now = readable(records[new], context, layout)
    # A first version has nothing to differ from: it is shown as it is, without marks.
    then = readable(records[old], context, layout) if old else now
    names_of = [one["key"] for one in (*now["motions"], *then["motions"])]
    numbers = {name: place for place, name in enumerate(dict.fromkeys(names_of), 1)}
    rows = [
        {
            "label": label_of(row["key"], layout, numbers),
            "changed": row["changed"],
            "parts": row["parts"],
            "short": shortened(row["parts"]),
        }
        for row in difference(then, now, layout.translate)
        # An agenda without motions has no line of its own.
        if row["key"] != "motions" and row["key"].rpartition(".")[2] not in TECHNICAL
    ]
    return {
        "item": context,
        "changed": [row for row in rows if row["changed"]],
        "unchanged": [row for row in rows if not row["changed"] and row["parts"]],
        "heading": _name(new, layout),
        "old": _name(old, layout) if old else "",
        "digest": records[new]["digest"],
        "versions": _versions(context, list(records_of(context, request.registry)), layout),
        "saved": [
            {
                "title": _name(name, layout),
                "url": layout.url(context, "compare", new=name),
                "meta": [one.what, layout.actor(one.by), layout.time(one.at)],
            }
            for name, one in reversed(saved.items())
        ],
        "actions": offered_steps(context, layout),
    }


def shortened(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a long text with its long stretches cut out, or nothing for one that is short."""
    if all(len(text) <= MOST_SHOWN for _, text in parts):
        return []
    return [
        (op, text if len(text) <= MOST_SHOWN else f"{text[:HEAD]} … {text[-TAIL:]}")
        for op, text in parts
    ]


def may_compare(meeting: Meeting, layout: Layout) -> bool:
    """Say whether the person convenes or reviews the meeting."""
    wanted = (Permission.MEETING_REVIEW, Permission.MEETING_RUN)
    return any(layout.may(meeting, permission) for permission in wanted)


def _name(version: str, layout: Layout) -> str:
    if version == DRAFT:
        return layout.translate("meeting.draft_version")
    if version.startswith(PREFIX):
        return layout.translate("meeting.saved_version", number=version.removeprefix(PREFIX))
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


def readable(record: dict[str, Any], meeting: Meeting, layout: Layout) -> dict[str, Any]:
    """Return a settings record with units, names and areas as people read them."""
    register, confirmed = meeting.community["owners"], record["confirmed"]
    profile = meeting.rules(layout.request.registry)
    holders = (meeting, *meeting.motions())
    titles = {f"sha256:{one.sha256}": one.title for holder in holders for one in holder.files()}

    def unit(code: str) -> str:
        found = register.unit(code)
        return found.label if found is not None else code

    def motion(one: dict[str, Any]) -> dict[str, Any]:
        unset = [name for name in ("seats", "amount_fen") if not one[name]]
        return {key: value for key, value in one.items() if key not in unset} | {
            "scope_units": ["、".join(map(unit, one["scope_units"]))],
            "files": [titles.get(name, name) for name in one["files"]],
        }

    return record | {
        "profile": edition(profile, layout)
        if record["profile"] == profile.label
        else record["profile"],
        "confirmed": confirmed | {"area": layout.area(confirmed["area"])},
        "motions": [motion(one) for one in record["motions"]],
        "files": [titles.get(name, name) for name in record["files"]],
    }


def label_of(key: str, layout: Layout, numbers: dict[str, int]) -> str:
    """Return the words for a path of the settings record, such as ``motions.m-1.title``."""
    head, _, rest = key.partition(".")
    if head == "motions":
        name, _, field = rest.partition(".")
        title = layout.translate("meeting.motion_number", number=numbers[name])
        return f"{title} · {layout.translate('motion.field.' + field)}"
    if head == "confirmed":
        return layout.translate(f"totals.{rest}")
    return layout.translate(f"meeting.field.{head}")
