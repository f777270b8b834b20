"""Page of the binding list (绑定公示页面), a building at a time or whole for the printer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from content_types.meeting import Meeting
from content_types.meeting.binding_list import BindingLine
from portal.layout import Layout
from portal.security import Permission


@view_config(
    context=Meeting,
    name="binding-list",
    renderer="skins:default/binding_list.pt",
    permission=Permission.VIEW.value,
)
def binding_list(context: Meeting, request: Any) -> dict[str, Any]:
    """Show the masked binding list as it was published (SZ-14)."""
    if context.binding_list is None:
        raise HTTPNotFound
    by_building: dict[str, list[BindingLine]] = {}
    for line in context.binding_list:
        by_building.setdefault(line.building, []).append(line)
    whole = "all" in request.GET or len(by_building) < 2
    chosen = request.GET.get("building", "")
    if not whole and chosen not in by_building:
        chosen = next(iter(by_building))
    layout = Layout(request, context)
    here = layout.url(context, "binding-list")
    columns = context.binding_list.columns
    return {
        "item": context,
        "list": context.binding_list,
        "clause": context.rules(request.registry).documents["binding_list"].clause,
        "columns": [layout.translate(f"binding_list.{name}") for name in columns],
        "lines": [
            _cells(line, columns, layout)
            for line in (context.binding_list if whole else by_building[chosen])
        ],
        "parts": [
            (title, f"{here}?building={quote(title)}", not whole and title == chosen)
            for title in by_building
        ],
        "whole_url": f"{here}?all=1",
        "whole": whole,
    }


def _cells(line: BindingLine, columns: tuple[str, ...], layout: Layout) -> list[str]:
    """Return the cells of a line, in the order of the columns."""
    words = line._asdict() | {
        "bound_at": layout.time(line.bound_at),
        "binding_state": layout.translate(f"binding_list.{line.binding_state}"),
    }
    return [words[name] for name in columns]
