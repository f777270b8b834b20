"""Searching (搜索): words anywhere in a sentence, facets, only what the person may open."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from pyramid.view import view_config

from portal import catalog, present, ratelimit
from portal.fulltext import snippet
from portal.layout import Layout
from portal.paging import SIZE, batch
from portal.type_registry import TYPES

LONGEST = 100


@view_config(route_name="search", renderer="skins:default/search.pt")
def search(request: Any) -> dict[str, Any]:
    """Show what matches a query."""
    layout = Layout(request, request.site)
    query = request.GET.get("q", "").strip()[:LONGEST]
    chosen = request.GET.get("type", "")
    types = (chosen,) if chosen in TYPES else ()
    if not query:
        return _page(layout, query, catalog.Results([], 0), [], batch(request, 0))
    ratelimit.hit(request, "search")
    total = catalog.find(request, text=query, types=types, limit=0).total
    pages = batch(request, total)
    found = catalog.find(request, text=query, types=types, start=pages["start"], limit=SIZE)
    counts = catalog.facet_counts(request, text=query)
    return _page(layout, query, found, _facets(layout, query, counts, chosen), pages)


def _page(
    layout: Layout, query: str, found: catalog.Results, facets: list[Any], pages: dict[str, Any]
) -> dict[str, Any]:
    return {
        "context": layout.context,
        "query": query,
        "total": found.total,
        "results": [_line(item, query, layout) for item in found],
        "facets": facets,
        "batch": pages,
        "truncated": False,
    }


def _line(item: Any, query: str, layout: Layout) -> dict[str, Any]:
    return present.line(item, layout) | {
        "parts": [(hit, text) for text, hit in snippet(item.search_text(), query)],
        "type_text": layout.translate(f"type.{item.content_type_name}"),
        "place": layout.community_title(item),
        "date_text": layout.date(item.modified_at),
    }


def _facets(layout: Layout, query: str, counts: dict[str, int], chosen: str) -> list[Any]:
    """Return the types found, each with its number and link."""
    entries = [(layout.translate("search.all"), sum(counts.values()), _url(query, ""), not chosen)]
    entries += [
        (layout.translate(f"type.{name}"), count, _url(query, name), name == chosen)
        for name, count in sorted(counts.items())
    ]
    return [(layout.translate("search.kinds"), entries)] if counts else []


def _url(query: str, chosen: str) -> str:
    return "/search?" + urlencode({"q": query} | ({"type": chosen} if chosen else {}))
