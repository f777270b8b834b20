"""A person closes the account or takes a consent back; votes and evidence stay."""

from __future__ import annotations

import json

import pytest

from portal import audit, texts
from portal.security import Role
from tests.functional.owner_steps import PASSWORD, PHONE, register, verify
from tests.functional.test_identity_and_binding import account_of, owners
from tests.functional.test_own_account import log_in
from tests.functional.world import build_city


@pytest.fixture
def city(open_site):
    """Return a site with its register."""
    build_city(open_site)
    return open_site


def bound(site, phone=PHONE):
    """Register, verify and bind; return browser, the owner and the account's id."""
    [owner] = owners(site)
    browser = register(site, phone)
    form = verify(browser, owner["name"], owner["id_number"]).follow().forms["own-units"]
    form["unit"].checked = True
    form.submit(status=303)
    return browser, owner, account_of(site)["id"]


def ask(browser, status=303, password=PASSWORD):
    form = browser.get("/me/close").forms["form"]
    form["password"], form["sure"].checked = password, True
    return form.submit("save", status=status)


@pytest.mark.clause("EV-4.1.5", "EV-5.1.1")
def test_closed_account_leaves_no_person_and_the_number_is_free_again(city, moved_clock):
    browser, owner, account_id = bound(city)
    ask(browser, status=422, password="a wrong password")
    ask(browser)
    assert "保留账号" in browser.get("/me").text
    moved_clock.forward(days=6)
    city.drain()
    assert account_of(city)["closing_at"] is not None
    moved_clock.forward(days=1, hours=1)
    city.drain()

    def look(request):
        account = request.site.accounts[account_id]
        unit = request.site["communities"]["haitang"]["owners"].unit(
            owner["unit"].partition("/")[2]
        )
        tokens = [key for key, held in request.site.accounts.by_token.items() if held == account_id]
        texts = [one.sealed_text for one in request.site.messages.outbound.values()]
        inbox = request.site.messages.inbox(account_id)
        actions = [one["action"] for one in audit.entries(request)]
        kept = [use for use, *_ in account.consent]
        return vars(account) | {}, unit.bindings, tokens, texts, inbox, actions, kept

    account, bindings, tokens, _texts, inbox, actions, kept = city.run(look)
    assert bindings == ()
    assert tokens == []
    assert inbox == []
    assert not account["active"]
    for name in ("sealed_name", "sealed_phone", "sealed_id_number", "sealed_email", "password"):
        assert not account.get(name)
    assert account["subject_token"] == ""
    assert kept == ["privacy", "identity"]
    assert {"account.closing", "account.closed", "unit.unbind"} <= set(actions)
    assert browser.get("/me", status=303).location
    log_in(city, status=401)
    again, _, new_id = bound(city)
    assert new_id != account_id
    assert "account_closed" not in again.get("/me").text


def test_closing_can_be_undone_in_its_days(city, moved_clock):
    browser, _, account_id = bound(city)
    ask(browser)
    browser.get("/me/close").forms["undo"].submit("undo", status=303)
    moved_clock.forward(days=8)
    city.drain()
    assert account_of(city)["id"] == account_id
    log_in(city)


def test_account_with_a_role_is_not_closed_before_the_role_is_taken(city, moved_clock):
    city.make_account("engineer", (Role.ENGINEER, "site"))
    browser = city.logged_in("engineer")
    page = browser.get("/me/close")
    assert "先由授权的机构收回" in page.text
    token = page.forms[0]["csrf_token"].value
    values = {"csrf_token": token, "password": PASSWORD, "sure": "true", "__formid__": "form"}
    browser.post("/me/close", values, status=409)


@pytest.mark.clause("EV-4.1.5", "EV-11.5.2")
def test_consent_taken_back_deletes_the_identity_at_once(city):
    browser, owner, account_id = bound(city)
    page = browser.get("/me/consents")
    assert "个人信息处理规则" in page.text
    version = texts.version("privacy")
    assert page.text.count(version) == 2
    assert version in browser.get("/help/privacy").text
    page.forms["withdraw-form"].submit(status=303)
    account = account_of(city)
    assert account["verified_at"] is None
    assert not account["sealed_name"]
    assert account["grants"] == ()
    assert [use for use, *_ in account["consent"]] == ["privacy", "identity_withdrawn"]
    browser.get("/me/bind", status=303)
    verify(browser, owner["name"], owner["id_number"])
    assert account_of(city)["verified_at"] is not None
    assert account_id == account_of(city)["id"]


@pytest.mark.clause("EV-4.1.5", "EV-11.5.3")
def test_own_data_leave_as_json_with_requests_and_the_date_of_closing(city):
    browser, owner, _ = bound(city)
    ask(browser)
    data = json.loads(browser.get("/me/data.json").text)
    assert data["account"]["name"] == owner["name"]
    assert data["closing_at"].startswith("2026-05-13")
    assert data["units"][0]["unit"] == owner["label"]
    assert data["requests"] == []
