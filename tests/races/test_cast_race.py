"""Two who cast the same right at the same instant; a ballot at the instant of the close."""

import threading

import pytest

from content_types.meeting import casting, eligibility
from portal import jobs, workflow
from portal.rules.errors import RuleError
from tests.functional.assembly import CLOSES, Assembly, at, meeting_of
from tests.functional.conftest import MovedClock, SiteUnderTest, moved_clock, site

__all__ = ["MovedClock", "SiteUnderTest", "moved_clock", "site"]
ROUNDS = 5
WAIT = 20


@pytest.fixture
def voting(site, moved_clock):
    return Assembly(site, moved_clock).open()


def attempt(voting, name, before_commit, outcomes, marks="for"):
    """Cast in a transaction of this thread; ``before_commit`` runs in the first try only."""
    tries = []

    def act(request):
        tries.append(1)
        meeting = meeting_of(request)
        account = request.site.accounts[voting.ids[name]]
        (found,) = eligibility.claims(meeting, request, account)
        casting.cast(
            meeting, found.right.key, {"2026-001": (marks,)}, request, account_id=account.id
        )
        if len(tries) == 1:
            before_commit()

    try:
        jobs.transact(voting.site.registry, act)
        outcomes[name] = "accepted"
    except RuleError as error:
        outcomes[name] = error.clause


def run(*targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT * 2)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.clause("BJ-OQ5", "SZ-21.2")
def test_of_two_co_owners_at_one_instant_exactly_one_is_accepted(voting):
    outcomes: dict[str, str] = {}
    meet = threading.Barrier(2, timeout=WAIT)
    run(
        lambda: attempt(voting, "bo", meet.wait, outcomes),
        lambda: attempt(voting, "chen", meet.wait, outcomes, "against"),
    )
    assert sorted(outcomes) == ["bo", "chen"]
    assert sorted(outcomes.values()) == ["SZ-21.2", "accepted"]
    voting.clock.forward(seconds=60)
    voting.site.drain()
    assert voting.look(lambda m: m.ballot_box.turnout.ballots) == 1


@pytest.mark.clause("SZ-16")
def test_same_owner_in_two_windows_is_accepted_once(voting):
    outcomes: list[dict[str, str]] = [{}, {}]
    meet = threading.Barrier(2, timeout=WAIT)
    run(
        lambda: attempt(voting, "anna", meet.wait, outcomes[0]),
        lambda: attempt(voting, "anna", meet.wait, outcomes[1]),
    )
    assert sorted(one["anna"] for one in outcomes) == ["SZ-16", "accepted"]


@pytest.mark.clause("EV-6.4.3")
def test_ballot_that_commits_after_the_close_is_refused(voting):
    outcomes: dict[str, str] = {}
    reached, closed = threading.Event(), threading.Event()

    def pause():
        reached.set()
        assert closed.wait(WAIT)

    def close():
        assert reached.wait(WAIT)
        voting.clock.to(at(CLOSES))
        voting.site.run(
            lambda request: workflow.transition(
                meeting_of(request), "close_voting", request, system=True
            )
        )
        closed.set()

    run(lambda: attempt(voting, "anna", pause, outcomes), close)
    assert outcomes == {"anna": "EV-6.4.3"}
    voting.site.drain()
    assert voting.look(lambda m: m.result.record["participation"]) == [0, 0]


def test_voters_of_different_rights_never_hinder_each_other(voting):
    outcomes: dict[str, str] = {}
    tries: list[str] = []
    names = ("anna", "bo", "dora", "gao")
    meet = threading.Barrier(len(names), timeout=WAIT)

    def arrive(name):
        tries.append(name)
        meet.wait()

    run(
        *(lambda name=name: attempt(voting, name, lambda: arrive(name), outcomes) for name in names)
    )
    assert outcomes == dict.fromkeys(names, "accepted")
    assert sorted(tries) == sorted(names)
