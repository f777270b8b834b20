"""A person's own pages: profile, number, password, devices, messages, preferences, own data."""

from __future__ import annotations

import json

import pytest

from portal import inbox
from tests.functional.owner_steps import (
    PASSWORD,
    PHONE,
    ask_code,
    code_sent,
    enter_code,
    register,
)

NEW = "another long phrase"


def log_in(site, name=PHONE, password=PASSWORD, status=303):
    browser = site.browser()
    form = browser.get("/login").forms["form"]
    form["login"], form["password"] = name, password
    form.submit("save", status=status)
    return browser


def account_of(site, phone=PHONE):
    return site.run(lambda request: request.site.accounts.find(request.vault, phone).id)


def test_own_pages_need_a_log_in(open_site):
    browser = open_site.browser()
    pages = (
        *("/me", "/me/password", "/me/devices", "/me/second", "/me/profile", "/me/phone"),
        *("/me/notifications", "/me/data.json", "/me/identity", "/me/bind", "/messages"),
        *("/accounts", "/audit", "/audit.csv"),
    )
    for page in pages:
        assert "/login?came_from=" in browser.get(page, status=303).location, page


@pytest.mark.clause("EV-5.3.1", "EV-5.3.2")
def test_owner_changes_the_email_and_the_old_one_stays_on_record(open_site):
    browser = register(open_site)
    for email in ("li@example.cn", "wang@example.cn"):
        form = browser.get("/me/profile").forms["form"]
        form["email"] = email
        form.submit("save", status=303)
    assert browser.get("/me/profile").forms["form"]["email"].value == "wang@example.cn"
    form = browser.get("/me/profile").forms["form"]
    form["email"] = "no address"
    form.submit("save", status=422)
    stored = (open_site.folder / "db" / "Data.fs").read_bytes()
    assert b"li@example.cn" not in stored
    open_site.make_account("root-2", ("administrator", "site"))

    def make_staff(request):
        account = request.site.accounts.find(request.vault, PHONE)
        account.kind = "staff"
        return account.id

    account_id = open_site.run(make_staff)
    page = open_site.logged_in("root-2").get(f"/accounts/{account_id}")
    assert "l***@example.cn" in page.text


@pytest.mark.clause("EV-5.3.2")
def test_new_number_needs_a_code_sent_to_it(open_site):
    browser = register(open_site)
    page = ask_code(browser, "/me/phone", "13800138007").follow()
    enter_code(page, code_sent(open_site, "13800138007"))
    log_in(open_site, "13800138007")
    log_in(open_site, PHONE, status=401)
    assert "手机号码已更换" in browser.get("/messages").text


def test_number_of_another_account_stays_where_it_is(open_site):
    register(open_site, "13800138009")
    browser = register(open_site)
    page = ask_code(browser, "/me/phone", "13800138009").follow()
    page = enter_code(page, code_sent(open_site, "13800138009"), status=409)
    assert "已注册" in page.text
    log_in(open_site, PHONE)
    log_in(open_site, "13800138009")


def test_password_change_needs_the_present_one_and_ends_other_sessions(open_site):
    browser = register(open_site)
    other = log_in(open_site)
    form = browser.get("/me/password").forms["form"]
    form["current"], form["password"] = "not the right phrase", NEW
    form = form.submit("save", status=422).forms["form"]
    form["current"], form["password"] = PASSWORD, "short"
    form = form.submit("save", status=422).forms["form"]
    form["current"], form["password"] = PASSWORD, NEW
    form.submit("save", status=303)
    browser.get("/me", status=200)
    other.get("/me", status=303)
    log_in(open_site, password=NEW)


def test_devices_are_listed_and_can_be_logged_out(open_site):
    browser = register(open_site)
    other, third = log_in(open_site), log_in(open_site)
    page = browser.get("/me/devices")
    forms = {form.text: form for form in page.forms.values() if form.action == "/me/devices"}
    assert len(forms) == 3
    single = next(form for form in forms.values() if form.id != "others")
    single.submit("end", status=303)
    assert sorted(one.get("/me").status_int for one in (other, third)) == [200, 303]
    page.forms["others"].submit("end", status=303)
    other.get("/me", status=303)
    third.get("/me", status=303)
    browser.get("/me", status=200)
    token = page.forms["others"]["csrf_token"].value
    browser.post("/me/devices", {"end": "f" * 64, "csrf_token": token}, status=404)


@pytest.mark.clause("EV-9.8.1")
def test_person_reads_and_confirms_a_message(open_site, moved_clock):
    browser = register(open_site)
    page = browser.get("/messages?show=unread").click("账号已注册")
    form = next(form for form in page.forms.values() if form.action.startswith("/messages/"))
    page = form.submit(status=303).follow()
    assert "您于 2026年5月6日 09:00 确认" in page.text.replace("已于", "于")

    def look(request):
        [message] = request.site.messages.inbox(request.site.accounts.find(request.vault, PHONE).id)
        return message.state, message.confirmed_at

    assert open_site.run(look) == (inbox.CONFIRMED, moved_clock())


