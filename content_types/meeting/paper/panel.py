"""What the meeting's page says about its paper vote (会议页面的书面投票)."""

from __future__ import annotations

from typing import Any

from content_types.meeting.paper.opening import awaits_paper, box_roles, officers, round_of
from content_types.meeting.paper.sheet import statement
from portal.layout import Layout


def section(meeting: Any, layout: Layout) -> dict[str, Any] | None:
    """Return whether caller, counter and monitor are appointed, and what the count waits for.

    Everybody reads it; only those with a part in the paper vote get the way to its pages.
    """
    paper = round_of(meeting)
    if paper is None:
        return None
    say, request = layout.translate, layout.request
    held = officers(paper, request)
    texts = [
        say("paper.appointed_as", role=say(f"role.{role}"), number=len(held[role]))
        for role in box_roles(paper, request)
    ]
    if paper.opened_at is not None:
        texts.append(f"{say('paper.opened_at')} {layout.time(paper.opened_at)}")
    if meeting.workflow_state == "counting" and awaits_paper(meeting):
        texts.append(say("paper.pending"))
    if paper.audit is not None and statement(paper, layout):
        texts.append(statement(paper, layout))
    found: dict[str, Any] = {"id": "paper", "title": say("section.paper"), "texts": texts}
    if layout.may_view(paper):
        found["items"] = [{"title": say("paper.go.round"), "url": layout.url(paper)}]
    return found
