"""Downloads of the papers (文书下载): which there are, who may have them now, one view each."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response

from content_types.meeting import Meeting, panels
from content_types.meeting.printouts.making import DOCX, PDF, made
from portal.files import disposition
from portal.layout import Layout
from portal.security import Permission

# Papers of a meeting and the forms they come in.
PAPERS = {
    "poster": ("pdf",),
    "guide": ("pdf",),
    "result-notice": ("pdf", "docx"),
    "filing-sheet": ("pdf", "docx"),
    "minutes": ("pdf", "docx"),
}


def may_print(name: str, meeting: Meeting, layout: Layout) -> bool:
    """Say whether a person may have a paper of the meeting now."""
    staff = panels.is_staff(meeting, layout)
    if name in ("poster", "guide"):
        return meeting.noticed_at is not None or (staff and meeting.approved_at is not None)
    if panels.visible_result(meeting, layout) is None:
        return False
    public = meeting.workflow_state in panels.PUBLIC
    return staff or name == "result-notice" or (name == "minutes" and public)


def _send(context: Meeting, request: Any) -> Response:
    name, _, ending = request.view_name.rpartition(".")
    layout = Layout(request, context)
    if not may_print(name, context, layout):
        raise HTTPNotFound
    media_type = DOCX if ending == "docx" else PDF
    response = Response(made(name, ending, context, layout), content_type=media_type)
    response.headers["Content-Disposition"] = disposition(f"{context.__name__}-{name}.{ending}")
    return response


def includeme(config: Any) -> None:
    """Register one view for every form of every paper."""
    for name, endings in PAPERS.items():
        for ending in endings:
            config.add_view(
                _send,
                context=Meeting,
                name=f"{name}.{ending}",
                permission=Permission.VIEW.value,
            )
