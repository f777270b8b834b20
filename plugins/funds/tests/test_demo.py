"""The demo goes on where the story of the meetings ends: 1,220 units pay in, one bill is paid."""

import pytest

from content_types.story.play import play as play_story
from portal import clock
from tests.functional.conftest import PASSWORD, START, SiteUnderTest
from yitang_funds.demo import FEN_PER_HUNDREDTH, play
from yitang_funds.verify import verify

AREA = 12_628_615  # of the register, in 0.01 m²


@pytest.fixture
def site(tmp_path):
    with clock.freeze(START):
        under_test = SiteUnderTest(tmp_path, **{"yitang.plugins": "funds"})
        yield under_test
        under_test.close()


@pytest.mark.clause("MF-6.2.10.b")
def test_demo_votes_at_its_hours_and_pays_what_was_decided_and_nothing_else(site, monkeypatch):
    monkeypatch.setenv("YITANG_LIMITS", "off")
    play_story(site.registry, PASSWORD, lambda _: None)
    assert site.run(hours_of_votes) == {("open_voting", 9), ("close_voting", 18)}
    said = []

    logins = play(site.registry, PASSWORD, said.append)

    assert [login for login, _ in logins] == ["fund-manager", "fund-checker"]
    outcomes = [line.partition(" is ")[2] for line in said[1:]]
    # One meeting is over and published, in the other the vote is still open.
    paid, requested = sorted(outcomes)
    assert paid == "paid"
    assert requested == (
        "requested: The result of motion “使用维修资金更新 5 栋电梯” is not published."
    )

    def look(request):
        community = request.site["communities"]["haitang"]
        book = community["funds"].book
        paid = sum(
            item.amount_fen for item in community["funds"].values() if item.workflow_state == "paid"
        )
        return verify(book), book.last_seq, len(book.units), book.totals(), paid

    problems, last_seq, units, totals, paid = site.run(look)
    assert (problems, last_seq, units) == ([], 1_221, 1_220)
    assert totals[4001] == -AREA * FEN_PER_HUNDREDTH
    assert totals[1001] == AREA * FEN_PER_HUNDREDTH - paid
    assert paid > 0


def hours_of_votes(request):
    """Return the hours at which the clock opened and ended the votes of the demo."""
    return {
        (one["transition"], clock.local(one["at"]).hour)
        for place in request.site["communities"].values()
        for meeting in place["meetings"].values()
        for one in meeting.history()
        if one.get("transition") in ("open_voting", "close_voting")
    }


def test_demo_on_a_site_without_units_does_nothing(site):
    assert play(site.registry, PASSWORD, list) == []
