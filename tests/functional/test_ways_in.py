"""Logging in by code and by second factor, resetting a password, lock-out, proving again."""

from __future__ import annotations

import pytest

from portal import clock, totp
from portal.security import SITE_SCOPE, Role
from tests.functional.owner_steps import (
    PASSWORD,
    PHONE,
    ask_code,
    code_sent,
    codes_sent,
    enter_code,
    prove_number,
    register,
)

NEW = "another long phrase"
# Over TLS a form says where it comes from.
REFERER = {"Referer": "https://localhost/me/second"}


def log_in(browser, name, password, status=303):
    form = browser.get("/login").forms["form"]
    form["login"], form["password"] = name, password
    return form.submit("save", status=status)


def app_code(secret: str, steps: int = 0) -> str:
    at = int(clock.now().timestamp()) + steps * totp.STEP
    return totp._totp(secret).generate(at).decode()


def with_second_factor(site, login="admin-2"):
    """Create a member of staff with a second factor; returns its secret."""
    site.make_account(login, (Role.MUNICIPAL_OFFICER, SITE_SCOPE))
    secret = totp.new_secret()

    def install(request):
        account = request.site.accounts.find(request.vault, login)
        totp.install(request.vault, account, secret, 0)

    site.run(install)
    return secret


def test_owner_logs_in_by_code(open_site):
    register(open_site)
    browser = open_site.browser()
    page = ask_code(browser, "/login/code").follow()
    enter_code(page, code_sent(open_site))
    assert "退出登录" in browser.get("/me").text


@pytest.mark.clause("EV-5.6.3")
@pytest.mark.parametrize("path", ["/login/code", "/reset"])
def test_unknown_number_gets_the_same_answer_and_no_message(open_site, path):
    register(open_site)
    sent = codes_sent(open_site)
    unknown = ask_code(open_site.browser(), path, "13800138002")
    assert codes_sent(open_site) == sent
    known = ask_code(open_site.browser(), path)
    assert codes_sent(open_site) == sent + 1
    assert (known.status, known.location) == (unknown.status, unknown.location)

    def plain(page):
        return page.html.select_one("main").get_text().replace("138****8002", "138****8001")

    assert plain(known.follow()) == plain(unknown.follow())


def test_staff_get_no_code_to_log_in(open_site):
    open_site.make_account("officer", (Role.STREET_OFFICER, SITE_SCOPE))

    def give_phone(request):
        account = request.site.accounts.find(request.vault, "officer")
        request.site.accounts.change_phone(request.vault, account, PHONE)

    open_site.run(give_phone)
    ask_code(open_site.browser(), "/login/code")
    assert codes_sent(open_site) == 0


@pytest.mark.clause("EV-5.6.1", "EV-5.6.2", "EV-5.6.3")
def test_reset_ends_every_session_and_tells_the_owner(open_site):
    old = register(open_site)
    browser = open_site.browser()
    page = prove_number(open_site, browser, "/reset")
    form = page.forms["form"]
    form["password"] = NEW
    assert form.submit("save", status=303).location.endswith("/login")
    assert old.get("/me", status=303).location.startswith("http://localhost/login")
    log_in(open_site.browser(), PHONE, PASSWORD, status=401)
    log_in(browser, PHONE, NEW)
    assert "密码已修改" in browser.get("/messages").text
    # The proof is spent with the reset.
    assert browser.get("/reset/password", status=303).location.endswith("/reset")


@pytest.mark.clause("EV-5.2.1.2")
def test_account_locks_after_wrong_passwords_and_opens_by_itself(open_site, moved_clock):
    register(open_site)
    browser = open_site.browser()
    for _ in range(5):
        log_in(browser, PHONE, "not the right phrase", status=401)
    locked = log_in(browser, PHONE, PASSWORD, status=401)
    unknown = log_in(browser, "13800138002", PASSWORD, status=401)

    def plain(page):
        return page.html.select_one("main").get_text()

    # The answer tells nobody whether there is such an account.
    assert plain(locked) == plain(unknown)
    # A stranger cannot keep the owner out: the code still opens the account.
    page = ask_code(open_site.browser(), "/login/code").follow()
    enter_code(page, code_sent(open_site))
    moved_clock.forward(minutes=2)
    log_in(browser, PHONE, PASSWORD)
    assert "多次输错您的密码" in browser.get("/messages").text


