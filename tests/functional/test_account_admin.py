"""Who appoints whom, locking, set-up links, and the audit log page."""

from __future__ import annotations

import csv
import io

import pytest

from portal.security import SITE_SCOPE, Role
from tests.functional.world import build_city


@pytest.fixture
def city(open_site):
    """Return a site with offices and a community but without a register."""
    build_city(open_site, register="")
    open_site.make_account("root-2", (Role.ADMINISTRATOR, SITE_SCOPE))
    return open_site


def scope(site, *path):
    def look(request):
        place = request.site
        for name in path:
            place = place[name]
        return place.scope_id

    return site.run(look)


def find(site, login):
    def look(request):
        account = request.site.accounts.find(request.vault, login)
        return account.id, account.grants, account.active

    return site.run(look)


def create(browser, login, role, where, status=200):
    form = browser.get("/accounts/new").forms["form"]
    form["login"], form["role"], form["scope"] = login, role, where
    return form.submit("save", status=status)


def manage(page, act):
    return page.forms["manage-form"].submit("act", value=act)


@pytest.mark.clause("EV-5.4.2", "EV-5.5.1")
def test_administrator_creates_staff_by_a_link_that_works_once(city):
    admin = city.logged_in("root-2")
    office = scope(city, "offices", "city", "district", "street")
    page = create(admin, "yuehai.two", Role.STREET_OFFICER, office)
    link = page.html.select_one("#setup-link").get_text()
    browser = city.browser()
    form = browser.get(link).forms["form"]
    form["password"] = "a long enough phrase"
    form.submit("save", status=303)
    assert find(city, "yuehai.two")[1] == ((Role.STREET_OFFICER, office),)
    city.browser().get(link, status=404)
    assert link.split("/setup/")[1] not in admin.get("/accounts").text
    create(admin, "yuehai.two", Role.STREET_OFFICER, office, status=409)
    create(admin, "Yue Hai", Role.STREET_OFFICER, office, status=422)


@pytest.mark.clause("EV-5.4.2")
def test_role_given_and_taken_holds_at_the_next_request(city):
    admin = city.logged_in("root-2")
    city.make_account("auditor")
    auditor = city.logged_in("auditor")
    auditor.get("/audit", status=403)
    account_id = find(city, "auditor")[0]
    form = admin.get(f"/accounts/{account_id}").forms["form"]
    form["role"], form["scope"] = Role.AUDIT_ADMINISTRATOR, SITE_SCOPE
    page = form.submit("save", status=303).follow()
    auditor.get("/audit", status=200)
    page.forms["revoke-0"].submit("act", status=303)
    auditor.get("/audit", status=403)
    city.drain()
    page = auditor.get("/messages")
    assert page.text.count("账号权限已调整") == 2


@pytest.mark.clause("SZ-4.3")
def test_each_level_appoints_only_the_one_below_and_only_in_its_place(city):
    street = scope(city, "offices", "city", "district", "street")
    district = scope(city, "offices", "city", "district")
    community = scope(city, "communities", "haitang")
    municipal = city.logged_in("municipal")
    create(municipal, "nanshan.one", Role.DISTRICT_OFFICER, district)
    page = municipal.get("/accounts/new")
    assert Role.ADMINISTRATOR not in [v for v, *_ in page.forms["form"]["role"].options]
    officer = city.logged_in("street")
    page = officer.get("/accounts/new")
    places = [value for value, *_ in page.forms["form"]["scope"].options]
    assert street in places
    assert community in places
    assert district not in places
    form = page.forms["form"]
    form["login"], form["role"], form["scope"] = "teller.one", Role.TELLER, community
    form.submit("save", status=200)
    # A forged choice is refused too.
    values = dict(form.submit_fields("save")) | {
        "login": "fake.one",
        "role": str(Role.STREET_OFFICER),
        "scope": district,
    }
    officer.post("/accounts/new", values, status=422)
    city.logged_in("residents").get("/accounts", status=403)


def test_nobody_changes_the_own_account(city):
    admin = city.logged_in("root-2")
    account_id = find(city, "root-2")[0]
    page = admin.get(f"/accounts/{account_id}")
    assert "manage-form" not in page.forms
    token = admin.get("/accounts/new").forms["form"]["csrf_token"].value
    for values in (
        {"act": "lock"},
        {"act": "revoke", "role": "administrator", "scope": "site"},
    ):
        admin.post(f"/accounts/{account_id}", values | {"csrf_token": token}, status=403)
    assert find(city, "root-2")[2] is True


def test_locking_ends_the_sessions_and_unlocking_opens_again(city):
    admin, officer = city.logged_in("root-2"), city.logged_in("street")
    account_id = find(city, "street")[0]
    manage(admin.get(f"/accounts/{account_id}"), "lock")
    assert "/login" in officer.get("/me", status=303).location
    form = city.browser().get("/login").forms["form"]
    form["login"], form["password"] = "street", "a long enough phrase"
    form.submit("save", status=401)
    manage(admin.get(f"/accounts/{account_id}"), "unlock")
    city.logged_in("street").get("/me", status=200)


def test_officers_manage_neither_locks_nor_accounts_elsewhere(city):
    officer = city.logged_in("street")
    account_id = find(city, "residents")[0]
    page = officer.get(f"/accounts/{account_id}")
    assert "manage-form" not in page.forms
    token = officer.get("/accounts/new").forms["form"]["csrf_token"].value
    officer.post(f"/accounts/{account_id}", {"act": "lock", "csrf_token": token}, status=403)
    officer.get(f"/accounts/{find(city, 'municipal')[0]}", status=404)


@pytest.mark.clause("EV-5.5.2")
def test_audit_administrator_filters_and_exports_the_log(city):
    for _ in range(5):
        form = city.browser().get("/login").forms["form"]
        form["login"], form["password"] = "street", "not the right phrase"
        form.submit("save", status=401)
    city.logged_in("municipal")
    city.make_account("auditor", (Role.AUDIT_ADMINISTRATOR, SITE_SCOPE))
    city.drain()
    auditor = city.logged_in("auditor")
    page = auditor.get("/audit", {"action": "account.login_failed"})
    assert len(page.html.select("tbody tr")) == 5
    assert find(city, "street")[0] in page.html.select_one(".notice--warning").get_text()
    answer = auditor.get("/audit.csv", {"action": "account.login_failed"})
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [row["action"] for row in rows] == ["account.login_failed"] * 5
    city.drain()
    for login, times in (("auditor", 1), ("municipal", 0)):
        exports = auditor.get("/audit", {"action": "audit.export", "actor": login})
        assert len(exports.html.select("tbody tr")) == times, login
    auditor.get("/audit", {"since": "yesterday"}, status=422)
    assert auditor.get("/audit", {"since": "2027-01-01"}).html.select("tbody tr") == []
    city.logged_in("root-2").get("/audit", status=403)
    city.logged_in("root-2").get("/audit.csv", status=403)


def test_own_page_leads_to_the_accounts_whoever_may_give_a_role_and_nobody_else(city):
    city.make_account("records.two", (Role.RECORDS_OFFICER, scope(city, "communities", "haitang")))
    for login in ("root-2", "municipal", "street"):
        assert city.logged_in(login).get("/me").click(href=r"^/accounts$").status_int == 200
    for login in ("convenor", "residents", "records.two"):
        assert 'href="/accounts"' not in city.logged_in(login).get("/me").text
