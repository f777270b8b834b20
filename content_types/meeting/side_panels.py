"""What else belongs to a meeting's page (会议页面附栏): extensions, cases, guidance, papers."""

from __future__ import annotations

from typing import Any

from content_types.meeting import Meeting, corrections, panels
from content_types.meeting.evidence import handover
from content_types.meeting.paper import panel as paper_panel
from content_types.meeting.printouts.making import SIZES
from content_types.meeting.printouts.views import PAPERS, may_print
from portal import present
from portal.content import by_oid
from portal.layout import Layout
from portal.security import Permission

# Pages on which there is nothing to do but to read.
READ = ("compare", "binding-list", "can-i-vote", "calendar.ics", "evidence", "monitor")
POSTABLE = ("approved", "noticed", "voting")
GUIDABLE = ("submitted", "approved", "noticed", "result_review", "resolved", "published")


def links(item: Meeting, layout: Layout) -> list[dict[str, Any]]:
    """Return the pages of the procedure that the person can use in this state."""
    may, state = layout.may, item.workflow_state
    runs, reviews = may(item, Permission.MEETING_RUN), may(item, Permission.MEETING_REVIEW)
    extends = item.rules(layout.request.registry).extension.value.allowed
    wanted = (
        ("extension.add", "extend", runs and state == "voting" and extends),
        ("guidance.add", "guidance", reviews and state in GUIDABLE),
        ("guide_posting.title", "guide-posting", runs and state in POSTABLE),
        ("complaint.add", "add/complaint", may(item, Permission.COMPLAINT_ADD)),
        (
            "ballot_case.add",
            "add/ballot_case",
            may(item, Permission.BALLOT_CASE_ADD) and not item.is_secret,
        ),
        (
            "roster.title",
            "roster",
            runs and (state in handover.OPEN or (state == "voting" and item.handover is not None)),
        ),
        ("sheets.title", "signed-sheets", item.result and panels.is_staff(item, layout)),
        ("evidence.title", "evidence", item.ballot_box is not None),
        ("monitor.title", "monitor", item.ballot_box is not None and panels.is_staff(item, layout)),
    )
    found = page_links(item, layout, wanted)
    if state == "suspended" and not item.successor_oid and runs:
        title, url = layout.translate("meeting.relaunch"), layout.url(item, "relaunch")
        found.insert(0, {"name": "relaunch", "title": title, "url": url, "kind": "primary"})
    return found


def page_links(item: Meeting, layout: Layout, wanted: Any) -> list[dict[str, Any]]:
    """Return links to those of (label, path, shown) that are shown; what is only read says so."""
    return [
        present.link(
            layout.translate(label),
            layout.url(item) + path,
            "page" if path in READ else "secondary",
        )
        for label, path, shown in wanted
        if shown
    ]


def offered(item: Meeting, layout: Layout, *extra: dict[str, Any]) -> list[dict[str, Any]]:
    """Return steps and pages for the person, without steps that have no sense here."""
    return steps(item, layout, *extra, *links(item, layout))


def steps(item: Meeting, layout: Layout, *extra: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps that have sense, and what comes beside them."""
    none = pointless(item, layout.request)
    return [one for one in present.steps(item, layout, *extra) if one["name"] not in none]


def pointless(item: Meeting, request: Any) -> set[str]:
    """Return the steps that have no sense for this meeting as it stands."""
    rule = item.rules(request.registry).amend.value
    found = {"suspend"} if rule != "suspend_relaunch" else set()
    if item.result is None or not corrections.waiting(item):
        found.add("recount")
    return found


def sections(item: Meeting, layout: Layout) -> list[dict[str, Any]]:
    """Return the further panels of the page that hold something for the person."""
    found = [
        paper_panel.section(item, layout),
        _related(item, layout),
        _children(item, layout, "extension"),
        _children(item, layout, "complaint"),
        _children(item, layout, "ballot_case"),
        _corrections(item, layout),
        _guidance(item, layout),
        _papers(item, layout),
    ]
    return [section for section in found if section is not None]


def _related(item: Meeting, layout: Layout) -> dict[str, Any] | None:
    site = layout.request.site
    pairs = (("predecessor", item.predecessor_oid), ("successor", item.successor_oid))
    items = []
    for label, number in pairs:
        other = by_oid(site, number) if number else None
        if other is not None and layout.may_view(other):
            items.append(present.line(other, layout, layout.translate(f"meeting.{label}")))
    if not items:
        return None
    return {"id": "related", "title": layout.translate("meeting.related"), "items": items}


def _children(item: Meeting, layout: Layout, kind: str) -> dict[str, Any] | None:
    seen = [one for one in item.children_of(kind) if layout.may_view(one)]
    if not seen:
        return None
    return {
        "id": kind.replace("_", "-"),
        "title": layout.translate(f"{kind}.plural"),
        "items": [present.line(one, layout, layout.time(one.created_at)) for one in seen],
    }


def _corrections(item: Meeting, layout: Layout) -> dict[str, Any] | None:
    waiting = corrections.waiting(item) if item.result is not None else ()
    if not waiting or not panels.is_staff(item, layout):
        return None
    return {
        "id": "corrections",
        "title": layout.translate("correction.waiting"),
        "texts": [
            f"{layout.time(one.at)}　{one.reason}（{layout.clause_words(one.clause)}）"
            for one in waiting
        ],
    }


def _guidance(item: Meeting, layout: Layout) -> dict[str, Any] | None:
    if not item.guidance or not panels.is_staff(item, layout):
        return None
    return {
        "id": "guidance",
        "title": layout.translate("guidance.plural"),
        "texts": [one.words(layout) for one in item.guidance],
    }


def _papers(item: Meeting, layout: Layout) -> dict[str, Any] | None:
    files = [
        {
            "title": f"{layout.translate(f'paper.{name}')} {size.get('size', '').upper()}".strip(),
            "url": layout.url(item, f"{name}.{ending}", **size),
            "type": ending,
            "size_text": layout.translate(f"paper.note.{name}"),
        }
        for name, endings in PAPERS.items()
        if may_print(name, item, layout)
        for ending in endings
        for size in ([{"size": one} for one in SIZES] if name == "poster" else [{}])
    ]
    if not files:
        return None
    return {"id": "papers", "title": layout.translate("paper.plural"), "files": files}
