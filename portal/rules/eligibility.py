"""Who may vote, when and why not (表决资格): a pure function over dated events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portal.rules.profile import Profile
from portal.rules.vote_events import CastFact, Facts, VoteEvent, facts_at

Channel = Literal["online", "terminal", "paper"]
Capacity = Literal["owner", "co_owner", "representative", "agent", "proxy"]


@dataclass(frozen=True)
class Attempt:
    """A person who wants to vote for a unit through a channel."""

    person: str
    unit: str
    channel: Channel = "online"


@dataclass(frozen=True)
class Answer:
    """Whether the attempt is allowed; if not, the reason code with message id and clause."""

    allowed: bool
    capacity: Capacity | None
    owner: str
    reason: str
    message: str
    clause: str


def may_vote(
    events: Iterable[VoteEvent], attempt: Attempt, instant: datetime, profile: Profile
) -> Answer:
    """Answer from what was known at ``instant``; later events never change the answer.

    ``owner`` of the answer is the person in whose right the ballot would count.
    """
    return judge(facts_at(events, instant), attempt, instant, profile)


def judge(facts: Facts, attempt: Attempt, instant: datetime, profile: Profile) -> Answer:
    """Answer one of many attempts from facts gathered once with ``facts_at``."""
    reason = _outside(facts, attempt, instant, profile)
    if reason:
        return _refused(profile, reason)
    found = _right(facts, attempt, instant, profile)
    if isinstance(found, str):
        return _refused(profile, found)
    capacity, owner = found
    reason = (
        _voted(facts, attempt, owner, profile)
        or _unidentified(facts, attempt, owner, profile)
        or _represented(facts, attempt, owner, profile)
    )
    if reason:
        return _refused(profile, reason)
    if capacity == "owner" and len(facts.owners[attempt.unit]) > 1:
        chosen = facts.representatives.get(attempt.unit) == owner
        capacity = "representative" if chosen else "co_owner"
    return Answer(allowed=True, capacity=capacity, owner=owner, reason="", message="", clause="")


def _refused(profile: Profile, reason: str) -> Answer:
    refusal = profile.refusals[reason]
    return Answer(
        allowed=False,
        capacity=None,
        owner="",
        reason=reason,
        message=refusal.message,
        clause=refusal.clause,
    )


def _outside(facts: Facts, attempt: Attempt, instant: datetime, profile: Profile) -> str:
    """Return why nobody could vote like this at this instant."""
    if attempt.channel == "paper" and profile.paper_mode.value == "none":
        return "paper_not_offered"
    if attempt.channel == "terminal" and not profile.assisted_terminal.value:
        return "terminal_not_offered"
    if facts.suspended:
        return "suspended"
    if facts.opens_at is None or facts.closes_at is None or instant < facts.opens_at:
        return "not_open"
    if instant >= facts.closes_at:
        return "paper_too_late" if attempt.channel == "paper" else "closed"
    return "" if attempt.unit in facts.scope else "out_of_scope"


def _right(
    facts: Facts, attempt: Attempt, instant: datetime, profile: Profile
) -> tuple[Capacity, str] | str:
    """Return capacity and owner, or the reason why the person has no right to the unit."""
    owners = facts.owners.get(attempt.unit, frozenset())
    if attempt.person in owners:
        return "owner", attempt.person
    ended = ""
    for organisation in sorted(owners):
        if (attempt.person, organisation) in facts.agents:
            until = facts.agents[attempt.person, organisation]
            if until is None or instant < until:
                return "agent", organisation
            ended = "agent_ended"
    appointors = [owner for owner in sorted(owners) if (attempt.person, owner) in facts.proxies]
    if appointors:
        return _proxy_right(facts, attempt, appointors, instant, profile)
    if ended:
        return ended
    former = facts.former_owners.get(attempt.unit, set())
    return "title_changed" if attempt.person in former else "not_owner"


def _proxy_right(
    facts: Facts, attempt: Attempt, appointors: list[str], instant: datetime, profile: Profile
) -> tuple[Capacity, str] | str:
    if not profile.proxy.value.allowed:
        return "proxy_not_offered"
    representative = facts.representatives.get(attempt.unit)
    appointors.sort(key=lambda appointor: appointor != representative)
    reason = ""
    for appointor in appointors:
        until = facts.proxies[attempt.person, appointor]
        if (attempt.person, appointor) in facts.cancelled:
            reason = reason or "proxy_cancelled"
        elif until is not None and instant >= until:
            reason = reason or "proxy_period"
        else:
            return "proxy", appointor
    return reason


def _voted(facts: Facts, attempt: Attempt, owner: str, profile: Profile) -> str:
    """Return the reason when a ballot already stands for the unit or for its owner group."""
    group = facts.owners[attempt.unit]
    on_unit = facts.casts.get(attempt.unit, [])
    casts = on_unit or facts.group_casts.get(group, [])
    electronic = [cast for cast in casts if cast.channel != "paper"]
    if attempt.channel == "paper" and electronic:
        return "electronic_vote_stands"
    every_channel = attempt.channel == "paper" or profile.cross_channel_precedence.value == "first"
    standing = casts if every_channel else electronic
    if not standing:
        return ""
    if on_unit:
        return _who_voted(facts, attempt, owner, standing[0])
    if profile.multi_unit.value != "one_ballot_one_head_autojoin":
        return "already_voted"
    # Binding is what links the unit to the earlier ballot, so it comes first.
    return "voted_before_joining" if (owner, attempt.unit) in facts.bound else "not_bound"


def _who_voted(facts: Facts, attempt: Attempt, owner: str, cast: CastFact) -> str:
    if cast.owner not in facts.owners[attempt.unit]:
        return "previous_owner_voted"
    if cast.person == attempt.person:
        return "already_voted"
    if cast.owner != owner:
        return "coowner_voted"
    return "already_voted" if cast.person == cast.owner else "proxy_voted"


def _unidentified(facts: Facts, attempt: Attempt, owner: str, profile: Profile) -> str:
    """Return what is missing or late in verification and binding, for the online channel.

    Paper and the assisted terminal show the document to a person instead (SZ-18, BJ-G9).
    """
    if attempt.channel != "online":
        return ""
    if attempt.person not in facts.verified or owner not in facts.verified:
        return "not_verified"
    if (owner, attempt.unit) not in facts.bound:
        return "not_bound"
    return "late_binding" if is_late(facts, owner, attempt.unit, profile) else ""


def is_late(facts: Facts, owner: str, unit: str, profile: Profile) -> bool:
    """Tell whether an owner verified or bound a unit too late to vote online (SZ-18)."""
    if profile.late_binding.value == "allowed" or facts.notice_at is None:
        return False
    return max(facts.bound[owner, unit], facts.verified[owner]) >= facts.notice_at


def _represented(facts: Facts, attempt: Attempt, owner: str, profile: Profile) -> str:
    """Return the reason when the co-owners chose somebody else (SZ-21.1)."""
    if profile.coowner_rule.value != "representative_then_first":
        return ""
    chosen = facts.representatives.get(attempt.unit)
    return "representative_chosen" if chosen is not None and chosen != owner else ""
