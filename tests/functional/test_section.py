"""The page of a container lists only what the person may open, page by page."""

import pytest

from portal import content
from tests.functional.world import build_city


@pytest.fixture
def city(site):
    return build_city(site, register="")


def add_announcements(site, number):
    def add(request):
        section = request.site["communities"]["haitang"]["announcements"]
        for index in range(number):
            item = content.create(
                "announcement", request, title=f"公告第{index:02d}号", body="停水检修。"
            )
            content.add(section, item, request)

    site.run(add)


def test_long_section_is_paged_and_drafts_stay_hidden_from_strangers(site, city):
    add_announcements(site, 25)
    path = city["community"] + "announcements/"
    stranger = site.browser().get(path)
    assert "公告第" not in stranger.text
    convenor = site.logged_in("convenor")
    first, second = convenor.get(path), convenor.get(path + "?page=2")
    assert first.text.count("item-list__title") == 20
    assert second.text.count("item-list__title") == 5


def test_section_offers_to_add_only_to_those_who_may(site, city):
    path = city["community"] + "announcements/"
    assert "add/announcement" in site.logged_in("convenor").get(path).text
    assert "add/announcement" not in site.browser().get(path).text


def test_last_breadcrumb_is_the_page_itself_and_no_link(site, city):
    html = site.browser().get(city["community"]).html
    crumbs = html.select(".breadcrumbs li")
    assert crumbs[-1].find("a") is None
    assert crumbs[-1].find(attrs={"aria-current": "page"}).text == "海棠花园"


def test_only_the_tab_of_the_page_is_marked_as_current(site):
    site.make_account("reader")
    html = site.logged_in("reader").get("/messages").html
    current = html.select(".tabbar a[aria-current=page]")
    assert [tab["href"] for tab in current] == ["/messages"]
