"""Votes per option while voting: shown in steps, said everywhere, never of a secret vote."""

from dataclasses import replace

import pytest

from content_types.meeting import figures
from content_types.meeting.packages import package
from portal import content
from portal.errors import PortalError
from portal.evidence.canonical import EvidenceError
from portal.evidence.recount import recount
from portal.evidence.verifier.outcome import check_figures
from portal.evidence.verifier.report import ProblemError
from portal.evidence.verify import verify
from tests.functional.api_client import MEETING, Client
from tests.functional.assembly import OPENS, Assembly, at, meeting_of
from tests.functional.secrecy.steps import SecretVote
from tests.unit.evidence.test_second_verifier import second

MOTIONS = (
    {"title": "续聘物业服务企业", "matter": "service_company"},
    {"title": "公共收益用途", "matter": "other_major", "item": "other_major"},
)
STEP = 2
TITLE, WARNING = "各选项得票情况", "系统运营者在截止前能看到得票数"
CHOICES = {
    "bo": {"m1": ["for"], "m2": ["against"]},
    "eve": {"m1": ["against"]},
    "dora": {"m1": ["for"], "m2": ["for"]},
    "fang": {"m1": ["for"], "m2": ["for"]},
    "gao": {"m1": ["against"], "m2": ["for"]},
}


class FiguresVote(Assembly):
    """A vote by the standard whose convenor chose figures while voting."""

    def __init__(self, site, moved_clock, *, trustees=(), chosen=True):
        profiles = site.registry.profiles
        rules = profiles["generic"]
        small = replace(
            rules,
            publication_group=replace(rules.publication_group, value=STEP),
            # What the notary needs is proved elsewhere.
            roster_to_notary=replace(rules.roster_to_notary, value=False),
        )
        site.registry.profiles = {**profiles, "generic": small}
        super().__init__(site, moved_clock, "generic", MOTIONS)
        site.run(lambda request: self.bind(request, "fang", ("402",)))
        site.run(lambda request: setattr(meeting_of(request), "trustees", trustees))
        site.run(
            lambda request: content.edit(meeting_of(request), request, {"interim_figures": chosen})
        )

    def cast_and_drain(self, name):
        self.clock.forward(seconds=40)
        self.cast(name, **CHOICES[name])
        # First the log, then the figures.
        for _ in range(2):
            self.site.drain()
            self.clock.forward(seconds=40)

    def votes(self, login="anna"):
        shown = Client(self.site, login).get(f"{MEETING}/turnout")["figures"]
        return shown["ballots"], [
            {one["option"]: one["votes"] for one in row["votes"]} for row in shown["motions"]
        ]


@pytest.fixture
def voting(open_site, moved_clock):
    return FiguresVote(open_site, moved_clock).open()


@pytest.mark.clause("EV-7.4.3", "C-14", "EV-10.8.1")
def test_owner_sees_votes_per_option_change_in_whole_steps_beside_time_and_turnout(voting):
    anna = voting.site.logged_in("anna")
    page = anna.get(voting.path).text
    assert TITLE in page
    assert "满 4 张电子选票后才显示" in page
    assert voting.votes() == (0, [])
    seen = []
    for name in ("bo", "eve", "dora", "fang", "gao"):
        voting.cast_and_drain(name)
        seen.append(voting.votes())
    first = (
        2,
        [
            {"for": 1, "against": 1, "abstain": 0, "": 0},
            {"for": 0, "against": 1, "abstain": 0, "": 1},
        ],
    )
    # From the fourth ballot on the first two are shown, and the fifth changes nothing.
    assert seen == [(0, [])] * 3 + [first] * 2
    page = anna.get(voting.path)
    assert "最先入账的 2 张电子选票" in page.text
    assert "每满 2 张新选票才更新一次" in page.text
    assert "还剩" in page.text
    assert "同意" in page.html.find(attrs={"aria-labelledby": "m-turnout"}).text
    for place in ("/me", "/votes", "/communities/haitang"):
        text = anna.get(place).text
        assert "已投票 5 票" in text
        assert "续聘物业服务企业：同意 1 · 反对 1" in text
    turnout = voting.site.logged_in("convenor").get(voting.path + "turnout").text
    assert TITLE in turnout
    assert "开票前任何人都看不到选择" not in turnout
    # A stranger sees neither turnout nor figures.
    assert TITLE not in voting.site.browser().get(voting.path).text
    assert "同意 1" not in voting.site.browser().get("/votes").text
    # After the close nobody sees any before the result is public.
    voting.close()
    assert TITLE not in anna.get(voting.path).text
    assert "同意 1" not in anna.get("/votes").text
    with pytest.raises(EvidenceError, match="no figures"):
        voting.site.run(_open_without_figures)


