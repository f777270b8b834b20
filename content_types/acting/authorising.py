"""An organisation's agent (单位授权代理人): papers brought by the agent, then checked (SZ-31)."""

from __future__ import annotations

import json
import secrets
from typing import Any

from content_types import sealed_pictures
from content_types.acting import (
    LETTER_PURPOSE,
    AgentLetter,
    beside,
    book_of,
    enter,
    letters_for,
)
from content_types.owner_register import OwnerRegister, identity, methods
from content_types.unit import person_token
from portal import accounts, audit, clock, content, notify, ratelimit
from portal.errors import PortalError
from portal.security import Role
from portal.workflow import guard, on_transition

METHOD = "organisation_agent"
PAPERS = ("organisation_document", "authorisation_letter", "agent_id_document")


def submit(register: OwnerRegister, values: dict[str, Any], request: Any) -> AgentLetter:
    """Take the papers of the asking person; raises PortalError when the register differs."""
    ratelimit.hit(request, "identity", request.account_id)
    methods.check_offered(register.community, METHOD, request.registry)
    _, code = identity.read_document(
        values["organisation"], identity.ORGANISATION, values["organisation_code"]
    )
    name, number = identity.read_document(values["name"], values["id_kind"], values["id_number"])
    told = {
        "organisation": values["organisation"].strip(),
        "organisation_code": code,
        "name": name,
        "id_kind": values["id_kind"],
        "id_number": number,
    }
    rules = register.community.rules(request.registry)
    clause = rules.documents["organisation_owner"].clause
    if not units_named(register, told, request):
        raise PortalError("agent.no_match", clause=clause, field="organisation_code")
    if values["until"] is not None and values["until"] <= clock.now():
        raise PortalError("proxy.bad_period", clause=clause, field="until")
    account = request.account
    if account.subject_token not in ("", person_token(request.vault, number)):
        clause = rules.phone_unique_per_owner.clause
        raise PortalError("identity.other_person", clause=clause, field="id_number")
    name_of_item = f"a-{secrets.token_hex(5)}"
    item: AgentLetter = content.create(
        "agent_letter",
        request,
        title=told["organisation"],
        organisation=person_token(request.vault, code),
        until=values["until"],
    )
    item.sealed_values = request.vault.seal(
        json.dumps(told, ensure_ascii=False), f"{LETTER_PURPOSE}:{name_of_item}"
    )
    item.pictures = tuple(
        sealed_pictures.take(values[kind], name_of_item, kind, request, pdf=True) for kind in PAPERS
    )
    content.add(register, item, request, name=name_of_item)
    return item


def units_named(register: OwnerRegister, told: dict[str, str], request: Any) -> list[Any]:
    """Return the units the organisation holds by name and code, developer's unsold ones too."""
    return identity.match(
        request,
        told["organisation"],
        identity.ORGANISATION,
        told["organisation_code"],
        within=register,
    )


@guard("letter_matches")
def letter_matches(item: AgentLetter, request: Any) -> bool:
    """The register still names the organisation as the papers do."""
    return bool(units_named(item.__parent__, item.values(request.vault), request))


@on_transition("agent_letter.approve")
def begin(event: Any) -> None:
    """Verify the agent by the papers seen and bind all units of the organisation to him."""
    item, request, register = event.item, event.request, event.item.__parent__
    told = item.values(request.vault)
    agent = request.site.accounts[item.creator]
    if agent.verified_at is None:
        identity.verify_person(
            request, agent, name=told["name"], id_number=told["id_number"], verified_by=METHOD
        )
    item.person, item.approved_at = agent.subject_token, clock.now()
    book = book_of(register)
    enter(book.by_organisation, item.organisation, item.__name__)
    enter(book.by_agent, item.person, item.__name__)
    for unit in units_named(register, told, request):
        unit.bind(agent.id, item.organisation)
        audit.record(request, "unit.bind", unit, account=agent.id, letter=item.__name__)
    accounts.grant(agent, Role.OWNER, register.community.scope_id)
    _tell(request, item, "agent.approved", item.creator)


@on_transition("agent_letter.return")
def tell_returned(event: Any) -> None:
    """Tell the applicant what is wrong with the papers."""
    _tell(event.request, event.item, "agent.returned", event.item.creator, event.comment)


@on_transition("agent_letter.end", "agent_letter.revoke")
def end(event: Any) -> None:
    """End the authority: without another letter the units are no longer bound to the agent."""
    item, request, register = event.item, event.request, event.item.__parent__
    item.ended_at = now = clock.now()
    agent = request.site.accounts[item.creator]
    left = beside(item, letters_for(register, item.organisation), now)
    # By another letter that stands the units stay with the agent.
    others = left is not None and (left.until is None or now < left.until)
    for unit in () if others else register.units():
        kept = tuple(
            b for b in unit.bindings if (b.account_id, b.person) != (agent.id, item.organisation)
        )
        if kept != unit.bindings:
            unit.bindings = kept
            audit.record(request, "unit.unbind", unit, account=agent.id, letter=item.__name__)
        others = others or any(b.account_id == agent.id for b in kept)
    if not others:
        accounts.revoke(agent, Role.OWNER, register.community.scope_id)
    if event.actor != item.creator:
        _tell(request, item, "agent.ended", item.creator, event.comment)


def _tell(
    request: Any, item: AgentLetter, template: str, account_id: str, comment: str = ""
) -> None:
    values = {
        "organisation": item.title,
        "community": item.__parent__.community.title,
        "comment": comment or "—",
    }
    notify.send(request, account_id, template, values, link=request.resource_path(item))
