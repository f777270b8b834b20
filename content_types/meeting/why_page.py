"""Can I vote, and why (我能投票吗): the answer for each unit, from the day of the notice on."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from content_types import acting
from content_types.meeting import Meeting, eligibility
from content_types.proxy_appointment import book
from portal.layout import Layout
from portal.rules.eligibility import is_late
from portal.rules.masking import mask_name
from portal.security import Permission
from portal.views.law import edition

OPEN_STATES = ("noticed", "voting", "suspended")
# What helps, by the reason: message id of the link and the page it leads to.
PAGES = {
    "not_verified": ("vote.go_verify", "me/identity"),
    "not_bound": ("vote.go_bind", "me/bind"),
}
VOUCHER = ("already_voted", "coowner_voted", "proxy_voted", "previous_owner_voted")
OBJECTION = ("not_owner", "title_changed", "late_binding")
# Reasons that rest on a change of title.
TITLE = ("title_changed", "previous_owner_voted")
# Reasons that say the ballot of the unit is in the box.
VOTED = (
    "already_voted",
    "voted_before_joining",
    "coowner_voted",
    "previous_owner_voted",
    "proxy_voted",
)


@view_config(
    context=Meeting,
    name="can-i-vote",
    renderer="skins:default/can_i_vote.pt",
    permission=Permission.ACCOUNT_OWN.value,
)
def can_i_vote(context: Meeting, request: Any) -> dict[str, Any]:
    """Print reason, clause and facts for each unit, and the next step when the answer is no."""
    layout, account = Layout(request, context), request.account
    if context.workflow_state not in OPEN_STATES or not layout.may_view(context):
        raise HTTPNotFound
    profile = context.rules(request.registry)
    lines = [
        _line(context, one, layout) for one in eligibility.unit_answers(context, request, account)
    ]
    nothing = None
    if not lines:
        none = eligibility.without_right(context, account)
        reason = "not_verified" if account.verified_at is None else none
        told = profile.refusals[reason]
        nothing = {
            "text": layout.translate(told.message),
            "clause": told.clause,
            "reason": reason,
            "steps": [
                *_steps(context, reason, None, layout),
                (layout.translate("agent.title"), layout.url(context.community, "agent")),
            ],
        }
    return {
        "item": context,
        "lines": lines,
        "nothing": nothing,
        "opens": layout.time(context.voting_opens_at),
        "closes": layout.time(context.voting_closes_at),
        "rules": edition(profile, layout),
    }


def _line(meeting: Meeting, one: eligibility.UnitAnswer, layout: Layout) -> dict[str, Any]:
    answer = one.answer
    if not answer.allowed:
        text = layout.translate(answer.message)
    elif meeting.workflow_state == "voting":
        text = layout.translate("why.now", left=layout.left(meeting.voting_closes_at))
    else:
        text = layout.translate("why.soon", at=layout.time(meeting.voting_opens_at))
    if answer.allowed:
        chip = ("open", layout.translate("why.yes"))
    elif answer.reason in VOTED:
        chip = ("done", layout.translate("turnout.voted"))
    else:
        chip = ("refused", layout.translate("why.no"))
    return {
        "chip": chip,
        "unit": one.unit.label,
        "area": layout.area(one.unit.exclusive_area),
        "allowed": answer.allowed,
        "text": text,
        "as": layout.translate(f"why.as.{answer.capacity}") if answer.capacity else "",
        "reason": answer.reason,
        "clause": answer.clause,
        "facts": _facts(meeting, one, layout),
        "steps": _steps(meeting, answer.reason, one, layout),
    }


def _facts(meeting: Meeting, one: eligibility.UnitAnswer, layout: Layout) -> list[tuple[str, str]]:
    """Return the dated facts the answer rests on; other people's names are masked."""
    facts, code, vault = one.facts, one.unit.code, layout.request.vault
    profile = meeting.rules(layout.request.registry)
    owners = facts.owners.get(code, frozenset())
    number = layout.translate("why.persons", number=len(owners))
    found = [("why.fact.owners", number)]
    owner = one.answer.owner or (one.person if one.person in owners else "")
    if owner in facts.verified:
        found.append(("why.fact.verified", layout.time(facts.verified[owner])))
    if (owner, code) in facts.bound:
        late = owner in facts.verified and is_late(facts, owner, code, profile)
        note = layout.translate("why.late") if late else ""
        found.append(("why.fact.bound", layout.time(facts.bound[owner, code]) + note))
    if one.answer.reason in TITLE:
        words = layout.translate(f"law.title_change.{profile.title_change.value}")
        found.append(("law.title_change", words))
    if facts.notice_at is not None:
        found.append(("why.fact.notice", layout.time(facts.notice_at)))
    chosen = facts.representatives.get(code)
    if chosen is not None:
        found.append(("why.fact.representative", mask_name(one.unit.holder_name(vault, chosen))))
    for organisation in owners:
        if (one.person, organisation) in facts.agents:
            until = facts.agents[one.person, organisation]
            found.append(("why.fact.agent", layout.time(until) or layout.translate("why.no_end")))
    found += [
        ("why.fact.proxy", layout.time(until))
        for (proxy, appointor), until in facts.proxies.items()
        if proxy == one.person and appointor in owners
    ]
    return [(layout.translate(name), text) for name, text in found]


