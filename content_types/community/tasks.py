"""What the person can do now (我能做什么), for the home pages and the person's own page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from portal import catalog
from portal.layout import Layout
from portal.security import Permission
from portal.views.queue import waiting_for

ICONS = {"convenor_request": "person-check", "meeting": "calendar-event", "objection": "chat-text"}
MOST = 6
# What other parts of the site ask of a person, each as ``function(request, layout)``.
_SOURCES: list[Callable[[Any, Layout], Iterator[dict[str, Any]]]] = []
# Types whose addressee is asked for an answer.
ASKED = ("proxy_appointment", "coowner_choice")


def add_source(function: Callable[[Any, Layout], Iterator[dict[str, Any]]]) -> None:
    """Let ``function(request, layout)`` yield further tasks of the person."""
    if function not in _SOURCES:
        _SOURCES.append(function)


def tasks_for(request: Any, layout: Layout, place: Any = None) -> list[dict[str, Any]]:
    """Return the person's next acts for the component ``tasks``, the most urgent first."""
    found = [
        *_votes(request, layout, place),
        *_asked(request, layout),
        *(one for source in _SOURCES for one in source(request, layout)),
        *_person(request, layout),
        *_work(request, layout),
    ]
    return found[:MOST]


def open_meetings(request: Any, place: Any = None) -> list[Any]:
    """Return the meetings whose vote is open and that the person may see."""
    return list(
        catalog.find(request, types=("meeting",), states=("voting",), within=place, limit=50)
    )


def _votes(request: Any, layout: Layout, place: Any) -> Iterator[dict[str, Any]]:
    """Yield the open votes in which the person still has a ballot to cast."""
    for meeting in open_meetings(request, place):
        if not layout.may(meeting, Permission.BALLOT_CAST):
            continue
        if meeting.open_rights(request):
            yield {
                "title": meeting.title,
                "text": layout.translate("task.vote", place=layout.community_title(meeting)),
                "url": layout.url(meeting, "vote"),
                "action": layout.translate("task.vote_action"),
                "icon": "check2-square",
                "urgent": True,
                "left_text": layout.left(meeting.voting_closes_at),
            }


def _asked(request: Any, layout: Layout) -> Iterator[dict[str, Any]]:
    """Yield what others ask of the person: to vote for them, or to agree on who votes."""
    account = request.account
    if account is None:
        return
    for item in catalog.find(request, types=ASKED, states=("offered", "proposed"), limit=50):
        if account.id in item.addressee and item.waits_for(account):
            yield _task(layout, item.content_type_name, layout.url(item), "person-check")


def _person(request: Any, layout: Layout) -> Iterator[dict[str, Any]]:
    """Yield what is missing before the person can take part."""
    account = request.account
    if account is None:
        yield _task(layout, "register", layout.url("register"), "person-plus")
    elif account.kind == "owner" and account.verified_at is None:
        yield _task(layout, "verify", layout.url("me/identity"), "person-vcard")
    elif account.kind == "owner" and not any(role == "owner" for role, _ in account.grants):
        yield _task(layout, "bind", layout.url("me/bind"), "building")


def _work(request: Any, layout: Layout) -> Iterator[dict[str, Any]]:
    """Yield what waits for the person's decision or next step."""
    for item, steps in waiting_for(request)[:MOST]:
        kind = item.content_type_name
        parts = (layout.translate(f"type.{kind}"), layout.community_title(item), layout.state(item))
        yield {
            "title": item.title,
            "text": " · ".join(part for part in parts if part),
            "url": layout.url(item),
            "action": layout.step(item, steps[0].name),
            "icon": ICONS.get(kind, "inbox"),
        }


def _task(layout: Layout, name: str, url: str, icon: str) -> dict[str, Any]:
    return {
        "title": layout.translate(f"task.{name}_title"),
        "text": layout.translate(f"task.{name}"),
        "url": url,
        "action": layout.translate(f"task.{name}_action"),
        "icon": icon,
    }
