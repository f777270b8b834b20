"""Nothing of a voter is left on the tablet: way back, history, cache, refilled forms, time."""

import contextlib

import pytest
from browsing import press
from playwright.sync_api import Error

from content_types.kiosk import model
from tests.browser.conftest import log_in
from tests.browser.test_kiosk_browser import MOTIONS, admit
from tests.functional.acting_world import introduce
from tests.functional.assembly import Assembly

# More steps than a voter leaves in the history of the browser.
BACK = 6
CHOSEN = "反对"
# What the browser keeps beside its history.
KEPT = """async () => JSON.stringify([
  {...localStorage}, {...sessionStorage},
  self.caches ? await caches.keys() : [],
  indexedDB.databases ? await indexedDB.databases() : [],
])"""


class Tablet:
    """A tablet that is bound, and the helper's page beside it."""

    def __init__(self, page, helper, base, voting):
        self.page, self.helper, self.base, self.voting = page, helper, base, voting
        log_in(helper, base, "convenor")
        helper.goto(f"{base}{voting.path}kiosk")
        helper.fill("input[name=place]", "南门")
        press(helper, "#form button")
        code = helper.inner_text(".voucher__number")
        self.path = helper.get_attribute("a[href*='/kiosk/']", "href")
        page.goto(f"{base}{voting.path}terminal")
        page.fill("#code", code)
        page.click("button[value=pair]")
        page.wait_for_selector("button[value=enter]")

    def begin(self, name):
        """Let a voter enter his code."""
        self.page.fill("#code", admit(self.helper, self.base, self.path, name))
        self.page.click("button[value=enter]")
        self.page.wait_for_selector("fieldset.motion")

    def choose(self):
        """Choose by touch and go on to the review."""
        self.page.get_by_text(CHOSEN, exact=True).click()
        self.page.click("button[value=review]")
        self.page.wait_for_selector("button[value=confirm]")
        assert CHOSEN in self.page.inner_text("main")

    def cast(self):
        """Confirm and return the number of the voucher."""
        self.page.click("button[value=confirm]")
        self.page.wait_for_selector(".voucher__number")
        return self.page.inner_text(".voucher__number")

    def leave(self):
        """Press the button that ends the sitting."""
        self.page.click("button[value=leave]")
        self.page.wait_for_selector("button[value=enter]")

    def content(self):
        """Return what the page holds, also one that loads itself anew when it comes back."""
        for _ in range(BACK):
            with contextlib.suppress(Error):
                self.page.wait_for_load_state()
                return self.page.content()
        raise AssertionError("the page never stands still")

    def traces(self, secrets):
        """Go back step by step, send every page once more, and return what could be seen."""
        found, page = [], self.page
        ways = [page.go_back, page.reload] * BACK + [page.go_forward] * BACK
        for step, way in enumerate(ways):
            # The browser asks before it sends a form again; it shows nothing of it.
            with contextlib.suppress(Error):
                way()
            seen = self.content()
            found += [(step, one) for one in secrets if one in seen]
            if page.query_selector("input[type=radio]:checked"):
                found.append((step, "checked"))
        return found


@pytest.fixture
def voting(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock, "beijing-2019", MOTIONS).open()
    introduce(assembly, "anna", "bo", "dora")
    return assembly


@pytest.mark.clause("BJ-G9")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_way_back_history_and_cache_show_nothing_of_who_voted(voting, serve, open_page, script):
    base = serve(voting.site.app)
    page = open_page(820, java_script_enabled=script)
    tablet = Tablet(page, open_page(390), base, voting)
    tablet.begin("anna")
    tablet.choose()
    number = tablet.cast()
    tablet.leave()
    secrets = (number, "投票成功", "返回修改", f"<strong>{CHOSEN}</strong>")
    assert tablet.traces(secrets) == []
    picture = f"{base}{voting.path}terminal/voucher.png"
    assert page.request.get(picture).status == 404
    if script:
        kept = page.evaluate(KEPT)
        assert kept == "[{},{},[],[]]"
    cookies = page.context.cookies()
    assert all("against" not in one["value"] for one in cookies)
    assert all(one["httpOnly"] for one in cookies if one["name"] == "yitang_terminal")
    # The next one sits down, and presses the way back himself.
    page.goto(f"{base}{voting.path}terminal")
    tablet.begin("bo")
    assert page.query_selector("input[type=radio]:checked") is None
    assert tablet.traces(secrets) == []
    cast = voting.look(lambda m: [s.channel for s in m.ballot_box.slots.values() if s.is_cast])
    assert cast == ["terminal"]


@pytest.mark.clause("BJ-G9")
def test_ballot_is_not_refilled_after_a_reload_nor_after_the_time_is_over(voting, serve, open_page):
    page = open_page(820)
    tablet = Tablet(page, open_page(390), serve(voting.site.app), voting)
    tablet.begin("anna")
    page.get_by_text(CHOSEN, exact=True).click()
    page.reload()
    assert page.query_selector("input[type=radio]:checked") is None
    tablet.choose()
    # Nobody touches it any more, and the page's own clock stands still.
    voting.clock.forward(seconds=int(model.IDLE.total_seconds()))
    page.click("button[value=confirm]")
    page.wait_for_selector("button[value=enter]")
    assert "时间太长没有操作" in page.inner_text("main")
    assert tablet.traces(("返回修改", f"<strong>{CHOSEN}</strong>")) == []
    assert voting.look(lambda m: not any(s.is_cast for s in m.ballot_box.slots.values()))
