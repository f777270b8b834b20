"""Page, interface and tablet lead into one and the same writer, and each counts once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.functional.acting_world import introduce
from tests.functional.api_client import MEETING, Client
from tests.functional.assembly import Assembly
from tests.functional.test_kiosk import MOTIONS, admitted, opened, press, started
from tests.functional.voting_steps import choose
from tests.site_process import wait_until

WAIT = 20
NONCE = "0123456789abcdef" * 2


@pytest.fixture
def voting(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock, "beijing-2019", MOTIONS).open()
    introduce(assembly, "anna", "bo", "dora")
    return assembly


def by_page(voting, name):
    """Return what presses the last button of the pages."""
    review = choose(voting.site.logged_in(name), voting.path, m1="for").submit("step", index=0)
    form = next(f for f in review.forms.values() if "nonce" in f.fields)
    return lambda: form.submit("step", index=0, status=303)


def by_interface(voting, name):
    """Return what posts the ballot of a program."""
    client = Client(voting.site, name)
    (right,) = (one["key"] for one in client.get(f"{MEETING}/rights")["items"])
    ballot = {"right": right, "nonce": NONCE, "choices": {"2026-001": ["for"]}}
    return lambda: client.post(f"{MEETING}/ballots", ballot, status=201)


def by_tablet(voting, name):
    """Return what presses the last button on a tablet."""
    helper, tablet, path = opened(voting)
    review = press(started(tablet, voting, admitted(helper, path, name)), "review", m1="for")
    return lambda: press(review, "confirm")


@pytest.mark.clause("EV-8.6.1")
def test_ballots_of_page_interface_and_tablet_share_one_commit(voting):
    ways = by_page(voting, "anna"), by_interface(voting, "bo"), by_tablet(voting, "dora")
    group = voting.site.registry.group_commit
    busy, go = threading.Event(), threading.Event()

    def first(request):
        busy.set()
        assert go.wait(WAIT)

    with ThreadPoolExecutor(len(ways) + 1) as pool:
        pool.submit(group.do, first)
        assert busy.wait(WAIT)
        answers = [pool.submit(way) for way in ways]
        wait_until(lambda: group._waiting.qsize() == len(ways), "all ballots wait", WAIT)
        go.set()
        answers = [one.result(WAIT) for one in answers]
    assert answers[2].status_int == 303
    slots = voting.look(
        lambda m: [(s.channel, s._p_serial) for s in m.ballot_box.slots.values() if s.is_cast]
    )
    assert sorted(channel for channel, _ in slots) == ["electronic", "electronic", "terminal"]
    assert len({serial for _, serial in slots}) == 1


@pytest.mark.clause("SZ-16")
def test_button_of_the_tablet_pressed_twice_casts_one_ballot(voting):
    confirm = by_tablet(voting, "dora")
    assert "投票成功" in confirm().follow().text
    before = voting.look(lambda m: m.ballot_box.slots["r00003"].sealed)
    assert "投票成功" in confirm().follow().text
    cast, terminals = voting.look(
        lambda m: (
            {key: s.sealed for key, s in m.ballot_box.slots.items() if s.is_cast},
            [one.ballots for one in m.terminals.values()],
        )
    )
    assert list(cast.values()) == [before]
    assert terminals == [1]
