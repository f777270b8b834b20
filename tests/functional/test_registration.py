"""Registering with a mobile number: code, password, consent."""

from __future__ import annotations

import pytest
from webtest import TestApp

from portal import codes, texts
from tests.functional.owner_steps import (
    PASSWORD,
    PHONE,
    ask_code,
    code_sent,
    enter_code,
    prove_number,
    register,
)


def other(code: str) -> str:
    """Return a wrong code."""
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.clause("BJ-O2", "EV-5.2.1.1", "EV-5.1.1")
def test_owner_registers_with_number_code_and_password(open_site):
    browser = register(open_site)
    assert "退出登录" in browser.get("/").text

    def look(request):
        account = request.site.accounts.find(request.vault, PHONE)
        return account.kind, account.consent[0][:2], account.password

    kind, consent, password = open_site.run(look)
    assert (kind, consent) == ("owner", ("privacy", texts.version("privacy")))
    assert password not in ("", PASSWORD)


@pytest.mark.clause("BJ-O2")
def test_code_counts_once(open_site):
    browser = open_site.browser()
    page = ask_code(browser, "/register").follow()
    code = code_sent(open_site)
    enter_code(page, code)
    page = enter_code(page, code, status=422)
    assert "已过期或已用过" in page.text


@pytest.mark.clause("BJ-O2")
def test_code_expires_after_ten_minutes(open_site, moved_clock):
    page = ask_code(open_site.browser(), "/register").follow()
    moved_clock.forward(minutes=10, seconds=1)
    page = enter_code(page, code_sent(open_site), status=422)
    assert "已过期或已用过" in page.text


@pytest.mark.clause("BJ-O2")
def test_fifth_wrong_try_spends_the_code(open_site):
    page = ask_code(open_site.browser(), "/register").follow()
    code = code_sent(open_site)
    for left in (4, 3, 2, 1):
        answer = enter_code(page, other(code), status=422)
        assert f"还可以试 {left} 次" in answer.text
    assert "作废" in enter_code(page, other(code), status=422).text
    enter_code(page, code, status=422)


def test_code_counts_only_in_the_browser_that_asked_for_it(open_site):
    mine, strange = open_site.browser(), open_site.browser()
    ask_code(mine, "/register")
    code = code_sent(open_site)
    page = ask_code(strange, "/register", "13800138002").follow()
    enter_code(page, code, status=422)


def test_only_a_keyed_digest_of_the_code_is_stored(open_site):
    ask_code(open_site.browser(), "/register")
    code = code_sent(open_site)
    stored = open_site.run(lambda request: [vars(one) for one in request.site.codes.by_id.values()])
    assert code not in repr(stored)
    assert PHONE not in repr(stored)


@pytest.mark.clause("BJ-OQ1")
def test_another_code_can_be_asked_for_after_a_delay_and_replaces_the_first(open_site, moved_clock):
    page = ask_code(open_site.browser(), "/register").follow()
    assert "没有收到验证码" in page.text
    resend = next(form for form in page.forms.values() if "resend" in form.fields)
    answer = resend.submit("resend", status=422)
    assert "秒后再试" in answer.text
    moved_clock.forward(seconds=61)
    first = code_sent(open_site)
    page = resend.submit("resend", status=303).follow()
    second = code_sent(open_site)
    if first != second:
        enter_code(page, first, status=422)
    enter_code(page, second)


def test_codes_are_limited_per_number(site):
    ask_code(site.browser(), "/register")
    answer = ask_code(site.browser(), "/register", status=429)
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.clause("BJ-OQ14")
def test_known_and_unknown_numbers_get_the_same_answer_until_the_number_is_proven(open_site):
    register(open_site)
    known = ask_code(open_site.browser(), "/register")
    unknown = ask_code(open_site.browser(), "/register", "13800138002")
    assert (known.status, known.location) == (unknown.status, unknown.location)
    text = known.follow().text.replace("138****8001", "")
    assert text.count("已注册") == unknown.follow().text.count("已注册") == 0
    page = prove_number(open_site, open_site.browser(), "/register")
    assert "这个号码已经注册" in page.text
    assert "form" not in page.forms


def test_what_is_no_mobile_number_is_refused(open_site):
    for phone in ("1380013800", "12345678901", "abc", "0755-26001234", ""):
        answer = ask_code(open_site.browser(), "/register", phone, status=422)
        assert answer.html.select(".field__error"), phone


def test_number_may_be_written_with_country_code_and_spaces():
    assert codes.mobile("+86 138-0013 8001") == PHONE


@pytest.mark.clause("EV-5.2.1.1")
def test_weak_password_is_refused_with_its_rule(open_site):
    form = prove_number(open_site, open_site.browser(), "/register").forms["form"]
    for password in ("short", "1234567890", "1111111111", PHONE, "x" * 129):
        form["password"], form["consent"] = password, True
        answer = form.submit("save", status=422)
        assert answer.html.select(".field__error"), password


def test_nothing_is_ticked_in_advance_and_consent_is_needed(open_site):
    browser = open_site.browser()
    form = prove_number(open_site, browser, "/register").forms["form"]
    assert form["consent"].checked is False
    form["password"] = PASSWORD
    form.submit("save", status=422)
    assert open_site.run(lambda request: len(request.site.accounts)) == 1


def test_password_can_be_shown_without_script(open_site):
    browser = open_site.browser()
    page = prove_number(open_site, browser, "/register")
    field = "input[name=password]"
    assert page.html.select_one(field)["type"] == "password"
    shown = page.click("显示密码")
    assert shown.html.select_one(field)["type"] == "text"
    form = shown.forms["form"]
    form["password"], form["consent"] = PASSWORD, True
    form.submit("save", status=303)


def test_password_page_needs_a_proven_number(open_site):
    browser = open_site.browser()
    assert browser.get("/register/password", status=303).location.endswith("/register")
    ask_code(browser, "/register")
    assert browser.get("/register/password", status=303).location.endswith("/register")


def test_session_gets_a_new_id_at_registration_and_log_in(open_site):
    browser = open_site.browser()
    page = prove_number(open_site, browser, "/register")
    before = browser.cookies["sid"]
    form = page.forms["form"]
    form["password"], form["consent"] = PASSWORD, True
    form.submit("save", status=303)
    assert browser.cookies["sid"] != before
    # A cookie planted by a stranger before the log-in opens nothing after it.
    thief = TestApp(open_site.app, extra_environ={"HTTP_HOST": "localhost"})
    thief.set_cookie("sid", before.strip('"'))
    assert thief.get("/me", status=303).location.startswith("http://localhost/login")


def test_post_without_token_is_refused(open_site):
    browser = open_site.browser()
    for path in ("/register", "/reset", "/login", "/login/code"):
        browser.get(path)
        browser.post(path, {"phone": PHONE}, status=400)


def test_no_number_stands_in_an_address(open_site):
    browser = open_site.browser()
    page = ask_code(browser, "/register")
    assert PHONE not in page.location
    page = enter_code(page.follow(), code_sent(open_site))
    assert PHONE not in page.location
