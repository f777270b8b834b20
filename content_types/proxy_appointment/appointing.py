"""Appointing, accepting and withdrawing a proxy (委托、接受、取消), all in one transaction each."""

from __future__ import annotations

import json
import secrets
from typing import Any

from content_types import sealed_pictures
from content_types.meeting import eligibility
from content_types.owner_register.identity import read_document
from content_types.proxy_appointment import PURPOSE, STANDING, ProxyAppointment, document
from content_types.proxy_appointment.book import (
    ProxyBook,
    cast_under,
    given_by,
    given_to,
    represented,
    rights_of,
    standing,
)
from content_types.unit import person_token
from portal import accounts, audit, catalog, clock, codes, content, files, notify, ratelimit
from portal.errors import PortalError
from portal.layout import Layout
from portal.rules import proxies
from portal.rules.masking import mask_name
from portal.security import Role, scopes
from portal.workflow import guard, on_transition

# From the notice on the owners know what is put to the vote; after it nothing can be cast.
OPEN_STATES = ("noticed", "voting")


def check_offered(meeting: Any, request: Any) -> None:
    """Refuse where the place knows no proxies, and outside notice and vote."""
    profile = meeting.rules(request.registry)
    if not profile.proxy.value.allowed:
        raise profile.refuse("proxy_not_offered")
    if meeting.workflow_state not in OPEN_STATES:
        raise PortalError("proxy.not_now", clause=profile.proxy.clause, status=409)


def own_claims(meeting: Any, request: Any, account: Any) -> list[Any]:
    """Return the rights of an owner that a ballot could still be cast for in his own right.

    Raises RuleError with the reason when there is none (SZ-20.1: verified and bound owners).
    """
    profile = meeting.rules(request.registry)
    if account.verified_at is None:
        raise profile.refuse("not_verified")
    found = eligibility.claims(meeting, request, account)
    own = [one for one in found if one.allowed and one.answer.owner == account.subject_token]
    if not own:
        raise profile.refuse(found[0].answer.reason if found else "not_owner")
    return own


def appoint(meeting: Any, request: Any, values: dict[str, Any]) -> ProxyAppointment:
    """Let the asking owner appoint a verified person; raises PortalError or RuleError."""
    check_offered(meeting, request)
    appointor = request.account
    claims = own_claims(meeting, request, appointor)
    values = values | {"phone": codes.mobile(values["phone"])}
    proxy = _verified(request, values)
    return _write(meeting, request, appointor, proxy, values, claims)


def appoint_by_paper(meeting: Any, request: Any, values: dict[str, Any]) -> ProxyAppointment:
    """Enter a signed paper that the asking person holds as proxy; the convenor checks it.

    ``values`` name the appointor, who must be verified and bound as on line (SZ-20.1).
    """
    check_offered(meeting, request)
    proxy, vault = request.account, request.vault
    if proxy.verified_at is None:
        raise meeting.rules(request.registry).refuse("not_verified")
    values = values | {"phone": codes.mobile(values["phone"])}
    appointor = _verified(request, values)
    claims = own_claims(meeting, request, appointor)

    def own(field: str) -> str:
        return str(vault.open(getattr(proxy, f"sealed_{field}"), f"account:{proxy.id}:{field}"))

    told = values | {"name": own("name"), "id_number": own("id_number"), "phone": own("phone")}
    told["id_kind"] = values["own_id_kind"]
    item = _write(meeting, request, appointor, proxy, told, claims)
    item.paper = sealed_pictures.take(values["paper"], item.__name__, "paper", request, pdf=True)
    audit.record(request, "proxy_appointment.paper", item, sha256=item.paper.sha256)
    return item


def _verified(request: Any, values: dict[str, Any]) -> Any:
    """Return the account of a verified person by number, name and document, all three right."""
    ratelimit.hit(request, "identity", request.account_id)
    name, number = read_document(values["name"], values["id_kind"], values["id_number"])
    vault = request.vault
    account = request.site.accounts.find(vault, values["phone"])
    if (
        account is None
        or account.verified_at is None
        or account.subject_token != person_token(vault, number)
        or vault.open(account.sealed_name, f"account:{account.id}:name").casefold()
        != name.casefold()
    ):
        # Which of the three differs stays untold, so nobody can look people up here.
        raise PortalError("proxy.unknown", clause="EV-8.1.3", field="phone")
    return account


def _write(
    meeting: Any, request: Any, appointor: Any, proxy: Any, values: dict[str, Any], claims: Any
) -> ProxyAppointment:
    profile, now, layout = meeting.rules(request.registry), clock.now(), Layout(request, meeting)
    if proxy.id == appointor.id:
        raise PortalError("proxy.oneself", clause=profile.proxy.clause, field="phone")
    if not now < values["until"] <= meeting.voting_closes_at:
        clause = profile.refusals["proxy_period"].clause
        raise PortalError("proxy.bad_period", clause=clause, field="until")
    if values["matters"] == {motion.__name__ for motion in meeting.motions()}:
        values = values | {"matters": frozenset()}  # All of them: none is named.
    if standing(given_by(meeting, appointor.subject_token), now):
        raise PortalError("proxy.already_appointed", clause=profile.proxy.clause, status=409)
    written = document.written(meeting, layout, appointor, values, claims)
    taken = represented(meeting, proxy.subject_token, now)
    proxies.check_appointment(profile, written, appointor.subject_token, taken)
    number = f"p-{secrets.token_hex(5)}"
    pdf = document.pdf(written, number, layout.time(now), layout)
    plain = files.keep(pdf, f"{number}.pdf", "application/pdf", request)
    item: ProxyAppointment = content.create(
        "proxy_appointment",
        request,
        title=layout.translate("proxy.item_title", title=meeting.title),
        addressee=proxy.id,
        appointor=appointor.subject_token,
        proxy=proxy.subject_token,
        matters=tuple(sorted(values["matters"])),
        until=values["until"],
        sha256=plain.sha256,
        sm3=plain.sm3,
    )
    purpose = f"{PURPOSE}:{plain.sha256}"
    item.sealed_document = request.vault.seal(json.dumps(written, ensure_ascii=False), purpose)
    sealed = request.vault.seal_bytes(pdf, f"{purpose}:pdf")
    item.file = files.keep(sealed, f"{number}.sealed", "application/pdf", request)
    content.add(meeting, item, request, name=number)
    # Whose act it is decides who may withdraw it; the history keeps who entered it.
    item.creator = appointor.id
    catalog.index(item, request)
    if meeting.proxies is None:
        meeting.proxies = ProxyBook()
    meeting.proxies.enter(item)
    audit.record(request, "proxy_appointment.document", item, sha256=item.sha256, sm3=item.sm3)
    _tell(request, item, "proxy.offered", _others(request, item))
    return item