@pytest.mark.clause("EV-9.10.2")
def test_message_of_another_person_is_as_unknown_as_none(open_site):
    browser = register(open_site)
    register(open_site, "13800138002")
    other = account_of(open_site, "13800138002")
    [message] = open_site.run(lambda request: [m.id for m in request.site.messages.inbox(other)])
    browser.get(f"/messages/{message}", status=404)
    browser.get("/messages/none", status=404)
    token = browser.get("/me/password").forms["form"]["csrf_token"].value
    browser.post(f"/messages/{message}", {"csrf_token": token}, status=404)


@pytest.mark.clause("EV-9.1.1", "EV-9.1.2", "EV-9.1.3", "EV-9.6.3")
def test_preferences_are_kept_and_bad_ones_refused(open_site):
    browser = register(open_site)
    form = browser.get("/me").click("通知设置").forms["form"]
    for box in form.fields["checkbox"]:
        box.checked = True
    form["first"] = "email"
    form["quiet_from"], form["quiet_until"] = "22:00", "08:00"
    form.submit("save", status=303)

    def look(request):
        account = request.site.accounts.find(request.vault, PHONE)
        return request.site.messages.preference_of(account.id)

    wish = open_site.run(look)
    assert wish.channels == ("inapp", "email", "sms")
    assert (wish.quiet_from, wish.quiet_until) == ("22:00", "08:00")
    form = browser.get("/me/notifications").forms["form"]
    assert form["first"].value == "email"
    form["quiet_until"] = "25:00"
    form.submit("save", status=422)
    assert open_site.run(look) == wish


def test_own_data_are_exported_and_nobody_else_s(open_site, moved_clock):
    browser = register(open_site)
    register(open_site, "13800138002")
    data = json.loads(browser.get("/me/data.json").body)
    assert data["account"]["phone"] == PHONE
    assert [one["text"] for one in data["consents"]] == ["privacy"]
    assert "13800138002" not in json.dumps(data)
    moved_clock.forward(minutes=11)
    assert "/me/again" in browser.get("/me/data.json", status=303).location


def test_own_data_hold_the_whole_inbox_however_long_it_is(open_site):
    browser, many = register(open_site), 10_001
    open_site.drain()

    def fill(request):
        messages = request.site.messages
        account_id = request.site.accounts.find(request.vault, PHONE).id
        for number in range(many):
            message = inbox.Message()
            message.id, message.account_id = f"{number:032}", account_id
            message.subject = f"n{number}"
            messages.add(message)

    open_site.run(fill)
    told = {one["subject"] for one in json.loads(browser.get("/me/data.json").body)["messages"]}
    assert {f"n{number}" for number in range(many)} <= told


@pytest.mark.clause("EV-9.8.2")
def test_outbox_is_closed_to_strangers_and_open_to_operators(open_site):
    browser = register(open_site)
    browser.get("/outbox", status=403)
    open_site.drain()
    open_site.make_account("root-2", ("administrator", "site"))
    operator = open_site.logged_in("root-2")
    page = operator.get("/outbox")
    assert "138****8001" in page.text
    assert PHONE not in page.text
    form = next(form for form in page.forms.values() if "dispatch" in form.fields)
    form.submit("dispatch", status=303)
    open_site.drain()
    attempts = open_site.run(
        lambda request: [len(d.attempts) for d in request.site.messages.dispatches()]
    )
    assert attempts == [2]


def test_demo_shows_codes_to_everybody_and_says_so(tmp_path, moved_clock):
    from tests.functional.conftest import SiteUnderTest

    demo = SiteUnderTest(tmp_path, **{"yitang.limits": "off", "yitang.demo": "true"})
    browser = demo.browser()
    ask_code(browser, "/register")
    page = browser.get("/outbox")
    assert code_sent(demo) in page.text
    assert "演示站点" in page.text
    demo.close()


@pytest.mark.clause("EV-7.1.1")
def test_votes_help_and_policies_are_open_to_everybody(open_site):
    browser = open_site.browser()
    assert "现在没有投票" in browser.get("/votes").text
    page = browser.get("/help")
    topics = [link["href"] for link in page.html.select(".item-card__title a")]
    assert len(topics) >= 7
    for topic in topics:
        assert browser.get(topic).html.select_one(".prose")
    browser.get("/help/none", status=404)
    browser.get("/help/..%2f..%2fsetup", status=404)
    page = browser.get("/policies")
    assert "中华人民共和国民法典" in page.text
    for link in page.html.select(".item-list a"):
        browser.get(link["href"], status=200)
    browser.get("/help/privacy", headers={"Accept-Language": "en"}).mustcontain("personal data")


def test_every_text_exists_in_both_languages_with_the_same_version():
    from portal import texts

    chinese, english = texts.texts("zh_CN"), texts.texts("en")
    assert list(chinese) == list(english)
    assert [t.version for t in chinese.values()] == [t.version for t in english.values()]
