"""Who owns votes, who convenes manages motions, and neither does the other's part."""

from __future__ import annotations

import pytest

from tests.functional.assembly import Assembly
from tests.functional.owner_steps import register
from tests.functional.world import build_city


@pytest.fixture
def voting(open_site, moved_clock):
    """Return a meeting whose vote is open."""
    assembly = Assembly(open_site, moved_clock)
    assembly.open()
    return assembly


@pytest.mark.clause("EV-5.4.1", "BJ-0.4")
def test_convenor_casts_no_ballot_and_owner_enters_no_motion(voting):
    convenor, owner = voting.site.logged_in("convenor"), voting.site.logged_in("anna")
    convenor.get(voting.path + "vote", status=403)
    owner.get(voting.path + "vote", status=200)
    for browser in (owner, convenor):
        browser.get(voting.path + "add/motion", status=403)
    owner.get("/communities/haitang/meetings/add/meeting", status=403)
    convenor.get("/communities/haitang/meetings/add/meeting", status=200)


@pytest.mark.clause("EV-4.1.8", "BJ-O5.1", "BJ-O5.2")
def test_owner_reaches_the_ballot_of_all_motions_from_the_home_page_and_a_stranger_none(voting):
    owner = voting.site.logged_in("anna")
    page = owner.get("/")
    link = next(a["href"] for a in page.html.select("a") if a["href"].endswith("/vote"))
    ballot = owner.get(link)
    for motion in voting.motions:
        assert motion["title"] in ballot.text
    verified_elsewhere = register(voting.site)
    assert not verified_elsewhere.get("/").html.select("a[href$='/vote']")
    verified_elsewhere.get(link, status=403)
    assert "/login?came_from=" in voting.site.browser().get(link, status=303).location


@pytest.mark.clause("SZ-6")
def test_nobody_launches_a_meeting_without_an_account_that_convenes(open_site):
    build_city(open_site, register="")
    add = "/communities/haitang/meetings/add/meeting"
    stranger = open_site.browser()
    assert "/login?came_from=" in stranger.get(add, status=303).location
    token = stranger.get("/login").forms["form"]["csrf_token"].value
    stranger.post(add, {"csrf_token": token, "title": "会议"}, status=401)
    owner = register(open_site)
    owner.get(add, status=403)
    open_site.logged_in("convenor").get(add, status=200)
