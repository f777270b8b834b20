"""The page of votes and the own page follow a meeting from notice to result."""

from __future__ import annotations

import pytest

from portal.security import Role
from tests.functional.assembly import Assembly, meeting_of


def lines(browser, section):
    page = browser.get("/votes")
    return [
        item.get_text(" ", strip=True)
        for item in page.html.select(f"section[aria-labelledby={section}] .item-list > li")
    ]


@pytest.mark.clause("EV-7.1.1", "EV-7.1.2", "EV-7.1.3")
def test_votes_of_the_own_communities_are_listed_with_window_and_state(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock).open()
    anna = open_site.logged_in("anna")
    [current] = lines(anna, "votes-current")
    assert "2026年业主大会会议" in current
    assert "待投票" in current
    assert "续聘物业服务企业" in current
    assert "2026年6月20日 09:00 — 2026年7月1日 18:00" in current
    assert "待投票" in anna.get("/me").text
    assembly.cast("anna", m1=["for"])
    [current] = lines(anna, "votes-current")
    assert "已投票" in current
    assembly.close()
    assert lines(anna, "votes-current") == []
    [ended] = lines(anna, "votes-ended")
    assert "正在计票" in ended
    assert "同意" not in ended


@pytest.mark.clause("EV-7.1.2", "BJ-0.2")
def test_owner_of_another_community_sees_no_vote_of_this_one(open_site, moved_clock):
    Assembly(open_site, moved_clock).open()
    open_site.make_account("far", (Role.OWNER, "community-999"), kind="owner")
    assert lines(open_site.logged_in("far"), "votes-current") == []


@pytest.mark.clause("SZ-18")
def test_binding_during_the_notice_is_possible_and_says_what_it_means(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock).notice()
    fang = open_site.logged_in("fang")
    page = fang.get("/me/bind?community=haitang")
    assert "本次会议不能在线投票" in page.text
    assert "SZ-18" in page.text
    form = page.forms["own-units"]
    form["unit"].checked = True
    page = form.submit(status=303).follow()
    assert "本次会议不能在线投票" in page.text
    bindings = assembly.look(lambda meeting: meeting.community["owners"].unit("b1/1-402").bindings)
    assert [one.account_id for one in bindings] == [assembly.ids["fang"]]


def test_requests_of_the_person_stand_on_the_own_page(open_site, moved_clock):
    Assembly(open_site, moved_clock)
    anna = open_site.logged_in("anna")
    page = anna.get("/me/convenor", status=303)
    form = page.follow().forms["form"]
    form["body_name"], form["kind"], form["grounds"] = "筹备组", "preparatory_group", "首次会议"
    form.submit("save", status=303)
    assert "筹备组" in anna.get("/me").text
    assert "筹备组" not in open_site.logged_in("bo").get("/me").text
    assert open_site.run(meeting_of).title
