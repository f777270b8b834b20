"""Who was appointed for a time and is appointed again acts under the new paper (SZ-20, SZ-N6)."""

import json

import pytest

from tests.functional.assembly import OPENS, at, meeting_of
from tests.functional.test_proxy import accepted, appoint, step, voting
from tests.functional.voting_steps import choose, vote

__all__ = ["voting"]
SOON = "2026-06-22T12:00"


def number(path):
    return path.strip("/").rsplit("/", 1)[-1]


@pytest.fixture
def again(voting):
    """Return two appointments of sun by anna: one that is over and one in force."""
    voting.clock.to(at(OPENS))
    voting.clock.forward(minutes=5)
    old = accepted(voting, "anna", until=SOON, matters=("2026-002",))
    voting.clock.to(at(SOON))
    voting.clock.forward(minutes=5)
    return old, accepted(voting, "anna", matters=("2026-001",))


@pytest.mark.clause("SZ-20.2", "SZ-N6.2")
def test_proxy_votes_under_the_appointment_that_is_in_force(voting, again):
    _, new = again
    sun = voting.site.logged_in("sun")
    refused = choose(sun, voting.path, m2="for").submit("step", index=0, status=422)
    assert "没有授权您对这个事项投票" in refused.text
    assert "投票成功" in vote(sun, voting.path, m1="for").text
    record = json.loads(sun.get(voting.path + "voucher/r00001.json").body)
    assert record["authority"]["number"] == number(new)


@pytest.mark.clause("SZ-20.4")
def test_appointment_that_is_over_cannot_be_withdrawn_to_end_the_one_in_force(voting, again):
    old, _ = again
    voting.clock.forward(seconds=5)
    step(voting.site.logged_in("anna"), old, "cancel")
    voting.clock.forward(seconds=5)
    sun = voting.site.logged_in("sun")
    assert "投票成功" in vote(sun, voting.path, m1="for").text


@pytest.mark.clause("SZ-N6.1")
def test_owner_whose_proxy_has_voted_counts_for_the_cap_after_the_period_is_over(voting):
    for name in ("anna", "bo", "dora"):
        accepted(voting, name, until=SOON)
    sun = voting.site.logged_in("sun")
    for _ in range(3):
        vote(sun, voting.path, m1="for")
    voting.clock.to(at(SOON))
    voting.clock.forward(minutes=5)
    _, answer = appoint(voting, "gao")
    assert answer.status_int == 422
    assert "SZ-N6" in answer.text
    cast = voting.look(lambda m: [s.authority for s in m.ballot_box.slots.values() if s.is_cast])
    assert len(set(cast)) == 3
    assert voting.site.run(lambda request: meeting_of(request).workflow_state) == "voting"
