"""What leads on from the page of a meeting (会议页面操作): steps and pages, each for who may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from content_types.meeting import Meeting, linking, panels, publishing, why_page
from content_types.meeting.compare_views import may_compare
from content_types.meeting.evidence import handover
from content_types.meeting.guiding import GUIDABLE
from content_types.meeting.posting_views import POSTABLE
from content_types.meeting.stepping import offered_steps
from portal import present
from portal.layout import Layout
from portal.security import Permission

# Pages on which there is nothing to do but to read.
READ = ("compare", "binding-list", "can-i-vote", "calendar.ics", "evidence", "monitor")


def offered(item: Meeting, layout: Layout) -> list[dict[str, Any]]:
    """Return steps and pages for the person, without steps that have no sense here."""
    pages = (*_common_pages(item, layout), *_procedure_pages(item, layout))
    links = [
        present.link(
            layout.translate(label),
            layout.url(item) + path,
            "page" if path in READ else "secondary",
        )
        for label, path, shown in pages
        if shown
    ]
    return offered_steps(item, layout, *_buttons(item, layout), *links)


def _buttons(item: Meeting, layout: Layout) -> list[dict[str, Any]]:
    """Return the buttons that go on where a count failed or a vote was suspended."""
    if not layout.may(item, Permission.MEETING_RUN):
        return []
    state, found = item.workflow_state, []
    if state == "counting" and item.count_failure is not None:
        found.append(("try_again", "count.repeat", "recount"))
    if state == "suspended" and not item.successor_oid:
        found.append(("relaunch", "meeting.relaunch", "relaunch"))
    return [
        {
            "name": name,
            "title": layout.translate(title),
            "url": layout.url(item, page),
            "kind": "primary",
        }
        for name, title, page in found
    ]


def _common_pages(item: Meeting, layout: Layout) -> Iterator[tuple[str, str, Any]]:
    """Yield label and path of the pages for entry and vote, and whether to show each."""
    may, state, request = layout.may, item.workflow_state, layout.request
    rules = item.rules(request.registry)
    edits, adds = may(item, Permission.EDIT), may(item, Permission.MOTION_ADD)
    reads = state == "draft" and may(item, Permission.MEETING_SUBMIT)
    posts = publishing.takes_posting(item, request.registry) and may(item, Permission.MEETING_RUN)
    appoints = rules.proxy.value.allowed and may(item, Permission.PROXY_APPOINT)
    left = state == "noticed" or (state == "voting" and item.open_rights(request))
    assists = rules.assisted_terminal.value and may(item, Permission.KIOSK_RUN)
    asks = request.account is not None and state in why_page.OPEN_STATES
    yield "meeting.edit", "edit", edits
    yield "motion_template.title", "motion-templates", adds
    yield "motion.add", "add/motion", adds
    yield "linking.title", "link-notices", edits and linking.needed(item, layout)
    yield "file.add", "attach", edits
    yield "inaugural.title", "inaugural", edits and item.inaugural
    yield "second_reading.title", "second-reading", reads
    yield "meeting.compare", "compare", item.versions and may_compare(item, layout)
    yield "posting.title", "posting", posts
    yield "binding_list.title", "binding-list", item.binding_list is not None
    yield "objection.add", "add/objection", may(item, Permission.OBJECTION_ADD)
    yield "proxy.title", "proxy", appoints and left
    yield "why.title", "can-i-vote", asks
    yield "kiosk.title", "kiosk", assists and state == "voting"
    yield "meeting.calendar", "calendar.ics", state not in ("draft", "archived")


def _procedure_pages(item: Meeting, layout: Layout) -> Iterator[tuple[str, str, Any]]:
    """Yield the same of the pages for procedure, disputes and evidence."""
    may, state, has_box = layout.may, item.workflow_state, item.ballot_box is not None
    runs, reviews = may(item, Permission.MEETING_RUN), may(item, Permission.MEETING_REVIEW)
    staff = panels.is_staff(item, layout)
    extends = item.rules(layout.request.registry).extension.value.allowed
    hands = state in handover.OPEN or (state == "voting" and item.handover is not None)
    doubts = not item.is_secret and may(item, Permission.BALLOT_CASE_ADD)
    yield "extension.add", "extend", runs and state == "voting" and extends
    yield "guidance.add", "guidance", reviews and state in GUIDABLE
    yield "guide_posting.title", "guide-posting", runs and state in POSTABLE
    yield "complaint.add", "add/complaint", may(item, Permission.COMPLAINT_ADD)
    yield "ballot_case.add", "add/ballot_case", doubts
    yield "roster.title", "roster", runs and hands
    yield "sheets.title", "signed-sheets", item.result and staff
    yield "evidence.title", "evidence", has_box
    yield "monitor.title", "monitor", has_box and staff
