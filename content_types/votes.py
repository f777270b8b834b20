"""The votes of a person (投票列表): what is open, what comes, what it came to (EV-7.1)."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from content_types.meeting import eligibility, figures, turnout
from content_types.meeting.paper.opening import taking_part
from portal import catalog
from portal.layout import Layout
from portal.security import SITE_SCOPE

# A suspended vote stays among them, closed, until another is launched in its place (BJ-O5.4).
CURRENT = ("voting", "noticed", "suspended")
COUNTING = ("counting", "counted", "result_review", "resolved")
ENDED = (*COUNTING, "published", "archived")
MOST = 200


def meetings(request: Any, states: tuple[str, ...]) -> list[Any]:
    """Return the meetings in some states: of the person's communities, or all for a stranger."""
    account = request.account
    scopes = set() if account is None else {scope for _, scope in account.grants}
    stored = catalog.find(request, types=("meeting",), states=states, limit=MOST)
    found = [meeting for meeting in stored if not meeting.successor_oid]
    # Officers of the site and of offices see what lies below; owners see their own (EV-7.1.2).
    if account is None or account.kind == "staff" or SITE_SCOPE in scopes:
        return found
    return [meeting for meeting in found if meeting.community.scope_id in scopes]


def line(meeting: Any, layout: Layout) -> dict[str, Any]:
    """Return a meeting as one line: what it is, until when, and what the person did."""
    state = meeting.workflow_state
    found = {
        "title": meeting.title,
        "url": layout.url(meeting),
        "state": layout.state(meeting),
        "state_kind": layout.chip(meeting),
        "meta": [layout.community_title(meeting)],
        "summary": "；".join(motion.title for motion in meeting.motions()),
    }
    window = f"{layout.time(meeting.voting_opens_at)} — {layout.time(meeting.voting_closes_at)}"
    found["meta"].append(window)
    if state == "voting":
        found["meta"] += [layout.left(meeting.voting_closes_at), *so_far(meeting, layout)]
        if meeting.open_rights(layout.request):
            found |= {
                "state": layout.translate("votes.to_cast"),
                "state_kind": "open",
                "url": layout.url(meeting, "vote"),
            }
        elif _has_cast(meeting, layout.request):
            found |= {"state": layout.translate("votes.cast"), "state_kind": "done"}
    elif state in COUNTING:
        found["state"] = layout.translate("votes.counting")
    elif state in ENDED and meeting.result is not None:
        found |= {"url": layout.url(meeting, "result"), "state_kind": "done"}
    return found


def so_far(meeting: Any, layout: Layout) -> list[str]:
    """Return how many took part and, where the vote shows them, the votes per option (EV-7.4.3)."""
    shown = figures.visible(meeting)
    if shown is None or not turnout.may_see(meeting, layout.request, layout):
        return []
    found = [layout.translate("figures.voted", number=taking_part(meeting).heads)]
    for row in figures.rows(meeting, shown, layout.request) if shown.at else ():
        votes = " · ".join(f"{one['label']} {one['votes']}" for one in row["votes"])
        found.append(f"{row['title']}：{votes}")
    return found


def _has_cast(meeting: Any, request: Any) -> bool:
    """Say whether a ballot lies in the box for every right the person's units make."""
    account = request.account
    box = meeting.ballot_box
    if account is None or box is None or not account.subject_token:
        return False
    units = meeting.community["owners"].units_of(account.subject_token)
    rights = [box.roll.right_of(unit.code) for unit in units]
    known = [right for right in rights if right is not None]
    return bool(known) and all(box.slots[right.key].is_cast for right in known)


def own_ballots(request: Any, layout: Layout) -> list[dict[str, Any]]:
    """Return every ballot of the person in the site, newest first, with voucher and check."""
    found = []
    for meeting in catalog.find(request, types=("meeting",), states=("voting", *ENDED), limit=MOST):
        found += [
            (slot.at, _ballot_line(meeting, key, slot, layout))
            for key, slot in _own_slots(meeting, request)
        ]
    return [line for _, line in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _own_slots(meeting: Any, request: Any) -> list[tuple[str, Any]]:
    """Return right and slot of the ballots for the person's units that concern the person."""
    account, box = request.account, meeting.ballot_box
    if account is None or box is None:
        return []
    register = meeting.community["owners"]
    units = register.units_of(account.subject_token) if account.subject_token else []
    rights = {box.roll.right_of(unit.code) for unit in units} - {None}
    seen = [one.key for one in rights if eligibility.may_see_ballot(meeting, request, one)]
    return [(key, box.slots[key]) for key in sorted(seen)]


def _ballot_line(meeting: Any, key: str, slot: Any, layout: Layout) -> dict[str, Any]:
    box, register = meeting.ballot_box, meeting.community["owners"]
    at = layout.time(slot.cast_at)
    return {
        "title": meeting.title,
        "meta": [
            layout.translate("votes.cast_on", at=at),
            register.labels(box.cast_units(box.roll.rights[key])),
        ],
        "url": layout.url(meeting),
        "note": layout.translate("secrecy.voted") if meeting.is_secret else "",
        "voucher_url": "" if meeting.is_secret else layout.url(meeting, "voucher", key),
        "check_url": "" if meeting.is_secret else layout.url(meeting, "ballot-check", key),
        "choices": meeting.workflow_state in ("published", "archived"),
    }


@view_config(route_name="votes", renderer="skins:default/votes.pt")
def votes(request: Any) -> dict[str, Any]:
    """Show current and ended votes."""
    layout = Layout(request, request.site)
    current = sorted(meetings(request, CURRENT), key=lambda m: CURRENT.index(m.workflow_state))
    return {
        "current": [line(meeting, layout) for meeting in current],
        "ended": [line(meeting, layout) for meeting in meetings(request, ENDED)],
        "mine": own_ballots(request, layout),
        "stranger": request.account is None,
        "context": request.site,
    }
