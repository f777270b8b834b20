"""Who may cast which right now, and why not (表决资格): from the register to the rules.

What is on record is turned into dated events (``recorded``); the verdict on them is that of
``portal.rules.eligibility`` and carries the clause of the meeting's profile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from content_types import acting
from content_types.meeting import scope
from content_types.meeting.recorded import events_of, holders_at_cast, units_in
from content_types.meeting.roll import Right, rights_among
from content_types.meeting.slots import caster_token
from content_types.proxy_appointment import book as proxies
from portal import clock
from portal.rules import proxies as proxy_rules
from portal.rules import vote_events as events
from portal.rules.eligibility import Answer, Attempt, Channel, judge
from portal.rules.errors import RuleError
from portal.rules.one_ballot import covered_units
from portal.rules.profile import Profile
from portal.security import Role


@dataclass(frozen=True)
class Claim:
    """What an account may do with one right: the verdict and the units its ballot would cover."""

    right: Right
    answer: Answer
    covered: tuple[str, ...] = ()
    # The appointment under which a proxy would cast it.
    authority: Any = None

    @property
    def allowed(self) -> bool:
        """Whether a ballot would be accepted."""
        return self.answer.allowed


def claims(meeting: Any, request: Any, account: Any, *, channel: Channel = "online") -> list[Claim]:
    """Return what an account may do with every right it has to do with.

    Before the vote opens the answer is that of the opening, from what is known now.
    """
    units = units_of(meeting, account)
    return [
        claim_of(meeting, request, account, right, channel=channel)
        for right in _rights(meeting, request, units)
    ]


def claim(
    meeting: Any, request: Any, account: Any, right_key: str, *, channel: Channel = "online"
) -> Claim:
    """Return what an account may do with one right; RuleError when there is no such right."""
    right = meeting.ballot_box.roll.rights.get(right_key)
    if right is None:
        raise meeting.rules(request.registry).refuse("out_of_scope")
    return claim_of(meeting, request, account, right, channel=channel)


def check_matters(claim: Claim, marked: Iterable[str], profile: Profile) -> None:
    """Refuse a proxy's marks on a motion his authorisation leaves out (SZ-20.2)."""
    if claim.authority is not None:
        proxy_rules.check_matters(profile, claim.authority.matters, list(marked))


def hold(meeting: Any, claim: Claim, marked: Iterable[str], profile: Profile) -> None:
    """Make the commit of a cast fail when what gives the right to it ends meanwhile."""
    check_matters(claim, marked, profile)
    register, codes = meeting.community["owners"], claim.right.units
    grounds = [*units_in(meeting, claim.right)]  # A sale or an unbinding.
    grounds += [one for code in codes for one in acting.choices_for(register, code)]
    grounds += [] if claim.authority is None else [claim.authority]
    if claim.answer.capacity == "agent":
        grounds += acting.letters_for(register, claim.answer.owner)
    for one in grounds:
        if one._p_jar is not None:  # noqa: SLF001 - the connection checks the read at the commit.
            one._p_jar.readCurrent(one)  # noqa: SLF001


def refusal(profile: Profile, answer: Answer) -> RuleError:
    """Return the error that tells a refused answer; the caller raises it."""
    return profile.refuse(answer.reason)


def units_of(meeting: Any, account: Any) -> list[Any]:
    """Return the units an account holds, acts for by letter or appointment, or has bound."""
    if account is None:
        return []
    register, person = meeting.community["owners"], account.subject_token
    letters = acting.letters_of(register, person)
    people = [person, *(letter.organisation for letter in letters)] if person else []
    people += proxies.principals_of(meeting, person) if person else []
    units = (unit for one in people for unit in register.units_of(one))
    found = list({unit.code: unit for unit in units}.values())
    if found or not any(role == Role.OWNER for role, _ in account.grants):
        return found
    # A person who acts for an organisation holds nothing, but has bound its units.
    return [u for u in register.units() if any(b.account_id == account.id for b in u.bindings)]


def without_right(meeting: Any, account: Any) -> str:
    """Return why an account has no right at all in a vote, as a refusal code."""
    return "out_of_scope" if units_of(meeting, account) else "not_owner"


def open_rights(meeting: Any, request: Any) -> list[Claim]:
    """Return the rights the asking account may cast now."""
    box, account = meeting.ballot_box, request.account
    if box is None or account is None or meeting.workflow_state != "voting":
        return []
    return [one for one in claims(meeting, request, account) if one.allowed]


def is_own(meeting: Any, request: Any, right: Right) -> bool:
    """Say whether the asking account cast the ballot of a right."""
    box, account = meeting.ballot_box, request.account
    slot = box.slots[right.key]
    if account is None or not slot.is_cast:
        return False
    return bool(slot.caster == caster_token(request, box.meeting_id, account.id))


