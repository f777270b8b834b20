"""Turning objects into what the page components take (呈现)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from portal import workflow
from portal.layout import Layout

_TYPES = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def files(item: Any, layout: Layout, without: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return an object's attachments, save some by id, for the component ``files``."""
    return [
        {
            "title": stored.title,
            "url": layout.url(item, "file", stored.id),
            "type": _TYPES.get(stored.media_type, stored.filename.rsplit(".", 1)[-1]),
            "size_text": size_text(stored.size),
            "note": f"SHA-256 {stored.sha256[:16]}…",
        }
        for stored in item.files()
        if stored.id not in without
    ]


def size_text(size: int) -> str:
    """Return a file size for people."""
    return f"{max(1, size // 1024)} KB" if size < 2**20 else f"{size // 2**20} MB"


def history(item: Any, layout: Layout, limit: int = 20) -> list[dict[str, Any]]:
    """Return an object's history for the component ``history``."""
    found = []
    for entry in item.history()[:limit]:
        name = entry.get("transition")
        title = layout.step(item, name) if name else layout.translate(f"history.{entry['action']}")
        found.append(
            {
                "at_text": layout.time(entry["at"]),
                "actor": layout.actor(entry["actor"]),
                "title": title,
                "comment": _comment(entry, layout),
            }
        )
    return found


def _comment(entry: Any, layout: Layout) -> str:
    """Return what was said with an act; a bare digest is named."""
    said = str(entry.get("comment") or "")
    if entry["action"] == "second_reading" and said:
        return layout.translate("history.digest", digest=said)
    return said


def posting(item: Any, evidence: Any, layout: Layout) -> dict[str, Any]:
    """Return one physical posting for a page."""
    return {
        "place": evidence.place,
        "at_text": layout.time(evidence.posted_at),
        "photo_url": layout.url(item, "file", evidence.photo_id),
    }


def line(item: Any, layout: Layout, *meta: str) -> dict[str, Any]:
    """Return an object for the component ``item_list``."""
    return {
        "title": item.title,
        "url": layout.url(item),
        "meta": [text for text in meta if text],
        "state": layout.state(item),
        "state_kind": layout.chip(item),
    }


def steps(item: Any, layout: Layout, *extra: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the person can do with an object for the component ``actions``."""
    return layout.actions(item, workflow.possible(item, layout.request), *extra)


def link(title: str, url: str, kind: str = "secondary") -> dict[str, Any]:
    """Return a plain link among the actions."""
    return {"title": title, "url": url, "method": "get", "kind": kind, "name": ""}
