"""Monitor's page (监票页面): turnout by channel, heads of the log, cases, signatures expected."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from content_types.meeting import Meeting, corrections, forecast, panels, promises, turnout
from content_types.meeting.printouts.views import PAPERS, may_print
from portal import clock, present
from portal.errors import Forbidden
from portal.evidence.canonical import EvidenceError
from portal.layout import Layout
from portal.security import Permission

HEADS = 10
# `yitang check` names them all.
MOST_MISSING = 100
SIGNED = ("result-notice", "filing-sheet", "minutes")


@view_config(
    context=Meeting,
    name="monitor",
    renderer="skins:default/monitor.pt",
    permission=Permission.VIEW.value,
)
def show_monitor(context: Meeting, request: Any) -> dict[str, Any]:
    """Show a scrutineer what he watches over; never a choice (SZ-24.2, SZ-25.4)."""
    layout = Layout(request, context)
    if context.ballot_box is None:
        raise HTTPNotFound
    if not panels.is_staff(context, layout):
        raise Forbidden("monitor.not_yours", clause=context.profile.box_roles.clause)
    box = context.ballot_box
    return {
        "item": context,
        "bars": turnout.bars(context, layout, forecast.marks(context, request.registry)),
        "lines": forecast.lines(context, layout),
        "channels": channels(context, layout),
        "promises": promised(context, layout),
        "heads": [
            {
                "size": head["size"],
                "at": layout.time(clock.datetime_from_milliseconds(head["time"])),
                "root": head["root_sha256"],
                "key": head["key"],
            }
            for head in reversed(box.log.heads(last=HEADS))
        ],
        "incidents": incidents(context, layout),
        "cases": [
            present.line(one, layout, layout.time(one.created_at))
            for one in context.children_of("ballot_case", "extension")
            if layout.may_view(one)
        ],
        "signatures": signatures(context, layout),
    }


def channels(meeting: Meeting, layout: Layout) -> list[tuple[str, int]]:
    """Return how many ballots lie in the box by the channel they came through."""
    found = turnout.channels(meeting)
    return [(layout.translate(f"result.channel.{name}"), found[name]) for name in sorted(found)]


def promised(meeting: Meeting, layout: Layout) -> dict[str, Any]:
    """Say in words whether every ballot that voters were promised is there (EV-8.6.1)."""
    say, box = layout.translate, meeting.ballot_box
    if box.is_secret:
        return {"kind": "info", "text": say("monitor.promises.secret"), "missing": []}
    try:
        found = promises.outlook(box, layout.request.registry)
    except EvidenceError as error:
        text = say("monitor.promises.foreign", detail=str(error))
        return {"kind": "danger", "text": text, "missing": []}
    if found.missing:
        text = say("monitor.promises.missing", number=len(found.missing), all=found.promised)
        missing = [
            (layout.time(clock.datetime_from_milliseconds(one["time"])), one["leaf"]["sha256"])
            for one in found.missing[:MOST_MISSING]
        ]
        return {"kind": "danger", "text": text, "missing": missing}
    kind, name = ("info", "waiting") if found.waiting else ("success", "kept")
    text = say(f"monitor.promises.{name}", number=found.waiting, all=found.promised)
    return {"kind": kind, "text": text, "missing": []}


def incidents(meeting: Meeting, layout: Layout) -> list[str]:
    """Return what did not go its usual way, in the order it happened."""
    found = [
        f"{layout.time(entry['at'])}　{layout.translate('history.' + entry['action'])}"
        f"　{entry.get('comment') or ''}".rstrip()
        for entry in reversed(meeting.history())
        if entry["action"] in ("extended", "count_failed", "relaunched")
    ]
    open_ones = [
        one
        for one in meeting.children_of("objection", "complaint")
        if one.workflow_state in ("submitted", "investigating")
    ]
    if open_ones:
        found.append(layout.translate("monitor.open_disputes", number=len(open_ones)))
    found += [
        f"{layout.time(one.at)}　{one.reason}（{layout.clause_words(one.clause)}）"
        for one in corrections.waiting(meeting)
        if meeting.result is not None
    ]
    return found


def signatures(meeting: Meeting, layout: Layout) -> list[dict[str, str]]:
    """Return the papers the scrutineer is expected to sign, as soon as they can be printed."""
    return [
        {
            "title": layout.translate(f"paper.{name}"),
            "url": layout.url(meeting, f"{name}.{PAPERS[name][0]}"),
            "type": PAPERS[name][0],
            "size_text": layout.translate(f"paper.note.{name}"),
        }
        for name in SIGNED
        if may_print(name, meeting, layout)
    ]
