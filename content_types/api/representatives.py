"""Representatives of co-owners (共有人代表): propose one of them, agree, withdraw."""

from __future__ import annotations

from typing import Any

from pyramid.traversal import resource_path

from content_types.acting import choices_for, choosing
from content_types.api import steps
from content_types.api.public import COMMUNITY, community_of
from content_types.owner_register.binding import is_bound
from portal.api.listing import newest_first, time
from portal.api.operations import operation
from portal.api.schema import FLAG, NAME, TIME, array, maybe, personal, record, text
from portal.errors import NotFoundError
from portal.security import Permission, permits

CHOICES = f"{COMMUNITY}/representatives"
CHOICE = f"{CHOICES}/{{choice}}"
LONGEST_CODE = 60
CONSENT = record({"name": personal(text()), "own": FLAG, "agreed_at": maybe(TIME)})
REPRESENTATIVE = record(
    {
        "id": NAME,
        "unit": personal(text()),
        "label": personal(text()),
        "state": text(),
        "representative": personal(text()),
        "on_paper": FLAG,
        "owners": array(CONSENT),
        "may_agree": FLAG,
        "chosen_at": maybe(TIME),
        "ended_at": maybe(TIME),
        "steps": array(text()),
        "path": text(),
    }
)
SHARED = record(
    {
        "unit": personal(text()),
        "label": personal(text()),
        # What ``representatives.propose`` takes as ``person``.
        "owners": array(
            record({"person": personal(text()), "name": personal(text()), "own": FLAG})
        ),
    }
)


def choice_of(request: Any) -> Any:
    """Return the choice of the address."""
    register, name = community_of(request)["owners"], request.matchdict["choice"]
    return steps.part_of(register, name, "coowner_choice", request)


def _choice(item: Any, request: Any) -> dict[str, Any]:
    unit, own = item.__parent__.unit(item.unit_code), request.account.subject_token
    agreed = dict(item.consents)
    return {
        "id": item.__name__,
        "unit": item.unit_code,
        "label": item.title,
        "state": item.workflow_state,
        "representative": choosing.name_of(unit, item.person, request),
        "on_paper": bool(item.pictures),
        "owners": [
            {
                "name": choosing.name_of(unit, person, request),
                "own": person == own,
                "agreed_at": time(agreed.get(person)),
            }
            for person in item.group
        ],
        "may_agree": choosing.may_agree(item, own),
        "chosen_at": time(item.chosen_at),
        "ended_at": time(item.ended_at),
        "steps": steps.possible(item, request),
        "path": resource_path(item),
    }


@operation(
    "representatives.list",
    "GET",
    CHOICES,
    answer=record({"units": array(SHARED), "items": array(REPRESENTATIVE)}),
    login=True,
)
def list_choices(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the caller's units that have several owners, and the choices made for them."""
    register, account = community_of(request)["owners"], request.account
    own = account.subject_token
    units = [
        unit
        for unit in (register.units_of(own) if own else ())
        if len(unit.holders) > 1 and is_bound(unit, account.id)
    ]
    found = [
        item
        for unit in units
        for item in choices_for(register, unit.code)
        if permits(item, Permission.VIEW, request.principals)
    ]
    return {
        "units": [
            {
                "unit": unit.code,
                "label": unit.label,
                "owners": [
                    {
                        "person": holder.person,
                        "name": choosing.name_of(unit, holder.person, request),
                        "own": holder.person == own,
                    }
                    for holder in unit.holders
                ],
            }
            for unit in units
        ],
        "items": [_choice(item, request) for item in newest_first(found)],
    }


@operation("representatives.show", "GET", CHOICE, answer=REPRESENTATIVE, login=True)
def show_choice(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return a choice to the co-owners and to those who check papers."""
    return _choice(choice_of(request), request)


@operation(
    "representatives.propose",
    "POST",
    CHOICES,
    body=record(
        {"unit": text(LONGEST_CODE, minLength=1), "person": text(100, minLength=1)},
    ),
    answer=REPRESENTATIVE,
    status=201,
    login=True,
    refusals=(409,),
)
def propose(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Propose which of the co-owners votes for a unit; it stands once all have agreed."""
    register = community_of(request)["owners"]
    unit = register.unit(given["unit"])
    if unit is None or unit.holder(request.account.subject_token) is None:
        raise NotFoundError("error.404_detail")
    steps.check_fresh(request)
    return _choice(choosing.propose(register, unit, given["person"], request), request)


@operation(
    "representatives.agree",
    "POST",
    f"{CHOICE}/agree",
    answer=REPRESENTATIVE,
    login=True,
    refusals=(409, 422),
)
def agree(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Note that the caller agrees; with the last consent the choice stands."""
    item = choice_of(request)
    choosing.agree(item, request)
    return _choice(item, request)


@operation(
    "representatives.step",
    "POST",
    f"{CHOICE}/steps",
    body=steps.body_of("withdraw", "confirm_paper", "refuse_paper"),
    answer=REPRESENTATIVE,
    login=True,
    refusals=(409,),
)
def take_step(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Withdraw a choice as co-owner; check its paper as convenor or street office."""
    item = choice_of(request)
    steps.take(item, given, request)
    return _choice(item, request)
