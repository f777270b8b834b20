"""Turnout (投票进度): how many took part by heads and area, who has not voted yet, reminders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.building import by_address
from content_types.meeting import Meeting, eligibility, figures, forecast
from content_types.meeting.panels import is_staff
from content_types.meeting.paper.opening import returned_rights, taking_part
from portal import audit, clock, notify
from portal.content import by_oid, oid
from portal.errors import PortalError
from portal.layout import Layout
from portal.outbox import job
from portal.rules.days import local_date
from portal.rules.number import percent
from portal.rules.visibility import progress_visible
from portal.security import Permission

BATCH = 200


def may_see(meeting: Meeting, request: Any, layout: Layout) -> bool:
    """Say whether the asking person may see the turnout (SZ-17.1, SZ-17.3).

    Staff and owners as the profile says: all owners, or only after their own vote.
    """
    if meeting.ballot_box is None or not layout.may(meeting, Permission.TURNOUT_VIEW):
        return False
    if meeting.workflow_state not in ("voting", "counting"):
        return True
    profile = meeting.rules(request.registry)
    if is_staff(meeting, layout):
        return progress_visible(profile, "convenor", has_voted=False)
    if progress_visible(profile, "owner", has_voted=False) or request.account is None:
        return progress_visible(profile, "owner", has_voted=False)
    mine = eligibility.claims(meeting, request, request.account)
    voted = any(meeting.ballot_box.slots[one.right.key].is_cast for one in mine)
    return progress_visible(profile, "owner", has_voted=voted)


def panel(meeting: Meeting, request: Any, layout: Layout) -> dict[str, Any] | None:
    """Return the turnout for the meeting's page, or None for who may not see it."""
    if not may_see(meeting, request, layout):
        return None
    url = layout.url(meeting, "turnout") if layout.may(meeting, Permission.TURNOUT_UNITS) else ""
    quorum = forecast.marks(meeting, request.registry)
    return {
        "bars": bars(meeting, layout, quorum),
        "lines": [*forecast.lines(meeting, layout), *_delay(meeting, layout)],
        "figures": figures.panel(meeting, layout),
        "url": url,
    }


def _delay(meeting: Meeting, layout: Layout) -> list[str]:
    """Say that the numbers lag, so that nobody misses the ballot just cast."""
    return [layout.translate("turnout.lags")] if meeting.workflow_state == "voting" else []


def bars(
    meeting: Meeting, layout: Layout, quorum: Sequence[str] = ("", "")
) -> list[dict[str, Any]]:
    """Return the two measures as progress bars, with their numbers and where the quorum stands."""
    done, totals = taking_part(meeting), meeting.ballot_box.roll.totals
    heads = layout.translate("turnout.heads_text", done=done.heads, all=totals.heads)
    area = layout.translate(
        "turnout.area_text", done=layout.area(done.area), all=layout.area(totals.area)
    )
    shares = [percent(*pair) for pair in zip(done, totals, strict=True)]
    return [
        {
            "label": layout.translate(f"turnout.{name}"),
            "value_text": layout.together(text, f"{share} %"),
            "percent": share,
            "mark": mark,
        }
        for name, text, share, mark in zip(
            ("heads", "area"), (heads, area), shares, quorum, strict=True
        )
    ]


@view_config(
    context=Meeting,
    name="turnout",
    renderer="skins:default/turnout.pt",
    permission=Permission.TURNOUT_UNITS.value,
)
def show_turnout(context: Meeting, request: Any) -> dict[str, Any]:
    """Show unit by unit who has voted; never what (SZ-17.1)."""
    if context.ballot_box is None:
        raise HTTPNotFound
    layout = Layout(request, context)
    voted = voted_units(context)
    counted: dict[str, Counter[bool]] = {}
    found: dict[str, list[dict[str, Any]]] = {}
    for unit in by_address(context.community["owners"].units()):
        if context.ballot_box.roll.right_of(unit.code) is None:
            continue
        done = unit.code in voted
        counted.setdefault(unit.building, Counter())[done] += 1
        found.setdefault(unit.building, []).append(_cell(unit, layout, done=done))
    chosen = request.GET.get("building", "")
    chosen = chosen if chosen in found else next(iter(found), "")
    accounts = non_voters(context)
    return {
        "item": context,
        "bars": bars(context, layout, forecast.marks(context, request.registry)),
        "lines": forecast.lines(context, layout),
        "figures": figures.panel(context, layout),
        "delay": layout.translate(
            "turnout.delay" if context.ballot_box.figures is None else "turnout.delay_figures"
        ),
        "channels": [
            (
                layout.translate(f"result.channel.{name}"),
                layout.translate("turnout.ballots", number=number),
            )
            for name, number in channels(context).items()
        ],
        "buildings": [
            {
                "title": name,
                "url": layout.url(context, "turnout") + f"?building={name}",
                "current": name == chosen,
                "voted": numbers[True],
                "all": numbers.total(),
            }
            for name, numbers in counted.items()
        ],
        "building": chosen,
        "units": found.get(chosen, []),
        "remind": len(accounts) if context.workflow_state == "voting" else 0,
        "reminded": [(layout.time(at), count) for at, count in reversed(context.reminders)],
        "may_remind": context.workflow_state == "voting" and not _reminded_today(context),
    }


