"""Many owners who ask one proxy at once; a withdrawal and a ballot at the same instant."""

import threading

import pytest

from content_types.acting import choosing
from content_types.meeting import casting, eligibility
from content_types.proxy_appointment import appointing, book
from portal import jobs, workflow
from portal.rules.errors import RuleError
from tests.functional.acting_world import PHONES, document_of, introduce
from tests.functional.assembly import Assembly, at, meeting_of
from tests.functional.conftest import open_site

__all__ = ["open_site"]
OWNERS = 20
WAIT = 60


def run(*targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT * 2)
    assert not any(thread.is_alive() for thread in threads)


def ask(voting, name, before_commit=lambda: None):
    """Appoint sun in a transaction of this thread; return what came of it."""
    values = {"phone": PHONES["sun"], "name": "业主sun", "id_kind": "passport", "powers": "投票"}
    values |= {
        "id_number": document_of("sun"),
        "matters": frozenset(),
        "until": at("2026-07-01T10:00"),
    }
    tries = []

    def act(request):
        tries.append(1)
        meeting = meeting_of(request)
        request.account = request.site.accounts[voting.ids[name]]
        request.account_id = voting.ids[name]
        appointing.appoint(meeting, request, values)
        if len(tries) == 1:
            before_commit()

    try:
        jobs.transact(voting.site.registry, act)
    except RuleError as error:
        return error.clause
    return "accepted"


@pytest.mark.clause("SZ-N6.1")
def test_of_twenty_owners_who_ask_one_proxy_at_once_exactly_three_are_accepted(
    open_site, moved_clock
):
    names = [f"owner{number:02d}" for number in range(OWNERS)]
    rooms = {f"{6 + n // 4}0{n % 4 + 1}": ((name,), 5000, False) for n, name in enumerate(names)}
    voting = Assembly(open_site, moved_clock, more_units=rooms).notice()
    PHONES.update({name: f"139000001{number:02d}" for number, name in enumerate(names)})
    introduce(voting, *names, "sun", bind=True)
    outcomes = {}
    meet = threading.Barrier(2, timeout=WAIT)

    def one(name, together):
        def act():
            outcomes[name] = ask(voting, name, meet.wait if together else lambda: None)

        return act

    # Two are sure to meet between reading and writing; the others come as they come.
    run(*(one(name, number < 2) for number, name in enumerate(names)))
    assert sorted(outcomes.values()) == ["SZ-N6.1"] * (OWNERS - 3) + ["accepted"] * 3
    assert voting.look(lambda m: sum(len(names) for names in m.proxies.by_proxy.values())) == 3


class Duel:
    """Two acts at one instant: the second has read everything and waits while the first commits."""

    def __init__(self, voting, key, first):
        self.voting, self.key, self.first = voting, key, first
        self.outcomes = {}
        self.read, self.committed = threading.Event(), threading.Event()

    def cast(self, request):
        meeting = meeting_of(request)
        account = request.site.accounts[self.voting.ids["sun"]]
        (found,) = eligibility.claims(meeting, request, account)
        marks = {"2026-001": ("for",)}
        casting.cast(meeting, found.right.key, marks, request, account_id=account.id)

    def cancel(self, request):
        workflow.transition(meeting_of(request)[self.key], "cancel", request, system=True)

    def act(self, name):
        tries = []

        def once(request):
            getattr(self, name)(request)
            if name != self.first and not tries:
                tries.append(1)
                self.read.set()
                assert self.committed.wait(WAIT)

        if name == self.first:
            assert self.read.wait(WAIT)
        try:
            jobs.transact(self.voting.site.registry, once)
            self.outcomes[name] = "accepted"
        except RuleError as error:
            self.outcomes[name] = error.message_id
        self.committed.set()


@pytest.mark.clause("SZ-20.4")
@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        ("cast", "cancel", "refusal.proxy_voted"),
        ("cancel", "cast", "refusal.proxy_cancelled"),
    ],
)
def test_withdrawal_and_ballot_at_one_instant_have_exactly_one_outcome(
    open_site, moved_clock, first, second, refusal
):
    voting = Assembly(open_site, moved_clock).open()
    introduce(voting, "anna", "sun")
    assert ask(voting, "anna") == "accepted"
    key = voting.look(lambda m: next(n for n, one in m.items() if hasattr(one, "appointor")))
    voting.site.run(
        lambda request: workflow.transition(
            meeting_of(request)[key], "accept", request, system=True
        )
    )
    moved_clock.forward(seconds=1)
    duel = Duel(voting, key, first)
    run(lambda: duel.act("cast"), lambda: duel.act("cancel"))
    assert duel.outcomes == {first: "accepted", second: refusal}
    used = voting.look(lambda m: len(book.cast_under(m[key])))
    assert used == (1 if first == "cast" else 0)


class ChoiceDuel(Duel):
    """A co-owner's ballot and the consent that makes the other one the representative."""

    def cast(self, request):
        meeting = meeting_of(request)
        account = request.site.accounts[self.voting.ids["bo"]]
        (found,) = eligibility.claims(meeting, request, account)
        marks = {"2026-001": ("for",)}
        casting.cast(meeting, found.right.key, marks, request, account_id=account.id)

    def agree(self, request):
        request.account = request.site.accounts[self.voting.ids["chen"]]
        request.account_id = request.account.id
        choosing.agree(meeting_of(request).community["owners"][self.key], request)


@pytest.mark.clause("SZ-21.1")
@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        ("cast", "agree", "refusal.representative_voted"),
        ("agree", "cast", "refusal.representative_chosen"),
    ],
)
def test_ballot_of_a_co_owner_and_the_choice_of_the_other_have_exactly_one_outcome(
    open_site, moved_clock, first, second, refusal
):
    voting = Assembly(open_site, moved_clock).open()
    introduce(voting, "bo", "chen")

    def propose(request):
        request.account = request.site.accounts[voting.ids["bo"]]
        request.account_id = request.account.id
        register, unit = meeting_of(request).community["owners"], voting.unit(request, "102")
        chen = request.site.accounts[voting.ids["chen"]].subject_token
        return choosing.propose(register, unit, chen, request).__name__

    duel = ChoiceDuel(voting, voting.site.run(propose), first)
    run(lambda: duel.act("cast"), lambda: duel.act("agree"))
    assert duel.outcomes == {first: "accepted", second: refusal}
