"""Proxies at two web servers: the cap holds, and a withdrawal and a ballot never both succeed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from content_types.proxy_appointment import appointing, book
from portal import accounts, workflow
from portal.security import Role
from tests.crowd import log_in
from tests.functional.acting_world import PHONES, document_of, introduce
from tests.functional.assembly import OPENS, Assembly, at, meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.races.test_two_processes import settings
from tests.site_process import nursery, send

__all__ = ["settings"]
ASKING = 20
# Each proxy has three principals; each of those is one duel.
PROXIES = tuple(f"proxy{number}" for number in range(4))
OWNERS = tuple(f"owner{number:02d}" for number in range(ASKING))
UNTIL = "2026-07-01T10:00"

pytestmark = pytest.mark.services


class Town:
    """An open vote of many owners, everybody's cookie, and the ports of two web servers."""

    def __init__(self, voting, visitors, ports):
        self.voting, self.visitors, self.ports = voting, visitors, ports

    def post(self, port, name, path, /, **values):
        """Send a form as somebody and return the status and the page."""
        visitor = self.visitors[name]
        body = urlencode(values | {"csrf_token": visitor.csrf_token}).encode()
        status, _, page = send(port, "POST", self.voting.path + path, visitor.cookie, body)
        return status, page.decode()

    def ask(self, port, owner):
        """Let an owner appoint the first proxy by the form."""
        return self.post(port, owner, "proxy", **particulars(PROXIES[0]), until=UNTIL, save="save")


def particulars(proxy):
    """Return what an owner enters about a proxy."""
    values = {"phone": PHONES[proxy], "name": f"业主{proxy}", "id_kind": "passport"}
    return values | {"id_number": document_of(proxy), "powers": "由受托人自行决定。"}


@pytest.fixture
def town(tmp_path, moved_clock, settings):
    settings = settings | {"yitang.identity.face": "off"}
    site = SiteUnderTest(tmp_path, **settings)
    rooms = {f"{6 + n // 4}0{n % 4 + 1}": ((name,), 5000, False) for n, name in enumerate(OWNERS)}
    voting = Assembly(site, moved_clock, more_units=rooms).notice()
    for number, name in enumerate((*OWNERS, *PROXIES)):
        PHONES[name] = f"139000001{number:02d}"
    introduce(voting, *OWNERS, bind=True)
    introduce(voting, *PROXIES)
    voting.until(OPENS)

    def enter(request):
        for name in OWNERS:
            scope = meeting_of(request).community.scope_id
            accounts.grant(request.site.accounts[voting.ids[name]], Role.OWNER, scope)
        return {name: log_in(request, voting.ids[name]) for name in (*OWNERS, *PROXIES)}

    visitors = site.run(enter)
    try:
        with nursery(tmp_path, settings, moved_clock()) as children:
            servers = [children.web(threads="10") for _ in range(2)]
            yield Town(voting, visitors, [one.wait_ready().port for one in servers])
    finally:
        site.close()


@pytest.mark.clause("SZ-N6.1")
def test_of_twenty_requests_at_two_servers_for_one_proxy_exactly_three_are_accepted(town):
    together = threading.Barrier(ASKING)

    def one(number):
        together.wait()
        return town.ask(town.ports[number % 2], OWNERS[number])

    with ThreadPoolExecutor(ASKING) as pool:
        answers = list(pool.map(one, range(ASKING)))
    assert sorted(status for status, _ in answers) == [303] * 3 + [422] * (ASKING - 3)
    # Once in the introduction of the form and once as the reason of the refusal.
    refused = [page for status, page in answers if status == 422]
    assert {page.count("一名受托人最多接受 3 名业主的委托。") for page in refused} == {2}
    named = town.voting.look(lambda m: [len(names) for names in m.proxies.by_proxy.values()])
    assert named == [3]


def appointments(town):
    """Let three owners each appoint one of the proxies, who accept; return (owner, proxy, name)."""
    made = []

    def appoint(request, owner, proxy):
        request.account = request.site.accounts[town.voting.ids[owner]]
        request.account_id = request.account.id
        values = {"matters": frozenset(), "until": at(UNTIL)} | particulars(proxy)
        item = appointing.appoint(meeting_of(request), request, values)
        workflow.transition(item, "accept", request, system=True)
        (right,) = book.rights_of(meeting_of(request), item.appointor)
        return owner, proxy, item.__name__, right.key

    for number in range(3 * len(PROXIES)):
        owner, proxy = OWNERS[number], PROXIES[number // 3]
        made.append(town.voting.site.run(lambda r, o=owner, p=proxy: appoint(r, o, p)))
    return made


@pytest.mark.clause("SZ-20.4")
def test_withdrawal_and_ballot_at_two_servers_have_exactly_one_outcome(town):
    duels = appointments(town)
    for number, (owner, proxy, name, key) in enumerate(duels):
        ports = town.ports if number % 2 else town.ports[::-1]
        together = threading.Barrier(2)

        def cast(key=key, proxy=proxy, port=ports[0], nonce=f"{number + 1:032x}", gate=together):
            gate.wait()
            marks = {"m-2026-001": "for", "step": "confirm", "right": key, "nonce": nonce}
            return town.post(port, proxy, "vote", **marks)

        def cancel(owner=owner, name=name, port=ports[1], gate=together):
            gate.wait()
            return town.post(port, owner, f"{name}/step/cancel", comment="")

        with ThreadPoolExecutor(2) as pool:
            voted, withdrawn = pool.submit(cast), pool.submit(cancel)
        answers = {"cast": voted.result(), "cancel": withdrawn.result()}
        done = [act for act, (status, _) in answers.items() if status == 303]
        assert len(done) == 1, answers
        state, used = town.voting.look(
            lambda m, name=name, key=key: (m[name].workflow_state, m.ballot_box.slots[key].is_cast)
        )
        assert (state, used) == (("accepted", True) if done == ["cast"] else ("cancelled", False))
        refused = answers["cancel" if done == ["cast"] else "cast"]
        # A proxy whose last appointment is gone is no proxy any more.
        assert refused[0] in (403, 422)
        assert any(clause in refused[1] for clause in ("SZ-16", "SZ-20.4", "SZ-9.4")), refused
