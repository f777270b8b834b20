"""Pages of a motion (议题页面): its own, and its line on the page of the meeting."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from content_types.motion import Motion
from portal import present
from portal.layout import Layout
from portal.security import Permission


@view_config(context=Motion, renderer="skins:default/motion.pt", permission=Permission.VIEW.value)
def show_motion(context: Motion, request: Any) -> dict[str, Any]:
    """Show one motion with its attachments."""
    layout = Layout(request, context)
    links = []
    if layout.may(context, Permission.EDIT):
        links = [
            present.link(layout.translate("motion.edit"), layout.url(context, "edit")),
            present.link(layout.translate("file.add"), layout.url(context, "attach")),
            present.link(layout.translate("motion.delete"), layout.url(context, "delete")),
        ]
    return {
        "item": context,
        "meeting": context.__parent__,
        "line": motion_line(context, layout),
        "files": present.files(context, layout),
        "actions": layout.actions(context, [], *links),
    }


def motion_line(motion: Motion, layout: Layout) -> dict[str, Any]:
    """Return one motion for the list on the meeting's page."""
    number = motion.__parent__.motions().index(motion) + 1
    return {
        "number": layout.translate("meeting.motion_number", number=number),
        "title": motion.title,
        "url": layout.url(motion),
        "matter": layout.translate(f"matter.{motion.matter}"),
        "mode": layout.translate(f"motion.mode.{motion.mode}"),
        "options": list(motion.labels(layout.request).values()),
        "seats": motion.seats,
    }
