"""Pages of a meeting: what it is, what is next, who must act, what is missing."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting import (
    Meeting,
    page_links,
    panels,
    publishing,
    side_panels,
    standing,
    timeline,
    turnout,
)
from content_types.meeting.facts import HOW, WHERE, facts, totals
from content_types.meeting.motion_views import motion_line
from content_types.meeting.stepping import first_obstacle
from content_types.meeting.trustees.steps import waiting
from content_types.meeting.trustees.views import sealing_line
from portal import i18n, present
from portal.content import by_oid
from portal.files import disposition
from portal.layout import Layout
from portal.rules.profile_files import digest
from portal.security import Permission
from portal.views.law import name_of, page_of


@view_config(context=Meeting, renderer="skins:default/meeting.pt", permission=Permission.VIEW.value)
def show(context: Meeting, request: Any) -> dict[str, Any]:
    """Show the meeting as it stands for the person who looks."""
    layout = Layout(request, context)
    staff = layout.may(context, Permission.MEETING_RUN) or layout.may(
        context, Permission.MEETING_REVIEW
    )
    notice = by_oid(request.site, context.notice_oid) if context.notice_oid else None
    profile = context.rules(request.registry)
    offered = page_links.offered(context, layout)
    return {
        "item": context,
        "community": context.community,
        "profile": profile,
        "timeline": timeline.items(context, layout),
        "motions": [motion_line(motion, layout) for motion in context.motions()],
        "files": _files(context, layout),
        "notice": present.line(notice, layout) if notice is not None else None,
        "postings": [
            present.posting(context, evidence, layout)
            for evidence in (context.posting, context.guide_posting, context.result_posting)
            if evidence is not None
        ],
        "objections": [
            present.line(one, layout, layout.time(one.created_at))
            for one in context.objections()
            if layout.may_view(one)
        ],
        "vote": panels.vote(context, request, layout),
        "sealing": sealing_line(context, request, layout),
        "turnout": turnout.panel(context, request, layout),
        "results": standing.results(context, layout),
        "publishing": publishing.words(context, layout) if staff else "",
        "blocked": _blocked(context, request, layout),
        "history": present.history(context, layout) if staff else [],
        "actions": [one for one in offered if one["kind"] != "page"],
        "pages": [one for one in offered if one["kind"] == "page"],
        "sections": side_panels.sections(context, layout),
        "staff": staff,
        "facts": _facts(context, layout),
    }


def _facts(item: Meeting, layout: Layout) -> list[tuple[str, str]]:
    """Return what the notice says in short."""
    name = name_of(item.rules(layout.request.registry), layout)
    rules = (layout.translate("meeting.rules"), name)
    heads_and_area = totals(item.confirmation, layout)[1:]
    return [*facts(item, layout, *HOW, *WHERE), rules, *heads_and_area]


def _files(item: Meeting, layout: Layout) -> list[dict[str, Any]]:
    """Return the attachments without the photos that are shown as evidence of a posting."""
    evidences = (item.posting, item.result_posting, item.guide_posting)
    photos = {evidence.photo_id for evidence in evidences if evidence}
    return present.files(item, layout, without=photos)


def _blocked(item: Meeting, request: Any, layout: Layout) -> str:
    """Say why the vote has not opened although its time has come, or why the count stopped."""
    if item.workflow_state == "counting" and item.count_failure is not None:
        at, reason = layout.time(item.count_failure.at), item.count_failure.reason
        return layout.translate("count.failed", at=at, reason=reason)
    waits = waiting(item, request)
    if waits or item.workflow_state != "noticed":
        return waits
    error = first_obstacle(item, "open_voting", request)
    if error is None or error.message_id == "guard.window_open":
        return ""
    return request.localizer.translate(i18n.of_error(error))


@view_config(
    context=Meeting,
    name="rules",
    renderer="skins:default/law_profile.pt",
    permission=Permission.VIEW.value,
)
def show_rules(context: Meeting, request: Any) -> dict[str, Any]:
    """Show the rules the meeting keeps, and whether their file says something else by now."""
    profile = context.rules(request.registry)
    layout = Layout(request, context)
    present_one = request.registry.profiles.get(profile.id)
    changed = present_one is None or digest(present_one) != digest(profile)
    note = layout.translate("law.pinned", label=profile.label) if changed else ""
    return page_of(profile, layout) | {"note": note, "item": context}


@view_config(context=Meeting, name="calendar.ics", permission=Permission.VIEW.value)
def calendar(context: Meeting, request: Any) -> Response:
    """Send the time line as an iCalendar file."""
    body = timeline.calendar_file(context, Layout(request, context))
    response = Response(body, content_type="text/calendar", charset="utf-8")
    response.headers["Content-Disposition"] = disposition(f"{context.__name__}.ics")
    return response