@guard("appointment_in_time")
def appointment_in_time(item: ProxyAppointment, request: Any) -> bool:
    """The vote is not over and the period of the appointment neither."""
    check_offered(item.__parent__, request)
    if item.until is None or clock.now() >= item.until:
        raise item.__parent__.rules(request.registry).refuse("proxy_period")
    return True


@guard("appointment_on_line")
def appointment_on_line(item: ProxyAppointment, request: Any) -> bool:
    """The proxy answers himself; a paper waits for the convenor instead."""
    return item.paper is None


@guard("appointment_on_paper")
def appointment_on_paper(item: ProxyAppointment, request: Any) -> bool:
    """There is a paper to look at."""
    return item.paper is not None


@guard("paper_of_others")
def paper_of_others(item: ProxyAppointment, request: Any) -> bool:
    """Nobody checks the paper of his own appointment."""
    return request.account_id not in (item.creator, item.addressee)


@guard("appointment_unused")
def appointment_unused(item: ProxyAppointment, request: Any) -> bool:
    """The proxy has not finished voting (SZ-20.4); a ballot in between decides the commit."""
    meeting = item.__parent__
    rights, used = rights_of(meeting, item.appointor), cast_under(item)
    for right in rights:
        slot = meeting.ballot_box.slots[right.key]
        if slot._p_jar is not None:  # noqa: SLF001 - the connection checks the read at the commit.
            slot._p_jar.readCurrent(slot)  # noqa: SLF001
    left = [right for right in rights if not meeting.ballot_box.slots[right.key].is_cast]
    proxies.check_cancellation(
        meeting.rules(request.registry), proxy_has_voted=bool(used) and not left
    )
    return True


@on_transition("proxy_appointment.accept", "proxy_appointment.confirm_paper")
def begin(event: Any) -> None:
    """Let the proxy vote from now on and tell owner and convenor (SZ-20.3)."""
    item, request = event.item, event.request
    item.accepted_at = clock.now()
    proxy = request.site.accounts[item.addressee]
    accounts.grant(proxy, Role.PROXY, item.__parent__.community.scope_id)
    _tell(request, item, "proxy.accepted", {item.creator, *_convenors(request, item)})
    if item.paper is not None:
        _tell(request, item, "proxy.accepted", {item.addressee})


@on_transition("proxy_appointment.decline", "proxy_appointment.refuse_paper")
def tell_declined(event: Any) -> None:
    """Tell the other side that nothing came of it."""
    others = {event.item.creator, event.item.addressee} - {event.actor}
    _tell(event.request, event.item, "proxy.declined", others)


@on_transition("proxy_appointment.cancel")
def end(event: Any) -> None:
    """End the appointment; tell convenor and proxy in writing, remind the owner (SZ-20.5, .6)."""
    item, request = event.item, event.request
    item.cancelled_at = clock.now()
    _release(request, item)
    _tell(request, item, "proxy.cancelled", {item.addressee, *_convenors(request, item)})
    _tell(request, item, "proxy.vote_yourself", {item.creator})


def _release(request: Any, item: ProxyAppointment) -> None:
    """Take the role away with the last appointment in the community."""
    community = item.__parent__.community
    others = (
        one
        for meeting in community["meetings"].values()
        if meeting.content_type_name == "meeting"
        for one in given_to(meeting, item.proxy)
    )
    if not any(one.workflow_state in STANDING and one.accepted_at for one in others):
        proxy = request.site.accounts.get(item.addressee)
        if proxy is not None:
            accounts.revoke(proxy, Role.PROXY, community.scope_id)


def _convenors(request: Any, item: ProxyAppointment) -> set[str]:
    places = set(scopes(item))
    return {
        account.id
        for account in request.site.accounts
        if account.active and any(r == Role.CONVENOR and s in places for r, s in account.grants)
    }


def _others(request: Any, item: ProxyAppointment) -> set[str]:
    """Return whom a new appointment concerns beside the person who entered it."""
    parties = {item.creator, item.addressee} - {request.account_id}
    return parties | _convenors(request, item)


def _tell(request: Any, item: ProxyAppointment, template: str, account_ids: set[str]) -> None:
    vault, meeting, layout = request.vault, item.__parent__, Layout(request, item)
    written = item.document(vault)
    values = {
        "title": meeting.title,
        "owner": mask_name(written["appointor_name"]),
        "agent": mask_name(written["proxy_name"]),
        "until": layout.time(item.until),
        "end": layout.time(meeting.voting_closes_at),
    }
    for account_id in sorted(account_ids):
        notify.send(request, account_id, template, values, link=request.resource_path(item))