def voted_units(meeting: Meeting) -> set[str]:
    """Return the codes of the units for which a ballot lies in the box or was returned on paper."""
    box = meeting.ballot_box
    on_paper = {code for key in returned_rights(meeting) for code in box.roll.rights[key].units}
    return on_paper.union(*(box.cast_units(right) for right in box.roll.rights.values()))


def channels(meeting: Meeting) -> Counter[str]:
    """Return the voting rights by the way their ballot came; a paper counts where none stands."""
    slots = meeting.ballot_box.slots
    found = Counter(slot.channel for slot in slots.values() if slot.is_cast)
    on_paper = [key for key in returned_rights(meeting) if not slots[key].is_cast]
    return found + Counter(paper=len(on_paper))


def non_voters(meeting: Meeting) -> dict[str, list[str]]:
    """Return the units without a ballot by the account that is bound to them (SZ-17.2)."""
    box, register = meeting.ballot_box, meeting.community["owners"]
    on_paper = returned_rights(meeting)
    found: dict[str, list[str]] = {}
    for right in box.roll.rights.values():
        if right.key in on_paper or box.slots[right.key].is_cast:
            continue
        for unit in filter(None, map(register.unit, right.units)):
            for binding in unit.bindings:
                if unit.holder(binding.person) is not None:
                    found.setdefault(binding.account_id, []).append(unit.label)
    return found


@view_config(
    context=Meeting,
    name="remind",
    request_method="POST",
    permission=Permission.TURNOUT_UNITS.value,
)
def remind(context: Meeting, request: Any) -> Any:
    """Promise a reminder to everybody bound to a unit that has not voted, once a day."""
    if context.workflow_state != "voting":
        raise PortalError("turnout.not_voting", status=409)
    if _reminded_today(context):
        raise PortalError("turnout.reminded_today", status=409)
    accounts = sorted(non_voters(context))
    for start in range(0, len(accounts), BATCH):
        batch = {"meeting": oid(context), "accounts": accounts[start : start + BATCH]}
        request.site.outbox.put("meeting.remind", batch)
    context.reminders = (*context.reminders, (clock.now(), len(accounts)))
    audit.record(request, "meeting.remind", context, accounts=len(accounts))
    request.session.flash(["success", "turnout.remind_done"])
    return HTTPSeeOther(request.resource_path(context, "turnout"))


@job("meeting.remind")
def send_reminders(request: Any, meeting: int, accounts: list[str]) -> None:
    """Remind a batch of accounts; who voted since then is left alone."""
    item = by_oid(request.site, meeting)
    waiting = non_voters(item) if item.workflow_state == "voting" else {}
    layout = Layout(request, item)
    link = request.resource_path(item)
    for account_id in accounts:
        if account_id in waiting:
            values = {
                "unit": "、".join(waiting[account_id]),
                "title": item.title,
                "end": layout.time(item.voting_closes_at),
            }
            notify.send(request, account_id, "vote.reminder", values, link=link)


def _reminded_today(meeting: Meeting) -> bool:
    today = local_date(clock.now())
    return any(local_date(at) == today for at, _ in meeting.reminders)


def _cell(unit: Any, layout: Layout, *, done: bool) -> dict[str, Any]:
    return {
        "name": unit.title,
        "word": layout.translate("turnout.voted" if done else "turnout.not_voted"),
        "kind": "done" if done else "waiting",
    }
