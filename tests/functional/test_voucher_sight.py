"""Whose business a voucher is: who cast it and who held the right that day, never a later buyer."""

import pytest

from tests.functional.acting_world import introduce
from tests.functional.api_client import MEETING, Client
from tests.functional.assembly import Assembly
from tests.functional.test_proxy import accepted
from tests.functional.voting_steps import transfer, vote

MOTIONS = ({"title": "选聘物业", "matter": "service_company"},)
BEIJING, SHENZHEN = "beijing-2019", "shenzhen-draft-2019"
WAYS = {"page", "json", "png", "check", "interface"}


def key_of(voting, room):
    return voting.look(lambda m: m.ballot_box.roll.right_of(f"b1/1-{room}").key)


def ways(voting, name, key):
    """Return by which pages, files and answers an account gets the voucher."""
    browser, client = voting.site.logged_in(name), Client(voting.site, name)
    pages = {
        "page": f"voucher/{key}",
        "json": f"voucher/{key}.json",
        "png": f"voucher/{key}.png",
        "check": f"ballot-check/{key}",
    }
    found = {
        way
        for way, path in pages.items()
        if browser.get(voting.path + path, status="*").status_int == 200
    }
    answer = client.get(f"{MEETING}/vouchers/{key}", status="*")
    return found | ({"interface"} if "leaf" in answer else set())


def pointed(voting, name, key):
    """Return the pages that point an account to the voucher."""
    browser = voting.site.logged_in(name)
    pages = (voting.path, f"{voting.path}can-i-vote", "/votes", "/messages")
    return [one for one in pages if f"/{key}" in browser.get(one, status="*").text]


@pytest.fixture(params=[BEIJING, SHENZHEN])
def voting(open_site, moved_clock, request):
    return Assembly(open_site, moved_clock, request.param, MOTIONS).open()


def sell(voting, room, *owners):
    """Give a unit new owners, who bind it, before anybody was told of the ballot."""
    voting.clock.forward(minutes=1)
    transfer(voting, room, *owners)
    voting.clock.forward(minutes=1)
    voting.site.run(lambda request: voting.bind(request, "fang", (room,)))
    voting.clock.forward(minutes=1)
    voting.site.drain()


@pytest.mark.clause("SZ-17.3", "EV-7.5.1", "BJ-OQ11.1")
def test_buyer_who_binds_after_the_cast_gets_no_voucher_of_the_seller_who_keeps_it(voting):
    vote(voting.site.logged_in("anna"), voting.path, m1="for")
    key = key_of(voting, "101")
    sell(voting, "101", "fang")
    assert ways(voting, "fang", key) == set()
    assert pointed(voting, "fang", key) == []
    assert ways(voting, "anna", key) == WAYS
    voting.close()
    assert ways(voting, "fang", key) == set()
    assert pointed(voting, "fang", key) == []
    assert ways(voting, "anna", key) == WAYS


@pytest.mark.clause("SZ-17.3", "BJ-OQ6.2", "BJ-OQ11.1")
def test_co_owners_of_the_day_of_the_cast_see_its_voucher_and_who_bought_a_share_does_not(voting):
    vote(voting.site.logged_in("bo"), voting.path, m1="for")
    key = key_of(voting, "102")
    sell(voting, "102", "bo", "fang")
    assert ways(voting, "fang", key) == set()
    assert pointed(voting, "fang", key) == []
    assert ways(voting, "chen", key) == ways(voting, "bo", key) == WAYS
    assert "/votes" in pointed(voting, "bo", key)


@pytest.mark.clause("SZ-20.1", "SZ-17.3")
def test_principal_and_proxy_keep_the_voucher_when_the_unit_is_sold(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock, SHENZHEN, MOTIONS).open()
    introduce(voting, "anna", "bo", "dora", "gao", "sun")
    accepted(voting, "anna")
    vote(open_site.logged_in("sun"), voting.path, m1="for")
    key = key_of(voting, "101")
    sell(voting, "101", "fang")
    assert ways(voting, "fang", key) == set()
    assert ways(voting, "anna", key) == ways(voting, "sun", key) == WAYS
