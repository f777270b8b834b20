"""Owners read whether they can vote, why, by which clause, and what to do (SZ-18, BJ-OQ9)."""

import pytest

from portal.rules.vocabulary import REFUSAL_CODES
from tests.functional.api_client import MEETING, Client
from tests.functional.assembly import OPENS, Assembly
from tests.functional.voting_steps import vote


@pytest.mark.clause("SZ-18", "SZ-13", "SZ-21.2", "SZ-16", "SZ-9.4")
def test_page_gives_reason_clause_facts_and_next_step_from_the_day_of_the_notice(
    open_site, moved_clock
):
    voting = Assembly(open_site, moved_clock)
    voting.notice()
    path = voting.path + "can-i-vote"
    anna = open_site.logged_in("anna")
    assert "我能投票吗" in anna.get(voting.path).text
    page = anna.get(path)
    assert "投票从" in page.text
    assert "委托他人投票" in page.text
    facts = page.html.find("main").find("details").get_text(" ", strip=True)
    assert "绑定房屋" in facts
    late = open_site.logged_in("gao").get(path).html.find_all("section", class_="panel")
    assert "1单元501" in late[0].get_text()
    assert "投票从" in late[0].get_text()
    assert "SZ-18" in late[1].get_text()
    assert "书面选票" in late[1].get_text()
    assert "late_binding" in late[1].get_text()
    fang = open_site.logged_in("fang").get(path)
    assert "SZ-9.4" in fang.text
    assert fang.html.find("a", href="/me/bind")
    chen = open_site.logged_in("chen").get(path)
    assert "先投的一票有效" in chen.text
    assert "与共有人推选一人投票" in chen.text
    voting.until(OPENS)
    vote(open_site.logged_in("bo"), voting.path, m1="for")
    chen = open_site.logged_in("chen").get(path)
    assert "coowner_voted" in chen.text
    assert "SZ-21.2" in chen.text
    assert "查看凭证" in chen.text
    assert "由共有人" in chen.click("查看凭证").text
    voting.close()
    open_site.logged_in("anna").get(path, status=404)


def test_somebody_without_a_unit_learns_what_is_missing(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock).open()
    open_site.make_account("stranger", kind="owner")
    page = open_site.logged_in("stranger").get(voting.path + "can-i-vote")
    assert "not_verified" in page.text
    assert page.html.find("a", href="/me/identity")
    open_site.browser().get(voting.path + "can-i-vote", status=303)


def test_page_and_api_name_a_refusal_by_the_same_code(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock).open()
    voting.cast("anna", m1=("for",))
    moved_clock.forward(minutes=1)
    refused = open_site.logged_in("eve").get(voting.path + "vote", status=422)
    assert "late_binding" in refused.text
    assert refused.html.find("a", href=f"{voting.path}can-i-vote")
    body = {"right": "r00001", "nonce": "0" * 32, "choices": {"2026-001": ["for"]}}
    problem = Client(open_site, "anna").post(f"{MEETING}/ballots", body, status=422)
    assert (problem["code"], problem["clause"]) == ("already_voted", "SZ-16")
    assert problem["code"] in REFUSAL_CODES


def test_who_has_voted_is_told_so_and_not_offered_a_proxy_any_more(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock).open()
    anna = open_site.logged_in("anna")
    assert anna.get(voting.path).html.find("a", href=f"{voting.path}proxy")
    voting.cast("anna", m1=("for",))
    page = anna.get(voting.path)
    assert not page.html.find("a", href=f"{voting.path}proxy")
    assert "刚投的票稍后计入" in page.text
    chips = anna.get(voting.path + "can-i-vote").html.select("main .chip")
    assert [one.get_text(strip=True) for one in chips] == ["已投票"]
