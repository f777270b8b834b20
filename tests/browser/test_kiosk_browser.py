"""The assisted terminal in a browser: by keyboard, by touch, and left alone."""

import pytest
from browsing import press

from content_types.kiosk import model
from tests.browser.conftest import log_in, sideways
from tests.functional.acting_world import document_of, introduce
from tests.functional.assembly import Assembly

MOTIONS = ({"title": "选聘物业", "matter": "service_company"},)
MOST_TABS = 20


def admit(helper, base, path, name):
    """Check a document on the helper's page and return the code for the tablet."""
    helper.goto(base + path)
    helper.fill("input[name=name]", f"业主{name}")
    helper.select_option("select[name=id_kind]", "passport")
    helper.fill("input[name=id_number]", document_of(name))
    helper.check("input[name=seen]")
    press(helper, "#form button")
    return helper.inner_text(".voucher__number")


def tab_to(page, selector):
    """Press the tab key until the focus is where it is wanted."""
    for _ in range(MOST_TABS):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {selector} by keyboard")


def vote_by_keys(tablet, code, look):
    """Vote with the keys alone and look at every page on the way."""
    look(tablet)
    tab_to(tablet, "#code")
    tablet.keyboard.type(code)
    tablet.keyboard.press("Enter")
    tablet.wait_for_selector("fieldset.motion")
    look(tablet)
    tab_to(tablet, "input[type=radio]")
    tablet.keyboard.press("Space")
    tab_to(tablet, "button[value=review]")
    tablet.keyboard.press("Enter")
    tablet.wait_for_selector("button[value=confirm]")
    look(tablet)
    tab_to(tablet, "button[value=confirm]")
    tablet.keyboard.press("Enter")
    tablet.wait_for_selector(".voucher__number")
    look(tablet)
    assert "同意" not in tablet.inner_text("body")
    tab_to(tablet, "button[value=leave]")
    tablet.keyboard.press("Enter")
    tablet.wait_for_selector("button[value=enter]")


def leave_alone(tablet, code):
    """Choose by touch and walk away: the page goes back by itself and the way back is closed."""
    tablet.clock.install()
    tablet.fill("#code", code)
    tablet.tap("button[value=enter]")
    tablet.wait_for_selector("fieldset.motion")
    tablet.tap("label:has(input[type=radio])")
    tablet.clock.fast_forward(int(model.IDLE.total_seconds() + 1) * 1000)
    tablet.wait_for_selector("button[value=enter]")
    tablet.go_back()
    tablet.wait_for_load_state()
    assert tablet.query_selector("input[type=radio]:checked") is None


@pytest.mark.clause("BJ-G9")
def test_terminal_works_by_keyboard_by_touch_and_forgets_who_left(
    open_site, moved_clock, serve, open_page, axe
):
    voting = Assembly(open_site, moved_clock, "beijing-2019", MOTIONS).open()
    introduce(voting, "anna", "bo", "dora")
    base = serve(open_site.app)
    helper, tablet = open_page(390), open_page(820, has_touch=True)
    faults = []

    def look(page):
        faults.extend(axe(page))
        if sideways(page):
            faults.append(("sideways", page.url))

    log_in(helper, base, "convenor")
    helper.goto(f"{base}{voting.path}kiosk")
    look(helper)
    helper.fill("input[name=place]", "南门服务点")
    press(helper, "#form button")
    look(helper)
    tablet.goto(f"{base}{voting.path}terminal")
    look(tablet)
    tablet.fill("#code", helper.inner_text(".voucher__number"))
    tablet.tap("button[value=pair]")
    tablet.wait_for_selector("button[value=enter]")
    path = helper.get_attribute("a[href*='/kiosk/']", "href")
    code = admit(helper, base, path, "anna")
    look(helper)
    vote_by_keys(tablet, code, look)
    leave_alone(tablet, admit(helper, base, path, "bo"))
    assert helper.goto(base + path).ok
    assert "空闲" in helper.inner_text("main")
    assert "已投 1 票" in helper.inner_text("main")
    assert tablet.complaints == []
    assert helper.complaints == []
    assert faults == []
    cast = voting.look(lambda m: [s.channel for s in m.ballot_box.slots.values() if s.is_cast])
    assert cast == ["terminal"]
