"""Everybody can read what a clause code means."""

import re

import pytest

from portal.clauses import clause_of


def test_clause_shows_its_source_and_what_each_rule_draws_from_it(site):
    page = site.browser().get("/law/clause/SZ-12.2")
    assert page.html.h1.text == "《深圳市物业管理电子投票规则（征求意见稿）》第 12 条"
    panel = page.html.find(id="c-shenzhen-draft-2019").parent
    assert "发起指导期限（日）：5" in re.sub(r"\s+", "", panel.text)
    assert "会议录入提前天数" in panel.text  # SZ-12.1, of the same article
    link = panel.find("a", string="发起指导期限（日）")["href"]
    address, _, anchor = link.partition("#")
    assert site.browser().get(address).html.find(id=anchor)


def test_number_of_a_conflict_shows_what_each_rule_says(site):
    page = site.browser().get("/law/clause/C-12")
    assert len(page.html.select("section.panel")) == len(site.registry.profiles)


def test_clause_without_a_setting_says_that_it_holds_everywhere(site):
    assert "对全站同样适用" in site.browser().get("/law/clause/EV-8.2.3").text


def test_clause_of_no_known_source_is_not_found(site):
    site.browser().get("/law/clause/R15", status=404)


@pytest.mark.parametrize("profile", ["shenzhen-draft-2019", "beijing-2019", "generic"])
def test_every_chip_of_a_rule_leads_to_a_page(site, profile):
    browser = site.browser()
    page = browser.get(f"/law/{profile}")
    chips = page.html.select(".clause")
    assert chips
    assert [one.text for one in chips if one.name != "a"] == []
    for code in sorted({one.text for one in chips})[:8]:
        assert clause_of(code) is not None
        browser.get(f"/law/clause/{code}", status=200)