def _steps(
    meeting: Meeting, reason: str, one: eligibility.UnitAnswer | None, layout: Layout
) -> list[tuple[str, str]]:
    """Return what the person can do next: words and address; without address it is advice."""
    say, url = layout.translate, layout.url
    found: list[tuple[str, str]] = []
    if not reason and one is not None:
        if meeting.workflow_state == "voting":
            found.append((say("vote.go"), url(meeting, "vote", right=one.right.key)))
        return found + _before_voting(meeting, one, layout)
    found.append((say(f"why.next.{reason}"), ""))
    if reason in PAGES:
        label, page = PAGES[reason]
        found.append((say(label), url(page)))
    elif (
        reason in VOUCHER
        and one is not None
        and eligibility.may_see_ballot(meeting, layout.request, one.right)
    ):
        found.append((say("vote.see_voucher"), url(meeting, "voucher", one.right.key)))
    elif reason in OBJECTION and layout.may(meeting, Permission.OBJECTION_ADD):
        found.append((say("objection.add"), url(meeting, "add", "objection")))
    return found + _acting_links(meeting, one, layout)


def _before_voting(
    meeting: Meeting, one: eligibility.UnitAnswer, layout: Layout
) -> list[tuple[str, str]]:
    """Return what an owner may do instead of voting himself."""
    profile, found = meeting.rules(layout.request.registry), []
    capacity = one.answer.capacity
    if profile.proxy.value.allowed and capacity != "proxy":
        found.append((layout.translate("proxy.title"), layout.url(meeting, "proxy")))
    if capacity == "co_owner" and profile.coowner_rule.value == "representative_then_first":
        register = meeting.community["owners"]
        address = layout.url(register, "choose-representative", *one.unit.code.split("/"))
        found.append((layout.translate("why.choose"), address))
    return found + _acting_links(meeting, one, layout)


def _acting_links(
    meeting: Meeting, one: eligibility.UnitAnswer | None, layout: Layout
) -> list[tuple[str, str]]:
    """Return the choices, letters and appointments of this unit that the person may open."""
    if one is None:
        return []
    register = meeting.community["owners"]
    items = [*acting.choices_for(register, one.unit.code), *acting.letters_of(register, one.person)]
    for holder in one.unit.holders:
        items += book.given_by(meeting, holder.person)
    return [
        (
            f"{layout.translate('type.' + item.content_type_name)} · {layout.state(item)}",
            layout.url(item),
        )
        for item in items
        if layout.may_view(item)
    ]
