"""People with names, numbers and documents, for tests of proxies, representatives and agents."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from typing import Any

from BTrees.OOBTree import OOBTree

from content_types.acting import LETTER_PURPOSE
from content_types.kiosk.model import Terminal
from content_types.proxy_appointment import PURPOSE
from content_types.proxy_appointment.book import ProxyBook
from content_types.proxy_appointment.document import FIELDS
from content_types.unit import Binding, person_token
from portal import audit, clock, content, files
from tests.functional.assembly import Assembly, meeting_of
from tests.functional.world import known_password

PHONES = {"anna": "13800000001", "bo": "13800000002", "chen": "13800000003"}
PHONES |= {"dora": "13800000004", "gao": "13800000005", "sun": "13800000009"}
# What makes the particulars of a proxy those of nobody whom the site knows.
UNKNOWN = ({"phone": "13800000008"}, {"id_number": "ID0001X"}, {"name": "别人"})


def document_of(name: str) -> str:
    """Return the number of a person's passport in the registers' form."""
    return f"ID{name.upper()}01"


ANNA = {"phone": PHONES["anna"], "name": "业主anna", "id_number": document_of("anna")}


def introduce(voting: Assembly, *names: str, bind: bool = False) -> None:
    """Give owners real-looking names, numbers and documents; make accounts of strangers.

    With ``bind`` the units of new accounts are bound too.
    """

    def act(request: Any) -> None:
        vault, register = request.vault, meeting_of(request).community["owners"]
        before = clock.now() - timedelta(days=30)
        for name in names:
            phone = PHONES[name]
            if name not in voting.ids:
                account = request.site.accounts.create(vault, login=name, phone=phone, kind="owner")
                account.password, account.verified_at = known_password(), before
                voting.ids[name] = account.id
            else:
                account = request.site.accounts[voting.ids[name]]
                request.site.accounts.change_phone(vault, account, phone)
            old, token = account.subject_token, person_token(vault, document_of(name))
            old = old or voting.token(request, name)
            account.subject_token = ""
            request.site.accounts.claim_person(account, token)
            values = {"name": f"业主{name}", "id_number": document_of(name)}
            for field, text in values.items():
                purpose = f"account:{account.id}:{field}"
                setattr(account, f"sealed_{field}", vault.seal(text, purpose))
            for unit in list(register.units_of(old)):
                _rename(vault, register, unit, old, token, name)
                if bind:
                    unit.bindings = (Binding(account.id, token, before),)

    voting.site.run(act)


def _rename(vault: Any, register: Any, unit: Any, old: str, token: str, name: str) -> None:
    """Write the owner's new document into the register as if it had always stood there."""
    owners = unit.owners(vault)
    for holder, owner in zip(unit.holders, owners, strict=True):
        if holder.person == old:
            owner["id_number"], owner["phone"] = document_of(name), PHONES[name]
            owner["share"] = Fraction(1, len(owners))
    unit.write(vault, {}, owners)
    unit.bindings = tuple(b._replace(person=token) if b.person == old else b for b in unit.bindings)
    codes = register.by_token.get(f"person:{token}", ())
    register.by_token[f"person:{token}"] = (*codes, unit.code)


def organisation(voting: Assembly, room: str, name: str, code: str) -> None:
    """Make an organisation the only owner of a room."""

    def act(request: Any) -> None:
        register, unit = meeting_of(request).community["owners"], voting.unit(request, room)
        owner = {"name": name, "id_kind": "credit_code", "id_number": code, "phone": ""}
        unit.write(request.vault, {}, [owner | {"share": Fraction(1), "registered_on": None}])
        key = f"person:{unit.holders[0].person}"
        register.by_token[key] = (*register.by_token.get(key, ()), unit.code)

    voting.site.run(act)


def fresh_account(voting: Assembly, login: str, phone: str) -> None:
    """Make an account of somebody who has proved nothing but his number."""

    def act(request: Any) -> None:
        found = request.site.accounts.create(request.vault, login=login, phone=phone, kind="owner")
        found.password = known_password()
        voting.ids[login] = found.id

    voting.site.run(act)


def grants_of(voting: Assembly, name: str) -> tuple[tuple[str, str], ...]:
    """Return the roles of a person."""
    return voting.site.run(lambda request: request.site.accounts[voting.ids[name]].grants)


def told(voting: Assembly, account_id: str) -> list[str]:
    """Return the ids of the messages in an inbox, oldest first."""

    def look(request: Any) -> list[str]:
        inbox = request.site.messages.inbox(account_id)
        return [message.template_id for message in reversed(inbox)]

    return voting.site.run(look)


def staff_id(voting: Assembly, login: str) -> str:
    """Return the id of an account by its log-in name."""
    find = voting.site.run
    return find(lambda request: request.site.accounts.find(request.vault, login).id)


def audited(voting: Assembly, action: str) -> str:
    """Return what the audit log says about an act, as text."""

    def look(request: Any) -> str:
        return "\n".join(map(str, audit.log_of(request).query(action=action)))

    return voting.site.run(look)


def add_samples(request: Any, ids: dict[str, str]) -> None:
    """Put one appointment, choice, letter and terminal into the meeting and its register."""
    meeting, vault = meeting_of(request), request.vault
    register = meeting.community["owners"]
    accounts = request.site.accounts
    owner, proxy = accounts[ids["dora"]], accounts[ids["anna"]]
    item = content.create(
        "proxy_appointment",
        request,
        title="委托投票",
        addressee=proxy.id,
        appointor=owner.subject_token,
        proxy=proxy.subject_token,
        until=meeting.voting_closes_at,
        sha256="0" * 64,
    )
    text = dict.fromkeys(FIELDS, "—") | {"proxy_mobile": "13800000000"}
    item.sealed_document = vault.seal(json.dumps(text), f"{PURPOSE}:{item.sha256}")
    pdf = vault.seal_bytes(b"%PDF-1.4\n", f"{PURPOSE}:{item.sha256}:pdf")
    item.file = files.keep(pdf, "p.sealed", "application/pdf", request)
    content.add(meeting, item, request, name="p-sample")
    item.creator = owner.id
    meeting.proxies = ProxyBook()
    meeting.proxies.enter(item)
    unit = next(u for u in register.units() if len(u.holders) > 1)
    people = tuple(sorted(holder.person for holder in unit.holders))
    values = {"title": unit.label, "unit_code": unit.code, "person": people[0], "group": people}
    choice = content.create("coowner_choice", request, **values, addressee=(ids["anna"],))
    content.add(register, choice, request, name="c-sample")
    letter = content.create("agent_letter", request, title="海棠置业", organisation="x")
    told = dict.fromkeys(("organisation", "organisation_code", "name", "id_kind", "id_number"), "x")
    letter.sealed_values = vault.seal(json.dumps(told), f"{LETTER_PURPOSE}:a-sample")
    content.add(register, letter, request, name="a-sample")
    letter.creator = ids["anna"]
    terminal = Terminal()
    terminal.id, terminal.place, terminal.opened_at = "0123abcd", "南门", clock.now()
    terminal.expires_at = clock.now() + timedelta(hours=4)
    meeting.terminals = OOBTree({terminal.id: terminal})
