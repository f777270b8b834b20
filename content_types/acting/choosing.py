"""Choosing a representative of co-owners (共同推选): proposed by one, agreed by all (SZ-21.1)."""

from __future__ import annotations

import secrets
from typing import Any

from content_types import sealed_pictures
from content_types.acting import CoownerChoice, book_of, choices_for, enter
from content_types.owner_register import OwnerRegister
from content_types.owner_register.binding import is_bound
from content_types.unit import Unit
from portal import clock, content, notify, workflow
from portal.errors import PortalError
from portal.i18n import message
from portal.rules.masking import mask_name
from portal.rules.profile import Profile
from portal.workflow import guard, on_transition


def rules_of(register: OwnerRegister, request: Any) -> Profile:
    """Return the profile of the register's community."""
    profile: Profile = request.registry.profiles[register.community.profile_id]
    return profile


def _clause(profile: Profile) -> str:
    return profile.refusals["representative_chosen"].clause


def propose(
    register: OwnerRegister, unit: Unit, person: str, request: Any, *, paper: Any = None
) -> CoownerChoice:
    """Let the asking co-owner propose who votes for a unit; raises PortalError or RuleError.

    Without ``paper`` every co-owner agrees on line; with it convenor or street office look at it.
    """
    profile, account = rules_of(register, request), request.account
    if profile.coowner_rule.value != "representative_then_first":
        raise profile.refuse("representative_not_offered")
    if account.verified_at is None:
        raise profile.refuse("not_verified")
    own = unit.holder(account.subject_token)
    if own is None or len(unit.holders) == 1:
        raise profile.refuse("not_owner")
    if not is_bound(unit, account.id):
        raise profile.refuse("not_bound")
    if unit.holder(person) is None:
        raise PortalError("acting.no_coowner", clause=_clause(profile), field="person")
    if any(standing(one, unit) for one in choices_for(register, unit.code)):
        raise PortalError("acting.chosen_already", clause=_clause(profile), status=409)
    not_voted(register, unit.code, request)
    others = _accounts(unit) - {account.id}
    item: CoownerChoice = content.create(
        "coowner_choice",
        request,
        title=unit.label,
        addressee=tuple(sorted(others)),
        unit_code=unit.code,
        person=person,
        group=group_of(unit),
        consents=((account.subject_token, clock.now()),),
    )
    name = f"c-{secrets.token_hex(5)}"
    if paper is not None:
        item.pictures = (sealed_pictures.take(paper, name, "paper", request, pdf=True),)
    content.add(register, item, request, name=name)
    enter(book_of(register).by_unit, unit.code, name)
    for account_id in sorted(others):
        _tell(request, item, "acting.choice_proposed", account_id)
    return item


def agree(item: CoownerChoice, request: Any) -> None:
    """Note the consent of the asking co-owner; with the last one the choice stands."""
    person = request.account.subject_token
    if item.workflow_state != "proposed" or person not in item.group or not may_stand(item):
        clause = _clause(rules_of(item.__parent__, request))
        raise PortalError("acting.nothing_to_agree", clause=clause, status=409)
    if all(who != person for who, _ in item.consents):
        item.consents = (*item.consents, (person, clock.now()))
        item.remember(request.account_id, "agreed")
    if {who for who, _ in item.consents} == set(item.group):
        workflow.transition(item, "choose", request, system=True)


def may_agree(item: CoownerChoice, person: str) -> bool:
    """Say whether the consent of a person is waited for."""
    given = {who for who, _ in item.consents}
    asked = item.workflow_state == "proposed" and person in item.group and person not in given
    return asked and may_stand(item)


def name_of(unit: Unit | None, person: str, request: Any) -> str:
    """Return a co-owner as the asking one reads it: the own name whole, those of others masked."""
    if unit is None or unit.holder(person) is None:
        return str(request.localizer.translate(message("acting.former")))
    name = unit.holder_name(request.vault, person)
    return str(name) if person == request.account.subject_token else mask_name(name)


