"""Where a secret vote is refused, and secret ballots cast in other ways than the own phone."""

import pytest

from portal.errors import PortalError
from tests.functional.acting_world import introduce
from tests.functional.assembly import Assembly, meeting_of
from tests.functional.secrecy.steps import MOTIONS, open_secretly
from tests.functional.test_canaries import stored
from tests.functional.test_kiosk import admitted, opened, press, started
from tests.functional.test_proxy import accepted
from tests.functional.voting_steps import vote


@pytest.mark.clause("EV-6.3.1.1")
def test_suspended_secret_vote_keeps_no_way_to_join_either(open_site, moved_clock):
    voting = open_secretly(Assembly(open_site, moved_clock, "beijing-2019", MOTIONS))
    voting.cast("bo", m1=["for"])
    page = open_site.logged_in("bo").get(voting.path)
    voting.step("suspend")
    open_site.drain()
    assert not list((open_site.folder / "covers").iterdir())
    assert voting.look(lambda m: (m.result, len(m.ballot_box.mixed))) == (None, 1)
    assert open_site.logged_in("bo").get(voting.path).status_int == page.status_int


@pytest.mark.parametrize(
    ("profile", "method", "reason"),
    [
        ("shenzhen-draft-2019", "electronic", "secrecy.not_here"),
        ("generic", "electronic_paper", "secrecy.no_paper"),
    ],
)
@pytest.mark.clause("EV-6.3.1.1", "SZ-25.4")
def test_secret_vote_is_refused_where_it_cannot_be_kept(
    open_site, moved_clock, profile, method, reason
):
    assembly = Assembly(open_site, moved_clock, profile, MOTIONS)

    def choose(request):
        meeting = meeting_of(request)
        meeting.ballot_mode, meeting.method = "secret", method

    open_site.run(choose)
    with pytest.raises(PortalError) as refused:
        assembly.step("submit")
    assert refused.value.message_id == reason


@pytest.mark.clause("EV-6.3.1.1", "SZ-20.3")
def test_proxy_casts_a_secret_ballot_and_only_he_gets_its_voucher(open_site, moved_clock):
    voting = open_secretly(Assembly(open_site, moved_clock))
    introduce(voting, "anna", "sun")
    path = accepted(voting, "anna")
    page = vote(open_site.logged_in("sun"), voting.path, m1="for")
    assert "请在投票截止前保存凭证" in page.text
    anna = open_site.logged_in("anna")
    anna.get(page.request.path, status=404)
    assert page.request.path not in anna.get(path).text
    voting.close()
    assert voting.look(lambda m: m.result.record["participation"]) == [1, 8000]


@pytest.mark.clause("EV-6.3.1.1", "BJ-G9")
def test_tablet_shows_the_voucher_of_a_secret_ballot_and_sends_it_nowhere(open_site, moved_clock):
    voting = open_secretly(Assembly(open_site, moved_clock, "beijing-2019", MOTIONS))
    introduce(voting, "dora")
    _, tablet, path = opened(voting)
    ballot = started(tablet, voting, admitted(voting.site.logged_in("convenor"), path, "dora"))
    assert "防不住的" in ballot.text
    done = press(press(ballot, "review", m1="against"), "confirm").follow()
    assert "投票成功" in done.text
    token = done.html.find("input", attrs={"name": "csrf_token"})["value"]
    tablet.post(voting.path + "terminal", {"csrf_token": token, "act": "send"}, status="*")
    assert not [n for n, d in stored(open_site.folder).items() if b"kiosk.voucher" in d]
    voting.close()
    assert "投票成功" not in tablet.get(voting.path + "terminal").text
    tablet.get(voting.path + "terminal/voucher.png", status=404)
    assert voting.look(lambda m: {o["channel"] for o in m.result.record["channels"]}) == {
        "electronic"
    }
