"""Who acts for others needs a second factor where the site asks for it; recovery codes."""

from __future__ import annotations

import pytest

from portal.errors import ConfigurationError
from portal.security import SITE_SCOPE, Role
from tests.functional.conftest import PASSWORD, SiteUnderTest
from tests.functional.owner_steps import PHONE, register
from tests.functional.test_identity_and_binding import owners
from tests.functional.test_ways_in import app_code, log_in
from tests.functional.world import build_city

REQUIRED = {"yitang.second_factor_required": "true", "yitang.limits": "off"}


@pytest.fixture
def strict(tmp_path, moved_clock):
    """Return a site that asks for the second factor outside production too."""
    site = SiteUnderTest(tmp_path, **REQUIRED, **{"yitang.identity.face": "off"})
    build_city(site)
    yield site
    site.close()


def set_up(browser):
    """Set up the authenticator app; returns its secret and the recovery codes."""
    page = browser.get("/me/second")
    secret = page.html.select_one("code").get_text().replace(" ", "")
    form = page.forms["form"]
    form["code"] = app_code(secret)
    page = form.submit("save", status=200)
    return secret, [one.get_text() for one in page.html.select("#recovery-codes code")]


@pytest.mark.clause("EV-5.2.2", "v5.0.0-6.3.3")
def test_convenor_who_is_an_owner_convenes_only_with_a_second_factor_and_votes_without(strict):
    [owner] = owners(strict)
    browser = register(strict)
    form = browser.get("/me/identity").forms["form"]
    form["name"], form["id_number"] = owner["name"], owner["id_number"]
    form["consent"].checked = True
    form.submit("save", status=303)
    form = browser.get("/me/bind").forms["own-units"]
    form["unit"].checked = True
    form.submit(status=303)

    def appoint(request):
        from portal import accounts

        account = request.site.accounts.find(request.vault, PHONE)
        community = request.site["communities"]["haitang"]
        accounts.grant(account, Role.CONVENOR, community.scope_id)
        return f"/communities/haitang/buildings/{owner['unit'].partition('/')[2]}/"

    unit = strict.run(appoint)
    page = browser.get("/communities/haitang/owners/", status=403)
    assert "两步验证" in page.text
    browser.get(unit, status=200)
    assert log_in(strict.browser(), PHONE, PASSWORD).location.endswith("/me/second")
    set_up(browser)
    browser.get("/communities/haitang/owners/", status=200)
    assert "remove" not in browser.get("/me/second").forms


@pytest.mark.clause("EV-5.2.2", "v5.0.0-6.4.4")
def test_recovery_code_opens_the_second_step_once_and_is_told_about(strict):
    strict.make_account("officer", (Role.STREET_OFFICER, SITE_SCOPE))
    browser = strict.logged_in("officer")
    _, codes = set_up(browser)
    assert len(set(codes)) == 10
    stored = (strict.folder / "db" / "Data.fs").read_bytes()
    assert codes[0].encode() not in stored
    other = strict.browser()
    page = log_in(other, "officer", PASSWORD).follow()
    form = page.forms["form"]
    form["code"] = codes[0].lower()
    form.submit("save", status=303)
    assert "恢复码" in other.get("/messages").text
    page = log_in(strict.browser(), "officer", PASSWORD).follow()
    form = page.forms["form"]
    form["code"] = codes[0]
    form.submit("save", status=401)
    page = browser.get("/me/second").forms["more-codes"].submit("codes", status=200)
    fresh = [one.get_text() for one in page.html.select("#recovery-codes code")]
    assert not set(fresh) & set(codes)
    page = log_in(strict.browser(), "officer", PASSWORD).follow()
    form = page.forms["form"]
    form["code"] = codes[1]
    form.submit("save", status=401)


def test_demo_account_works_without_a_second_factor_and_the_page_says_so(tmp_path, moved_clock):
    site = SiteUnderTest(tmp_path, **{"yitang.demo": "true"})
    site.make_account("officer", (Role.ADMINISTRATOR, SITE_SCOPE))
    browser = site.logged_in("officer")
    assert "没有强制" in browser.get("/me/second").text
    page = browser.get("/protection", status=200)
    assert "没有强制使用" in page.text
    assert "没有接入病毒扫描" in page.text
    site.logged_in("officer").get("/protection", status=200)
    site.close()


@pytest.mark.clause("GB/T 22239 8.1.4.1 a)")
def test_staff_of_level_three_change_the_password_in_time_and_use_none_again(tmp_path, moved_clock):
    site = SiteUnderTest(tmp_path, **{"yitang.level3_passwords": "true", "yitang.limits": "off"})
    site.make_account("officer", (Role.STREET_OFFICER, SITE_SCOPE))
    assert log_in(site.browser(), "officer", PASSWORD).location.endswith("localhost/")
    moved_clock.forward(days=91)
    browser = site.browser()
    assert log_in(browser, "officer", PASSWORD).location.endswith("/me/password")

    def change(current, new, status):
        form = browser.get("/me/password").forms["form"]
        form["current"], form["password"] = current, new
        return form.submit("save", status=status)

    assert "三种" in change(PASSWORD, "another long phrase", 422).text
    change(PASSWORD, "Another long phrase 7", 303)
    assert "用过" in change("Another long phrase 7", "Another long phrase 7", 422).text
    assert log_in(site.browser(), "officer", "Another long phrase 7").location.endswith("host/")
    site.close()


def test_second_factor_cannot_be_switched_off_in_production(tmp_path):
    settings = {
        "yitang.production": "true",
        "yitang.base_url": "https://localhost",
        "yitang.second_factor_required": "false",
    }
    with pytest.raises(ConfigurationError, match="second_factor_required"):
        SiteUnderTest(tmp_path, **settings)