@pytest.mark.clause("EV-5.2.2", "EV-11.1.2")
def test_second_factor_is_asked_for_and_each_code_counts_once(open_site, moved_clock):
    secret = with_second_factor(open_site)
    browser = open_site.browser()
    page = log_in(browser, "admin-2", PASSWORD)
    assert page.location.endswith("/login/second")
    # The password alone opens nothing.
    assert browser.get("/me", status=303).location.startswith("http://localhost/login")
    enter_code(page.follow(), "000000", status=401)
    code = app_code(secret)
    enter_code(page.follow(), code)
    browser.get("/me", status=200)
    replay = open_site.browser()
    page = log_in(replay, "admin-2", PASSWORD).follow()
    enter_code(page, code, status=401)
    moved_clock.forward(seconds=30)
    enter_code(page, app_code(secret))


def test_second_step_is_not_possible_without_the_first_nor_long_after_it(open_site, moved_clock):
    secret = with_second_factor(open_site)
    browser = open_site.browser()
    assert browser.get("/login/second", status=303).location.endswith("/login")
    page = log_in(browser, "admin-2", PASSWORD).follow()
    moved_clock.forward(minutes=6)
    assert enter_code(page, app_code(secret)).location.endswith("/login")


def test_wrong_second_factors_lock_the_account(open_site):
    secret = with_second_factor(open_site)
    browser = open_site.browser()
    page = log_in(browser, "admin-2", PASSWORD).follow()
    for _ in range(5):
        enter_code(page, "000000", status=401)
    assert enter_code(page, app_code(secret)).location.endswith("/login")
    log_in(browser, "admin-2", PASSWORD, status=401)


def test_reset_does_not_pass_by_the_second_factor(open_site):
    with_second_factor(open_site)

    def give_phone(request):
        account = request.site.accounts.find(request.vault, "admin-2")
        request.site.accounts.change_phone(request.vault, account, PHONE)

    open_site.run(give_phone)
    browser = open_site.browser()
    form = prove_number(open_site, browser, "/reset").forms["form"]
    form["password"] = NEW
    form.submit("save", status=303)
    assert log_in(browser, "admin-2", NEW).location.endswith("/login/second")


def test_second_factor_is_set_up_with_a_picture_and_a_first_code(open_site, moved_clock):
    open_site.make_account("officer", (Role.STREET_OFFICER, SITE_SCOPE))
    browser = open_site.logged_in("officer")
    page = browser.get("/me/second")
    assert page.html.select_one("img[src^='data:image/svg']")
    secret = page.html.select_one("code").get_text().replace(" ", "")
    assert secret not in repr(browser.cookies)
    form = page.forms["form"]
    form["code"] = "123456" if app_code(secret) != "123456" else "123457"
    page = form.submit("save", status=422)
    form = page.forms["form"]
    form["code"] = app_code(secret)
    form.submit("save", status=200)
    assert log_in(open_site.browser(), "officer", PASSWORD).location.endswith("/login/second")
    browser.get("/me/second").forms["remove"].submit(status=303)
    assert log_in(open_site.browser(), "officer", PASSWORD).location.endswith("localhost/")


def test_act_that_matters_asks_for_the_password_again_and_leads_back(open_site, moved_clock):
    browser = register(open_site)
    browser.get("/me/profile", status=200)
    moved_clock.forward(minutes=11)
    page = browser.get("/me/profile", status=303)
    assert page.location == "http://localhost/me/again?came_from=%2Fme%2Fprofile"
    form = page.follow().forms["form"]
    form["password"] = "not the right phrase"
    form = form.submit("save", status=401).forms["form"]
    form["password"] = PASSWORD
    assert form.submit("save", status=303).location == "http://localhost/me/profile"
    browser.get("/me/profile", status=200)


