"""The page of a plain container (栏目): what it holds, newest first where that is the question."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from portal import catalog, present
from portal.layout import Layout
from portal.paging import SIZE, batch
from portal.sections import Section
from portal.security import Permission
from portal.shared_pages import visitors
from portal.type_registry import addable_types

# Sections that grow for ever; the others keep the order of their names and stay short.
NEWEST_FIRST = frozenset({"announcements", "meetings", "archives"})


@view_config(
    context=Section,
    renderer="skins:default/section.pt",
    permission=Permission.VIEW.value,
    shared=visitors,
)
def show_section(context: Section, request: Any) -> dict[str, Any]:
    """Show one page of the objects the person may open, and what the person may add."""
    layout = Layout(request, context)
    types = list(addable_types(context))
    if context.section_name in NEWEST_FIRST and types:
        names = [cls.content_type_name for cls in types]
        total = catalog.find(request, within=context, types=names, limit=0).total
        pages = batch(request, total)
        children = list(catalog.find(request, within=context, types=names, start=pages["start"]))
    else:
        visible = [child for child in context.values() if layout.may_view(child)]
        pages = batch(request, len(visible))
        children = visible[pages["start"] : pages["start"] + SIZE]
    return {
        "item": context,
        "children": [_line(child, layout) for child in children],
        "batch": pages,
        "actions": [
            present.link(
                layout.translate(f"{cls.content_type_name}.add"),
                layout.url(context, "add", cls.content_type_name),
                "primary" if number == 0 else "secondary",
            )
            for number, cls in enumerate(types)
            if cls.schema is not None and layout.may(context, cls.add_permission)
        ],
    }


def _line(child: Any, layout: Layout) -> dict[str, Any]:
    day = layout.date(child.state_since or child.created_at)
    shown = present.line(child, layout, day if child.workflow_name else "")
    return shown | {"title": layout.title_of(child)}
