"""The clock opens and closes the vote to the moment, and one that is set back does no harm."""

from datetime import timedelta

import pytest

from portal import audit
from tests.functional.assembly import CLOSES, OPENS, Assembly, at, meeting_of
from tests.functional.voting_steps import choose, vote

A_MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def noticed(site, moved_clock):
    return Assembly(site, moved_clock).notice()


@pytest.fixture
def voting(noticed):
    noticed.until(OPENS)
    return noticed


def state(assembly):
    return assembly.look(lambda meeting: meeting.workflow_state)


def cast_rights(assembly):
    def look(meeting):
        return [key for key, slot in meeting.ballot_box.slots.items() if slot.is_cast]

    return assembly.look(look)


def filled_form(assembly, name):
    """Return the last form of somebody who only has to press the button."""
    review = choose(assembly.site.logged_in(name), assembly.path, m1="for").submit("step", index=0)
    return next(form for form in review.forms.values() if "nonce" in form.fields)


@pytest.mark.clause("EV-6.4.2", "EV-6.4.3")
def test_vote_opens_by_the_clock_and_not_a_moment_before(noticed):
    noticed.clock.to(at(OPENS) - A_MOMENT)
    noticed.site.drain()
    assert state(noticed) == "noticed"
    anna = noticed.site.logged_in("anna")
    assert "EV-6.4.2" in anna.get(noticed.path + "vote", status=422).text
    # The clock's job looks every few seconds.
    noticed.clock.forward(minutes=1)
    noticed.site.drain()
    assert state(noticed) == "voting"
    assert "电子投票凭证" in vote(anna, noticed.path, m1="for").text


@pytest.mark.clause("EV-6.4.2", "EV-6.4.3")
def test_ballot_of_the_last_moment_counts_and_one_at_the_end_does_not(voting):
    voting.clock.to(at(CLOSES) - timedelta(minutes=1))
    anna, dora, bo = (filled_form(voting, name) for name in ("anna", "dora", "bo"))
    voting.clock.to(at(CLOSES) - A_MOMENT)
    voting.site.drain()
    assert state(voting) == "voting"
    anna.submit("step", index=0, status=303)
    voting.clock.to(at(CLOSES))
    # Nobody has closed the vote yet: the second alone decides.
    assert "投票已经结束" in dora.submit("step", index=0, status=422).text
    voting.clock.forward(minutes=1)
    voting.site.drain()
    assert state(voting) == "counted"
    assert "投票已经结束" in bo.submit("step", index=0, status=422).text
    assert cast_rights(voting) == ["r00001"]
    assert voting.look(lambda meeting: meeting.result.record["participation"][0]) == 1


@pytest.mark.clause("EV-6.4.3")
def test_clock_set_back_after_the_end_opens_nothing_again(voting):
    voting.clock.to(at(CLOSES) - timedelta(minutes=1))
    form = filled_form(voting, "anna")
    voting.until(CLOSES)
    voting.clock.instant = at(CLOSES) - timedelta(minutes=1)
    voting.site.drain()
    assert state(voting) == "counted"
    assert "投票已经结束" in form.submit("step", index=0, status=422).text
    voting.clock.instant = at(OPENS) - timedelta(days=1)
    voting.site.drain()
    assert state(voting) == "counted"
    assert cast_rights(voting) == []


@pytest.mark.clause("EV-6.4.3", "EV-8.6.1")
def test_clock_set_back_during_the_vote_hides_no_ballot_and_breaks_no_chain(voting):
    voting.clock.to(at(OPENS) + timedelta(minutes=8))
    chen, dora = filled_form(voting, "chen"), filled_form(voting, "dora")
    vote(voting.site.logged_in("bo"), voting.path, m1="for")
    voting.clock.forward(seconds=60)
    voting.site.drain()
    voting.clock.instant = at(OPENS) + timedelta(minutes=2)
    voting.site.drain()
    assert state(voting) == "voting"
    # The co-owner hears the true reason though the first ballot lies in the future now.
    assert "SZ-21.2" in chen.submit("step", index=0, status=422).text
    dora.submit("step", index=0, status=303)
    voting.clock.forward(seconds=60)
    voting.site.drain()
    assert cast_rights(voting) == ["r00002", "r00003"]

    def look(request):
        box = meeting_of(request).ballot_box
        times = [head["time"] for head in box.log.heads()]
        return box.log.fsck(box.read, [box.signing_key]), times, len(box.sequence)

    fsck, times, sequenced = voting.site.run(look)
    assert fsck.ok
    assert times == sorted(times)
    assert sequenced == 2
    assert voting.site.run(audit.first_fault) is None