def test_log_in_never_leads_to_another_host(open_site):
    register(open_site)
    for target in ("//evil.example", "https://evil.example/", "/\\evil"):
        browser = open_site.browser()
        form = browser.get("/login", {"came_from": target}).forms["form"]
        form["login"], form["password"] = PHONE, PASSWORD
        assert form.submit("save", status=303).location == "http://localhost/", target


@pytest.mark.clause("EV-5.5.1")
def test_log_in_and_failed_log_in_are_logged_without_the_number(open_site):
    register(open_site)
    log_in(open_site.browser(), PHONE, "not the right phrase", status=401)
    log_in(open_site.browser(), PHONE, PASSWORD)
    open_site.drain()

    def look(request):
        from portal import audit

        return list(audit.entries(request))

    entries = open_site.run(look)
    actions = [entry["action"] for entry in entries]
    assert {"account.register", "account.login", "account.login_failed"} <= set(actions)
    assert PHONE not in repr(entries)
    # Who logged in stands there as the one who acted, so that the log can be read by person.
    [person] = {entry["actor"] for entry in entries if entry["action"] == "account.login"}
    assert open_site.run(lambda request: request.site.accounts[person].kind) == "owner"


def test_staff_without_second_factor_hold_no_role_in_production(tmp_path, moved_clock):
    from tests.functional.conftest import SiteUnderTest

    site = SiteUnderTest(
        tmp_path,
        **{
            "yitang.production": "true",
            "yitang.base_url": "https://localhost",
        },
    )
    site.make_account("auditor", (Role.AUDIT_ADMINISTRATOR, SITE_SCOPE))
    browser = site.browser()
    browser.extra_environ["wsgi.url_scheme"] = "https"
    page = browser.get("/login")
    form = page.forms["form"]
    form["login"], form["password"] = "auditor", PASSWORD
    assert form.submit("save", status=303).location.endswith("/me/second")
    browser.get("/audit", status=403)
    page = browser.get("/me/second", status=200)
    secret = page.html.select_one("code").get_text().replace(" ", "")
    form = page.forms["form"]
    form["code"] = app_code(secret)
    form.submit("save", status=200)
    browser.get("/audit", status=200)
    page = browser.get("/me/second")
    assert "remove" not in page.forms
    token = browser.get("/me/password").forms["form"]["csrf_token"].value
    browser.post("/me/second", {"csrf_token": token}, headers=REFERER, status=403)
    site.close()


def test_another_number_can_be_given_while_a_code_is_on_its_way(open_site):
    register(open_site)
    browser = open_site.browser()
    page = ask_code(browser, "/login/code", "13800138002").follow().click("换一个号码")
    form = page.forms["form"]
    form["phone"] = PHONE
    page = form.submit("save", status=303).follow()
    enter_code(page, code_sent(open_site))
    browser.get("/me", status=200)


def test_session_ends_when_idle_or_old(open_site, moved_clock):
    owner = register(open_site)
    open_site.make_account("officer", (Role.STREET_OFFICER, SITE_SCOPE))
    officer = open_site.logged_in("officer")
    moved_clock.forward(minutes=29)
    officer.get("/me", status=200)
    moved_clock.forward(minutes=31)
    officer.get("/me", status=303)
    owner.get("/me", status=200)
    moved_clock.forward(hours=12, minutes=1)
    owner.get("/me", status=303)
    page = ask_code(open_site.browser(), "/login/code").follow()
    browser = page.test_app
    enter_code(page, code_sent(open_site))
    for _ in range(61):
        moved_clock.forward(hours=11, minutes=50)
        last = browser.get("/me", expect_errors=True).status_int
    assert last == 303


def test_new_link_of_an_account_does_not_pass_by_its_second_factor(open_site):
    from portal import initialise

    with_second_factor(open_site)

    def make(request):
        return initialise.setup_link(request.site.accounts.find(request.vault, "admin-2"))

    browser = open_site.browser()
    form = browser.get(open_site.run(make)).forms["form"]
    form["password"] = NEW
    assert form.submit("save", status=303).location.endswith("/login/second")
    browser.get("/me", status=303)
