"""What else belongs to a meeting's page (会议页面附栏): extensions, cases, guidance, papers."""

from __future__ import annotations

from typing import Any

from content_types.meeting import Meeting, corrections, panels
from content_types.meeting.paper import panel as paper_panel
from content_types.meeting.printouts.making import SIZES
from content_types.meeting.printouts.views import PAPERS, may_print
from portal import present
from portal.content import by_oid
from portal.layout import Layout


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
