"""An owner photographs papers with a phone; the street office decides on a desktop."""

from __future__ import annotations

import pytest
from browsing import press

from tests.browser.conftest import log_in, sideways
from tests.functional.owner_steps import PHONE, register, verify
from tests.functional.test_identity_proof import (
    STRANGER,
    clear,
    unit_like,
    use,
    valid_number,
)
from tests.functional.world import build_city, photo

pytestmark = pytest.mark.browser


@pytest.mark.clause("BJ-O4.2", "BJ-OQ3", "EV-4.1.1")
def test_papers_from_a_phone_are_approved_on_a_desktop(open_site, serve, open_page, axe):
    build_city(open_site)
    use(open_site, "beijing-2019")
    code = unit_like(open_site, holders=1)
    building = code.partition("/")[0]
    clear(open_site, code)
    verify(register(open_site), STRANGER[0], valid_number(), status=422)
    base = serve(open_site.app)
    phone = open_page(390)

    def tidy(page):
        assert axe(page) == [], page.url
        assert sideways(page) <= 0, page.url

    log_in(phone, base, PHONE)
    phone.goto(f"{base}/me/identity")
    tidy(phone)
    press(phone, "text=上传材料人工核验")
    for value in ("haitang", building, code):
        phone.select_option("#place select", value)
        tidy(phone)
        press(phone, "#place button")
    phone.fill("input[name=name]", STRANGER[0])
    phone.fill("input[name=id_number]", valid_number())
    picture = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    uploads = phone.locator("input[type=file]")
    uploads.nth(0).set_input_files([picture])
    uploads.nth(2).set_input_files([picture])
    phone.check("input[name=consent]")
    tidy(phone)
    press(phone, "#form button[name=save]")
    tidy(phone)
    path = phone.url
    desktop = open_page(1280)
    log_in(desktop, base, "street")
    desktop.goto(path)
    tidy(desktop)
    assert valid_number() in desktop.inner_text("main")
    desktop.click("summary >> text=材料属实，通过")
    press(desktop, "text=确认材料属实，通过")
    tidy(desktop)
    phone.goto(path)
    press(phone, "main >> text=绑定房屋")
    assert phone.url == f"{base}/me/bind"
    assert phone.complaints == []
    assert desktop.complaints == []
