"""Pages that follow the law of their place: binding list, saved versions, why one cannot vote."""

import pytest

from tests.browser.test_service_browser import look_at
from tests.functional.assembly import Assembly

MOTIONS = ({"title": "续聘物业", "matter": "service_company"},)


@pytest.mark.clause("SZ-14.1", "EV-6.8")
def test_pages_of_a_notice_and_of_its_versions_keep_the_house_rules(
    open_site, moved_clock, serve, open_page, axe, html_faults
):
    voting = Assembly(open_site, moved_clock)
    form = open_site.logged_in("convenor").get(voting.path + "edit").forms["form"]
    form["place"] = "会所二楼"
    form.submit("save", status=303)
    voting.notice()
    pages = [
        ("", voting.path + "binding-list"),
        ("convenor", voting.path + "compare"),
        ("convenor", voting.path + "compare?new=s5"),
    ]
    assert look_at(pages, serve, open_site, open_page, axe, html_faults) == []


@pytest.mark.clause("BJ-GQ2", "BJ-G8")
def test_pages_of_a_suspended_vote_keep_the_house_rules(
    open_site, moved_clock, serve, open_page, axe, html_faults
):
    voting = Assembly(open_site, moved_clock, "beijing-2019", MOTIONS).open()
    voting.step("suspend")
    pages = [("anna", voting.path), ("anna", voting.path + "can-i-vote")]
    assert look_at(pages, serve, open_site, open_page, axe, html_faults) == []