def standing(item: CoownerChoice, unit: Unit) -> bool:
    """Say whether a choice is open or holds, for the owners of today."""
    return item.workflow_state in ("proposed", "chosen") and item.group == group_of(unit)


def may_stand(item: CoownerChoice) -> bool:
    """Say whether the unit still has the owners that choose; a sale meanwhile stops the commit."""
    unit = item.__parent__.unit(item.unit_code)
    if unit is None:
        return False
    if unit._p_jar is not None:  # noqa: SLF001 - the connection checks the read at the commit.
        unit._p_jar.readCurrent(unit)  # noqa: SLF001
    return item.group == group_of(unit)


def group_of(unit: Unit) -> tuple[str, ...]:
    """Return the owners of a unit in a fixed order."""
    return tuple(sorted(holder.person for holder in unit.holders))


def not_voted(register: OwnerRegister, code: str, request: Any) -> None:
    """Refuse when a ballot lies for the unit in an open vote: the choice was used."""
    for meeting in register.community["meetings"].values():
        box = meeting.ballot_box if meeting.content_type_name == "meeting" else None
        if box is None or meeting.workflow_state != "voting":
            continue
        right = box.roll.right_of(code)
        if right is None:
            continue
        slot = box.slots[right.key]
        if slot._p_jar is not None:  # noqa: SLF001 - a cast meanwhile makes the commit fail.
            slot._p_jar.readCurrent(slot)  # noqa: SLF001
        if slot.is_cast:
            raise meeting.rules(request.registry).refuse("representative_voted")


@guard("all_agreed")
def all_agreed(item: CoownerChoice, request: Any) -> bool:
    """Every co-owner has agreed."""
    return {who for who, _ in item.consents} == set(item.group)


@guard("choice_on_paper")
def choice_on_paper(item: CoownerChoice, request: Any) -> bool:
    """There is a paper to look at."""
    return bool(item.pictures)


@guard("check_of_others")
def check_of_others(item: Any, request: Any) -> bool:
    """Nobody checks his own papers."""
    parties = {item.creator, *getattr(item, "addressee", ())}
    return request.account_id not in parties


@guard("owners_unchanged")
def owners_unchanged(item: CoownerChoice, request: Any) -> bool:
    """Who sold the unit chooses nobody for its new owners."""
    if not may_stand(item):
        clause = _clause(rules_of(item.__parent__, request))
        raise PortalError("acting.nothing_to_agree", clause=clause, status=409)
    return True


@guard("unit_not_voted")
def unit_not_voted(item: CoownerChoice, request: Any) -> bool:
    """No ballot lies for the unit in an open vote."""
    not_voted(item.__parent__, item.unit_code, request)
    return True


@on_transition("coowner_choice.choose", "coowner_choice.confirm_paper")
def begin(event: Any) -> None:
    """Let only the chosen one vote for the unit from now on."""
    event.item.chosen_at = clock.now()
    _tell_all(event, "acting.choice_made")


@on_transition("coowner_choice.withdraw", "coowner_choice.refuse_paper")
def end(event: Any) -> None:
    """End the choice; the first of the co-owners decides again (SZ-21.2)."""
    event.item.ended_at = clock.now()
    _tell_all(event, "acting.choice_ended")


def _accounts(unit: Unit) -> set[str]:
    return {b.account_id for b in unit.bindings if unit.holder(b.person) is not None}


def _tell_all(event: Any, template: str) -> None:
    item = event.item
    for account_id in sorted({item.creator, *item.addressee} - {event.actor}):
        _tell(event.request, item, template, account_id)


def _tell(request: Any, item: CoownerChoice, template: str, account_id: str) -> None:
    values = {"unit": item.title, "community": item.__parent__.community.title}
    notify.send(request, account_id, template, values, link=request.resource_path(item))
