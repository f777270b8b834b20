"""Whose ballot covers which units, and who has no ballot, by the rules of each place."""

import pytest

from content_types.meeting import eligibility
from tests.functional.assembly import (
    OPENS,
    Assembly,
    meeting_of,
)
from tests.functional.voting_steps import transfer, vote


@pytest.mark.clause("SZ-21.2", "BJ-OQ5")
def test_co_owner_is_refused_after_the_other_voted_and_sees_the_voucher(voting):
    vote(voting.site.logged_in("bo"), voting.path, m1="for")
    chen = voting.site.logged_in("chen")
    page = chen.get(voting.path)
    assert "共有人已经投票" in page.text
    assert "SZ-21.2" in page.text
    refused = chen.get(voting.path + "vote", status=422)
    assert "SZ-21.2" in refused.text
    assert "由共有人" in chen.get(voting.path + "voucher/r00002").text
    voting.site.logged_in("dora").get(voting.path + "voucher/r00002", status=404)
    voting.site.browser().get(voting.path + "voucher/r00002.json", status=404)


@pytest.mark.clause("SZ-18")
def test_owner_who_bound_during_the_notice_is_told_to_vote_on_paper(site, moved_clock):
    voting = Assembly(site, moved_clock).notice()
    page = site.logged_in("eve").get(voting.path)
    assert "可以书面投票" in page.text
    assert "SZ-18" in page.text
    assert "投票从" in site.logged_in("anna").get(voting.path).text
    voting.until(OPENS)
    refused = site.logged_in("eve").get(voting.path + "vote", status=422)
    assert "SZ-18" in refused.text


@pytest.mark.clause("SZ-18")
def test_unit_bound_too_late_is_left_out_of_the_ballot_of_its_owner(voting):
    browser = voting.site.logged_in("gao")
    page = browser.get(voting.path + "vote")
    assert "绑定较晚" in page.text
    vote(browser, voting.path, m1="for")
    right, units = voting.look(
        lambda m: next(
            (r, m.ballot_box.cast_units(r))
            for r in m.ballot_box.roll.rights.values()
            if "b1/1-501" in r.units
        )
    )
    assert right.units == ("b1/1-501", "b1/1-502")
    assert units == ("b1/1-501",)


@pytest.mark.clause("EV-8.1.3")
def test_verified_owner_who_never_bound_is_told_so(voting):
    page = voting.site.logged_in("fang").get(voting.path)
    assert "请先绑定这套房屋" in page.text
    assert "SZ-9.4" in page.text


@pytest.mark.clause("BJ-OQ6.1", "BJ-OQ13.2")
def test_owner_of_two_units_is_one_head_with_both_areas(voting):
    right = voting.look(
        lambda m: m.ballot_box.roll.right_of("b1/1-201"),
    )
    assert right.units == ("b1/1-201", "b1/1-202")
    assert right.area == 15_000
    vote(voting.site.logged_in("dora"), voting.path, m1="for")
    page = voting.site.logged_in("convenor").get(voting.path + "turnout").html
    cells = {
        cell.find(class_="cell__name").text: cell.find(class_="cell__word").text
        for cell in page.find_all(class_="cell")
    }
    assert {room for room, word in cells.items() if word == "已投票"} == {"1单元201", "1单元202"}
    voting.close()
    assert voting.look(lambda m: m.result.record["participation"]) == [1, 15_000]


@pytest.mark.clause("BJ-OQ6.2", "C-4")
def test_co_owned_house_is_one_head_and_its_area_counts_once(voting):
    vote(voting.site.logged_in("chen"), voting.path, m1="for")
    assert "共有人" in voting.site.logged_in("bo").get(voting.path + "vote", status=422).text
    voting.close()
    record = voting.look(lambda m: m.result.record)
    assert record["participation"] == [1, 9000]
    votes = {row["option"]: row["votes"] for row in record["motions"][0]["options"]}
    assert votes["for"] == [1, 9000]


@pytest.mark.clause("BJ-OQ9", "C-7")
def test_owner_in_beijing_who_binds_while_the_vote_is_open_may_vote(site, moved_clock):
    motions = ({"title": "选聘物业", "matter": "service_company"},)
    voting = Assembly(site, moved_clock, "beijing-2019", motions).open()
    assert voting.look(lambda m: m.workflow_state) == "voting"
    fang = site.logged_in("fang")
    assert "请先绑定这套房屋" in fang.get(voting.path + "vote", status=422).text
    site.run(lambda request: voting.bind(request, "fang", ("402",)))
    vote(fang, voting.path, m1="for")
    vote(site.logged_in("eve"), voting.path, m1="against")
    voting.close()
    assert voting.look(lambda m: m.result.record["participation"]) == [2, 17_000]


@pytest.mark.clause("BJ-OQ11.1", "BJ-OQ11.2")
def test_title_change_while_the_vote_is_open_leaves_one_ballot_per_right(site, moved_clock):
    motions = ({"title": "选聘物业", "matter": "service_company"},)
    voting = Assembly(site, moved_clock, "beijing-2019", motions).open()
    vote(site.logged_in("anna"), voting.path, m1="for")
    moved_clock.forward(minutes=1)

    for room in ("101", "401"):
        transfer(voting, room, "fang")
    moved_clock.forward(minutes=1)
    site.run(lambda request: voting.bind(request, "fang", ("101", "401", "402")))

    def said(name):
        def judge(request):
            meeting, account = meeting_of(request), request.site.accounts[voting.ids[name]]
            return {
                code: claim.answer.reason or "allowed"
                for claim in eligibility.claims(meeting, request, account)
                for code in claim.right.units
            }

        return site.run(judge)

    told = said("fang")
    assert told["b1/1-101"] == "previous_owner_voted"
    assert told["b1/1-401"] == "allowed"
    assert said("eve")["b1/1-401"] == "title_changed"
    assert site.logged_in("eve").get(voting.path + "vote", status=422).html.select(".clause")
    fang = site.logged_in("fang")
    ballot = fang.get(voting.path + "vote")
    assert "1栋1单元401" in ballot.text
    assert "1栋1单元101" not in ballot.text
    form = ballot.forms["vote"]
    form["right"] = voting.look(lambda m: m.ballot_box.roll.right_of("b1/1-401").key)
    form["m-2026-001"] = "against"
    review = form.submit("step", index=0)
    confirm = next(one for one in review.forms.values() if "nonce" in one.fields)
    confirm.submit("step", index=0, status=303)
    voting.close()
    # The ballot of anna stands for 101 and fang's is of 401.
    assert voting.look(lambda m: m.result.record["participation"]) == [2, 8000 + 6000]
