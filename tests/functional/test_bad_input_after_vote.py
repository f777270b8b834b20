"""The same for a meeting whose result is public: its pages and files, as everybody."""

import pytest

from portal import clock
from tests.functional import bad_input, bad_world
from tests.functional.conftest import START, MovedClock, SiteUnderTest

PLACES = ("/communities/haitang/meetings/2026-001/", "/communities/haitang/archives/")
# Who reads the table of units or every ballot learns who voted how, so that is audited.
AUDITED = (
    *("unit-results", "unit-results.xlsx", "package-P2.zip"),
    *("authorisation.pdf", "delivery.pdf", "delivery.xlsx"),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    source = MovedClock(START)
    clock.set_clock(source)
    site = SiteUnderTest(tmp_path_factory.mktemp("site"), **{"yitang.limits": "off"})
    world = bad_world.World(site, source)
    world.publish_result()
    yield world
    site.close()
    clock.set_clock(None)


@pytest.mark.clause("v5.0.0-3.5.3")
def test_no_page_after_the_vote_fails_or_changes_anything(world):
    opened = set()
    addresses = [one for one in world.addresses() if one.startswith(PLACES)]
    for person, browser in world.browsers.items():
        for address in addresses:
            before = world.last()
            page = browser.get(address, status="*")
            assert page.status_int < 500, (person, address)
            unchanged = world.last() == before
            assert unchanged or address.endswith(AUDITED), (person, address)
            if page.status_int == 200:
                opened.add(address.rpartition("/")[2])
    assert {"result", "result.pdf", "result.xlsx", "result.csv", "unit-results"} <= opened


def test_odd_queries_and_paths_break_no_page_after_the_vote(world):
    addresses = [one for one in world.addresses() if one.startswith(PLACES)]
    for address in addresses:
        for query in bad_input.QUERIES:
            response = world.browsers["street"].get(f"{address}?{query}", status="*")
            assert response.status_int < 500, (address, query)
    for base in PLACES:
        for view in (
            "result",
            "voucher",
            "voting-right",
            "ballot-check",
            "unit-results",
            "part",
            "file",
            "package",
        ):
            for tail in bad_input.TAILS:
                address = f"{base}{view}/{tail}"
                assert world.browsers["street"].get(address, status="*").status_int < 500, address
