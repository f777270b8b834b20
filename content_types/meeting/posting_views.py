"""Forms for what was posted in the area (张贴登记): notice, result, and guide with the code."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.meeting import Meeting
from content_types.meeting.publishing import takes_posting
from content_types.posting import Posting, PostingSchema, take
from portal import audit, i18n
from portal.forms import Form
from portal.security import Permission

FORM = "skins:default/form.pt"
# When guide and code can hang in the area.
POSTABLE = ("approved", "noticed", "voting")


@view_config(
    context=Meeting, name="posting", renderer=FORM, permission=Permission.MEETING_RUN.value
)
def note_posting(context: Meeting, request: Any) -> Any:
    """Take place, time and photo of the physical posting of notice or result (SZ-29)."""
    if not takes_posting(context, request.registry):
        raise HTTPNotFound

    def keep(made: Posting) -> None:
        if context.workflow_state == "approved":
            context.posting = made
        else:
            context.result_posting = made
        context.remember(request.account_id, "posted", comment=made.place)
        audit.record(request, "meeting.posting", context)

    clause = context.rules(request.registry).physical_posting.clause
    return _page(context, request, keep, "posting", clause)


@view_config(
    context=Meeting, name="guide-posting", renderer=FORM, permission=Permission.MEETING_RUN.value
)
def note_guide_posting(context: Meeting, request: Any) -> Any:
    """Take place, time and photo of the posted guide and code of the meeting (SZ-8)."""
    if context.workflow_state not in POSTABLE:
        raise HTTPNotFound

    def keep(made: Posting) -> None:
        context.guide_posting = made
        context.remember(request.account_id, "guide_posted", comment=made.place)
        audit.record(request, "meeting.guide_posting", context)

    clause = context.rules(request.registry).clauses["guide_posting"]
    return _page(context, request, keep, "guide_posting", clause)


def _page(meeting: Meeting, request: Any, keep: Any, what: str, clause: str) -> Any:
    """Show the form, or keep the evidence and go back to the meeting."""
    form = Form(PostingSchema(), request)
    if form.take(lambda values: take(values, meeting, request)):
        keep(form.made)
        request.session.flash(["success", "posting.done"])
        return HTTPSeeOther(request.resource_url(meeting))
    return {
        "item": meeting,
        "form": form.render(),
        "heading": i18n.message(f"{what}.title"),
        "intro": i18n.message(f"{what}.intro"),
        "clause": clause,
    }
