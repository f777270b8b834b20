"""A whole paper round by the Shenzhen rules, and none by the Beijing ones."""

from datetime import timedelta

import pytest

from content_types.meeting import turnout
from content_types.meeting.paper import entry, ledger, opening
from content_types.meeting.paper.model import Reading
from portal.errors import Forbidden
from portal.rules.errors import RuleError
from portal.rules.reconcile import Entry, reconcile
from tests.functional.assembly import CLOSES, OPENS, Assembly, at, meeting_of
from tests.functional.paper import whole_round
from tests.functional.paper.steps import S1, S2, S4, Round, first_come, refused


@pytest.mark.clause(
    "SZ-11.1",
    "SZ-11.2",
    "SZ-N4",
    "SZ-5.4",
    "SZ-18",
    "SZ-22.1",
    "SZ-22.2",
    "C-3",
    "SZ-24.1",
    "SZ-24.2",
    "SZ-24.3",
    "SZ-24.4",
    "SZ-25.1",
    "SZ-11.3",
    "EV-8.1.4",
    "EV-8.6.2",
    "EV-8.4.1",
    "EV-8.6.3",
)
def test_whole_paper_round_in_shenzhen(voting, tmp_path):
    whole_round.play_desk(voting)
    refused(lambda: voting.act("convenor", lambda p, r: opening.set_session(
        p, "会所", at(OPENS), "x", r)), "paper.session_early")  # fmt: skip
    voting.close()
    # Nothing is counted while paper waits, and a ballot of later is refused.
    assert voting.look(lambda m: (m.workflow_state, m.results)) == ("counting", ())
    refused(lambda: voting.give_back(S4), "refusal.paper_too_late", clause="SZ-11.3")
    voting.give_back(S4, received_at=at(CLOSES) - timedelta(minutes=1))
    whole_round.check_opening(voting)
    whole_round.play_entry(voting)
    whole_round.check_blindness(voting)
    numbers = voting.numbers()
    assert (numbers.printed, numbers.returned, numbers.disputed) == (8, 5, 1)
    refused(voting.finish, "paper.sum.returned", clause="EV-8.6.3")
    decided = Reading({"2026-001": ("for", "against"), "2026-002": ("for",)})
    refused(lambda: voting.act("caller", lambda p, r: entry.resolve(p, S4, decided, "看过", r)),
            "paper.third_person")  # fmt: skip
    voting.act("monitor", lambda p, r: entry.resolve(p, S4, decided, "两项都打了勾", r))
    for wrong in ({"box": 4}, {"stock": 2}, {"spoiled": 0}, {"foreign": 1}):
        with pytest.raises(RuleError, match=r"paper\.sum") as error:
            voting.finish(**wrong)
        assert abs(error.value.values["difference"]) == 1
    voting.finish()
    assert voting.look(lambda m: m.results) == ()
    whole_round.play_audit(voting)
    voting.site.drain()
    whole_round.check_result(voting)
    whole_round.check_packages(voting, tmp_path)
    whole_round.check_pages(voting)
    whole_round.check_correction(voting, tmp_path)
    whole_round.check_storage(voting)
    whole_round.check_publication(voting)


@pytest.mark.clause("BJ-GQ10")
def test_no_paper_beside_mobile_voting_in_beijing(site, moved_clock):
    motions = ({"title": "选聘物业服务企业", "matter": "service_company"},)
    played = Assembly(site, moved_clock, profile="beijing-2019", motions=motions)
    site.run(lambda request: setattr(meeting_of(request), "method", "electronic_paper"))
    refused(lambda: played.step("submit"), "refusal.paper_not_offered", clause="BJ-GQ10")
    site.run(lambda request: setattr(meeting_of(request), "method", "electronic"))
    played.open()
    assert played.look(lambda m: "paper" in m) is False
    site.logged_in("convenor").get(Round.paper, status=404)
    # Nothing in the box of a place without paper: no roles are asked for.
    assert played.look(lambda m: m.rules(site.registry).box_roles.value) == ()


@pytest.mark.clause("SZ-24.4")
def test_roles_are_three_different_persons_and_none_convenes(voting):
    appoint = lambda login, role: voting.act(  # noqa: E731
        "convenor", lambda p, r: opening.appoint(p, login, role, r)
    )
    refused(lambda: appoint("caller", "scrutineer"), "paper.one_role_each", clause="SZ-24.4")
    refused(lambda: appoint("convenor", "scrutineer"), "paper.monitor_convenes")
    refused(lambda: appoint("nobody", "teller"), "paper.no_such_account")
    refused(lambda: appoint("street", "administrator"), "paper.no_such_role")
    ids = {login: voting.ids[login] for login in ("second", "monitor")}
    voting.act("convenor", lambda p, r: opening.dismiss(p, ids["second"], "teller", r))
    held = voting.act("convenor", opening.officers)
    assert {role: len(found) for role, found in held.items()} == {
        "vote_caller": 1,
        "teller": 1,
        "scrutineer": 1,
    }
    assert "计票人：已指定 1 人" in voting.site.browser().get(voting.path).text
    with pytest.raises(Forbidden):
        voting.act("caller", lambda p, r: _counting(p) or opening.confirm(p, "teller", r))


def _counting(paper):
    paper.meeting.workflow_state = "counting"
    paper.session = opening.Session("会所", at(CLOSES), "x", "x", at(CLOSES))


@pytest.mark.clause("SZ-16", "SZ-11.1")
def test_paper_ballot_that_came_first_stands_where_the_rules_say_so(voting):
    played, site = voting, voting.site
    site.run(first_come)
    played.act("convenor", lambda p, r: ledger.print_ballots(p, r, number=2))
    played.hand_out(S1, played.code("101"))
    played.give_back(S1)
    # The first vote stands here, so the owner of the returned ballot is told so at once.
    refused(lambda: played.cast("anna", m1=("for",)), "refusal.already_voted")
    played.cast("dora", m1=("for",))
    refused(lambda: played.hand_out(S2, played.code("201")), "paper.voted_first")
    # Turnout knows the paper ballot: nobody reminds anna.
    waiting = played.look(turnout.non_voters)
    assert played.ids["anna"] not in waiting
    assert played.ids["bo"] in waiting
    units = played.look(turnout.voted_units)
    assert {played.code(room) for room in ("101", "201", "202")} == units
    played.clock.forward(minutes=1)
    site.drain()
    assert played.look(opening.taking_part) == (2, 8000 + 15_000)
    site.run(lambda request: setattr(meeting_of(request), "method", "paper"))
    refused(lambda: played.cast("bo", m1=("for",)), "refusal.electronic_not_offered",
            clause="SZ-11.1")  # fmt: skip


@pytest.mark.clause("SZ-24.4")
def test_reconcile_by_first_come_needs_no_order_of_entries():
    early, late = at(OPENS), at(CLOSES)
    paper, online = Entry("p", "r1", "paper", early), Entry("e", "r1", "electronic", late)
    first = {d.entry.serial: d.outcome for d in reconcile([online, paper], "first")}
    assert first == {"p": "counted", "e": "duplicate"}
    wins = {d.entry.serial: d.outcome for d in reconcile([paper, online], "electronic")}
    assert wins == {"p": "superseded", "e": "counted"}