def may_see_ballot(meeting: Any, request: Any, right: Right) -> bool:
    """Say whether the ballot of a right is the asking account's business.

    It is that of who cast it, by account or as a proxy anywhere, and of who held its units then or
    is bound for such an organisation; not of who bought a unit since.
    """
    box, account = meeting.ballot_box, request.account
    if account is None or not box.slots[right.key].is_cast:
        return False
    if is_own(meeting, request, right):
        return True
    people = holders_at_cast(meeting, right)
    authority = box.slots[right.key].authority
    if authority:
        people.add(meeting[authority].proxy)
    # An agent is bound for his organisation.
    bound = {
        binding.person
        for unit in units_in(meeting, right)
        for binding in unit.bindings
        if binding.account_id == account.id
    }
    return not people.isdisjoint(bound | {account.subject_token})


def claim_of(
    meeting: Any, request: Any, account: Any, right: Right, *, channel: Channel = "online"
) -> Claim:
    """Judge one right for an account, by the unit of it that gives the best answer."""
    profile = meeting.rules(request.registry)
    facts, instant = facts_of(meeting, request, account, right)
    refused: Answer | None = None
    for unit in units_in(meeting, right):
        for person in _persons(meeting, account, unit):
            answer = _judged(meeting, facts, Attempt(person, unit.code, channel), instant, profile)
            if answer.allowed and _is_taken(meeting, right):
                # The right was frozen; a title that changed since makes no second one of it.
                return Claim(right, _answer(profile, "previous_owner_voted"))
            if answer.allowed:
                covered = covered_units(facts, unit.code, channel, profile)
                by_proxy = answer.capacity == "proxy"
                owner = answer.owner
                authority = proxies.acting(meeting, person, owner, instant) if by_proxy else None
                units = tuple(u for u in right.units if u in covered)
                return Claim(right, answer, units, authority)
            if refused is None or refused.reason in ("not_owner", "not_bound"):
                refused = answer
    return Claim(right, refused or _answer(profile, "not_owner"))


def facts_of(
    meeting: Any, request: Any, account: Any, right: Right
) -> tuple[events.Facts, datetime]:
    """Return what is known about a right, and for which instant it is asked."""
    instant = clock.now()
    if meeting.ballot_box is None:
        instant = max(instant, meeting.voting_opens_at)
    elif _is_taken(meeting, right):
        # A clock that was set back must not hide the ballot that lies there.
        instant = max(instant, meeting.ballot_box.slots[right.key].cast_at)
    return events.facts_at(events_of(meeting, request, account, right), instant), instant


class UnitAnswer(NamedTuple):
    """Why a person can or cannot vote for one unit, with the facts it was judged by."""

    unit: Any
    right: Right
    answer: Answer
    person: str
    facts: events.Facts


def unit_answers(meeting: Any, request: Any, account: Any) -> list[UnitAnswer]:
    """Return the answer for every unit an account has to do with, before and in the vote.

    Who has none any more is told about those he sold (BJ-OQ11).
    """
    profile, found = meeting.rules(request.registry), []
    units = units_of(meeting, account)
    if not units and account.subject_token:
        units = meeting.community["owners"].units_left_by(account.subject_token)
    for right in _rights(meeting, request, units):
        facts, instant = facts_of(meeting, request, account, right)
        for unit in units_in(meeting, right):
            told = [
                (_judged(meeting, facts, Attempt(person, unit.code), instant, profile), person)
                for person in _persons(meeting, account, unit)
            ]
            answer, person = next((one for one in told if one[0].allowed), told[0])
            taken = _is_taken(meeting, right)
            if answer.allowed and taken:
                answer = _answer(profile, "previous_owner_voted")
            elif answer.reason == "title_changed" and taken and is_own(meeting, request, right):
                answer = _answer(profile, "already_voted")
            found.append(UnitAnswer(unit, right, answer, person, facts))
    return found


def _judged(
    meeting: Any, facts: events.Facts, attempt: Attempt, instant: datetime, profile: Profile
) -> Answer:
    """Return the verdict of the rules, and that a meeting on paper takes nothing else (SZ-11.1)."""
    answer = judge(facts, attempt, instant, profile)
    if answer.allowed and meeting.method == "paper" and attempt.channel != "paper":
        return _answer(profile, "electronic_not_offered")
    return answer


def _is_taken(meeting: Any, right: Right) -> bool:
    box = meeting.ballot_box
    return box is not None and box.slots[right.key].is_cast


def _answer(profile: Profile, reason: str) -> Answer:
    told = profile.refusals[reason]
    return Answer(
        allowed=False,
        capacity=None,
        owner="",
        reason=reason,
        message=told.message,
        clause=told.clause,
    )


def _rights(meeting: Any, request: Any, units: list[Any]) -> Iterable[Right]:
    box = meeting.ballot_box
    if box is None:
        uses = meeting.rules(request.registry).voting_uses.value
        return rights_among([one for one in units if scope.covers(meeting.scope, one)], uses)
    rights = [box.roll.right_of(unit.code) for unit in units]
    return {right.key: right for right in rights if right is not None}.values()


def _persons(meeting: Any, account: Any, unit: Any) -> list[str]:
    """Return the persons an account may stand for at a unit: itself, or who it is bound for.

    An agent stands for himself; his letter tells for whom and until when.
    """
    bound = [binding.person for binding in unit.bindings if binding.account_id == account.id]
    letters = acting.letters_of(meeting.community["owners"], account.subject_token)
    if not bound or any(letter.organisation in bound for letter in letters):
        return [account.subject_token]
    return bound
