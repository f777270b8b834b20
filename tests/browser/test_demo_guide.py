"""What the demo tells people to try, tried."""

import re

import pytest
from browsing import press
from demo_pages import SECOND_STRANGER, SECRET, STRANGER, TABLET, VOTING, cast_on_tablet
from playwright.sync_api import expect

from portal.scripts.demo import accounts_text
from tests.browser.test_every_page import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

ADDRESS = re.compile(r"/communities/\S+/|/communities/\S+\w|/(?:queue|verify)")


@pytest.fixture
def come(browser, demo):
    """Let somebody open a browser; at the end nothing was wrong in any of them."""
    opened = []

    def one(login):
        opened.append(Person(browser, demo, login))
        return opened[-1]

    yield one
    for person in opened:
        assert person.complaints == []
        person.context.close()


def test_accounts_table_names_who_can_log_in_and_only_pages_that_open(come, demo):
    text = accounts_text(demo.accounts, demo.tries, "geheim", demo.address)
    logins = {login for login, _ in demo.accounts}
    assert {login for login, _ in demo.tries} - {""} <= logins
    assert {f"  {login}" for login in logins} <= {line[:13].rstrip() for line in text.splitlines()}
    tablet = come("convenor2")
    tablet.tab.goto(f"{demo.address}{TABLET}kiosk")
    tablet.tab.fill("input[name=place]", "南门")
    press(tablet.tab, "#form button")
    seen = 0
    for login, act in demo.tries:
        person = come(login)
        for address in ADDRESS.findall(act):
            assert person.tab.request.get(demo.address + address.rstrip(";,")).ok, address
            seen += 1
    assert seen >= len(demo.tries)


@pytest.mark.clause("SZ-20.1", "SZ-20.4")
def test_neighbours_of_the_demo_wait_for_their_proxy(come, demo):
    proxy = come(demo.owners[2])
    proxy.tab.goto(f"{demo.address}{VOTING}proxy")
    states = proxy.tab.locator("p.actions a").all_inner_texts()
    assert sum("已生效" in one for one in states) == 1
    assert sum("等待接受" in one for one in states) == 1
    proxy.tab.goto(f"{demo.address}{VOTING}vote")
    assert proxy.tab.locator("input[name=right]").count() == 2
    expect(proxy.tab.locator("main")).to_contain_text("2栋1单元202")


@pytest.mark.clause("BJ-G9")
def test_owner_without_account_votes_on_the_tablet_of_the_demo(come, demo):
    helper = come("convenor2")
    helper.tab.goto(f"{demo.address}{TABLET}kiosk")
    assert STRANGER[1] in dict(demo.tries)["convenor2"]
    cast_on_tablet(helper.tab, SECOND_STRANGER)
    expect(helper.tab.locator("main")).to_contain_text("投票成功")


@pytest.mark.clause("EV-6.3.1.1")
def test_secret_vote_of_the_demo_was_mixed_and_shows_sums_only(come, demo):
    anybody = come("")
    anybody.tab.goto(f"{demo.address}{SECRET}result")
    expect(anybody.tab.locator("main")).to_contain_text("当选")

    def look(request):
        box = request.site["communities"]["rongshu"]["meetings"]["2026-001"].ballot_box
        return box.is_secret, box.is_mixed, box.uncovered_at is not None, len(box.mixed)

    *mixed, ballots = demo.run(look)
    assert mixed == [True, True, True]
    assert ballots > 10
    # The key that joined rights and ballots is gone from the disk.
    assert not list((demo.folder / "covers").iterdir())
