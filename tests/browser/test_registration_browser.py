"""An owner registers, verifies and binds in a real browser, with script and without."""

import pytest
from browsing import press

from tests.browser.conftest import sideways
from tests.functional.owner_steps import PASSWORD, PHONE, code_sent
from tests.functional.test_identity_and_binding import owners
from tests.functional.world import build_city

pytestmark = pytest.mark.browser


@pytest.mark.clause("BJ-O2", "BJ-O3.1", "SZ-9.4")
@pytest.mark.parametrize("screen", [(390, True), (1280, False)])
def test_owner_registers_verifies_and_binds(open_site, serve, open_page, axe, screen):
    width, script = screen
    build_city(open_site)
    [owner] = owners(open_site)
    base = serve(open_site.app)
    page = open_page(width, java_script_enabled=script)

    def keeps_the_house_rules():
        if script:
            assert axe(page) == [], page.url
            assert sideways(page) <= 0, page.url

    def go_on(selector="#form button[name=save]"):
        keeps_the_house_rules()
        press(page, selector)

    page.goto(f"{base}/register")
    page.fill("input[name=phone]", PHONE)
    go_on()
    page.fill("input[name=code]", code_sent(open_site))
    go_on()
    assert page.get_attribute("input[name=password]", "type") == "password"
    page.click("text=显示密码")
    page.wait_for_selector("input[name=password][type=text]")
    page.fill("input[name=password]", PASSWORD)
    page.check("input[name=consent]")
    go_on()
    page.fill("input[name=name]", owner["name"])
    page.fill("input[name=id_number]", owner["id_number"])
    page.check("input[name=consent]")
    go_on()
    page.select_option("#place select", "haitang")
    go_on("#place button")
    page.select_option("#place select", owner["building"])
    go_on("#place button")
    page.select_option("#place select", owner["unit"])
    go_on("#place button")
    assert page.url == f"{base}/me"
    assert owner["label"] in page.inner_text("main")
    keeps_the_house_rules()
    assert page.complaints == []