def _open_without_figures(request):
    box = meeting_of(request).ballot_box
    box.figures = None
    box.figures_opener(request.registry.kek)


@pytest.mark.clause("EV-7.4.3", "C-14", "EV-8.4.1")
def test_ballot_notice_and_package_say_that_the_operator_can_see_figures(voting, tmp_path):
    texts = voting.site.run(
        lambda r: [one.body for one in r.site["communities"]["haitang"]["announcements"].values()]
    )
    assert any(WARNING in text for text in texts)
    anna = voting.site.logged_in("anna")
    for name in ("", "vote", "trustees"):
        assert WARNING in anna.get(voting.path + name).text
    for name in CHOICES:
        voting.cast_and_drain(name)
    voting.close()
    assert "显示过各选项得票数" in anna.get(voting.path + "evidence").text
    settings = voting.look(lambda m: m.result.settings)
    assert settings["figures_while_voting"] == {"step": STEP}
    for level in ("P0", "P1", "P2"):
        data = voting.site.run(lambda r, level=level: package(meeting_of(r), level, r.registry))
        report = verify(data)
        assert report.ok
        assert any("the operator could see them" in note for note in report.notes)
        outcome, code = second(tmp_path, data)
        passed = {check["name"] for check in report.checks if check["status"] == "ok"}
        assert (set(outcome.values()), code, set(outcome)) == ({"ok"}, 0, passed)
    assert recount(data) == voting.look(lambda m: m.result.record)
    for wrong in (
        {"mode": "secret"},
        {"figures_while_voting": {"step": 0}},
        {"sealing": {"groups": [{"group": "convenor"}, {"group": "street_office"}]}},
    ):
        with pytest.raises(ProblemError):
            check_figures("settings", settings | wrong)


@pytest.mark.clause("C-14", "EV-4.1.9")
def test_figures_give_up_trustees_and_without_the_choice_nothing_is_opened(open_site, moved_clock):
    from content_types.meeting.trustees.seats import Seat

    seats = (Seat("convenor", "somebody"),)
    voting = FiguresVote(open_site, moved_clock, trustees=seats).open()
    assert voting.look(lambda m: (m.trustees, m.ballot_box.has_trustees)) == ((), False)


@pytest.mark.clause("C-14")
def test_vote_of_the_standard_hides_its_figures_unless_the_convenor_chose_them(
    open_site, moved_clock
):
    voting = FiguresVote(open_site, moved_clock, chosen=False).open()
    for name in CHOICES:
        voting.cast_and_drain(name)
    assert Client(open_site, "anna").get(f"{MEETING}/turnout")["figures"] is None
    assert TITLE not in open_site.logged_in("anna").get(voting.path).text
    open_site.run(lambda request: figures.advance(meeting_of(request), request))
    assert voting.look(lambda m: m.ballot_box.figures) is None
    voting.close()
    assert "figures_while_voting" not in voting.look(lambda m: m.result.settings)


@pytest.mark.clause("EV-7.4.3", "EV-6.3.1.1")
def test_secret_vote_refuses_figures(open_site, moved_clock):
    voting = FiguresVote(open_site, moved_clock)
    open_site.run(SecretVote.choose)
    with pytest.raises(PortalError) as refused:
        voting.step("submit")
    assert refused.value.field == "interim_figures"
    assert at(OPENS)


@pytest.mark.clause("C-14")
def test_only_a_place_that_leaves_it_to_the_convenor_asks_him(open_site, moved_clock):
    voting = FiguresVote(open_site, moved_clock)
    convenor = open_site.logged_in("convenor")
    form = convenor.get(voting.path + "edit")
    assert "投票期间显示各选项得票数" in form.text
    open_site.run(
        lambda r: setattr(r.site["communities"]["haitang"], "profile_id", "shenzhen-draft-2019")
    )
    assert "投票期间显示各选项得票数" not in convenor.get(voting.path + "edit").text
