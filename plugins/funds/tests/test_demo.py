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
def test_demo_pays_what_the_counted_vote_decided_and_nothing_else(site, monkeypatch):
    monkeypatch.setenv("YITANG_LIMITS", "off")
    play_story(site.registry, PASSWORD, lambda _: None)
    said = []

    logins = play(site.registry, PASSWORD, said.append)

    assert [login for login, _ in logins] == ["fund-manager", "fund-checker"]
    outcomes = [line.partition(" is ")[2] for line in said[1:]]
    # One meeting is over and published, in the other the vote is still open.
    assert sorted(outcomes) == ["paid", "requested: funds.error.motion_not_published"]

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


def test_demo_on_a_site_without_units_does_nothing(site):
    assert play(site.registry, PASSWORD, list) == []
