"""What protects the site: the dated report, the list of packages, the secure address, the log."""

from __future__ import annotations

import pytest

from portal.security import SITE_SCOPE, Role
from tests.functional.conftest import SiteUnderTest


@pytest.mark.clause("EV-11.3.3", "v5.0.0-15.1.1")
def test_daily_report_is_dated_and_names_what_changed(tmp_path, moved_clock):
    site = SiteUnderTest(tmp_path)
    site.make_account("operator", (Role.ADMINISTRATOR, SITE_SCOPE))
    site.drain()

    def older(request):
        report = request.site.protection
        packages = tuple(("segno", "0.1") if one[0] == "segno" else one for one in report.packages)
        request.site.protection = type(report)(report.at, report.states, packages, ())

    site.run(older)
    moved_clock.forward(days=1)
    site.drain()
    browser = site.logged_in("operator")
    page = browser.get("/protection")
    assert "2026年5月7日" in page.text
    assert "segno: 0.1 → " in page.text
    bill = browser.get("/protection/sbom.json").json
    assert bill["bomFormat"] == "CycloneDX"
    assert "pyramid" in {one["name"] for one in bill["components"]}
    site.make_account("officer", (Role.STREET_OFFICER, SITE_SCOPE))
    site.logged_in("officer").get("/protection", status=403)
    site.close()


@pytest.mark.clause("EV-11.2.2", "GB/T 22239 8.1.4.1 c)")
def test_plain_http_is_led_to_the_secure_address_and_takes_nothing_in_production(
    tmp_path, moved_clock
):
    settings = {"yitang.production": "true", "yitang.base_url": "https://localhost"}
    site = SiteUnderTest(tmp_path, **settings)
    browser = site.browser()
    answer = browser.get("/login?came_from=/me", status=308)
    assert answer.location == "https://localhost/login?came_from=/me"
    browser.post("/login", {"login": "a", "password": "b"}, status=403)
    browser.get("/%ff", status=308)
    browser.get("/healthz", status=200)
    browser.extra_environ["wsgi.url_scheme"] = "https"
    answer = browser.get("/login", status=200)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-sid=")
    for flag in ("secure", "HttpOnly", "SameSite=Lax"):
        assert flag.lower() in cookie.lower()
    assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]
    site.close()


@pytest.mark.clause("EV-11.1.1")
def test_every_address_but_the_public_ones_refuses_a_stranger(open_site):
    public = {
        *("login", "login_code", "login_second", "register", "register_code", "reset"),
        *(
            "register_password",
            "reset_code",
            "reset_password",
            "setup",
            "votes",
            "search",
            "verify",
        ),
        *("verify_script", "help", "help_page", "policies", "health", "entry", "logout"),
        *("preferences", "law", "law_compare", "law_preview", "calendars"),
    }
    browser = open_site.browser()
    for entry in open_site.config.introspector.get_category("routes"):
        route = entry["introspectable"]
        pattern = "/" + route["pattern"].lstrip("/")
        if route["name"] in public or pattern.startswith(("/api", "/static", "/vendor")):
            continue
        if "{" in pattern or "*" in pattern:
            continue
        answer = browser.get(pattern, status="*")
        refused = answer.status_int in (401, 403, 404, 405)
        assert refused or "/login?came_from=" in (answer.location or ""), pattern


@pytest.mark.clause("EV-11.4.2")
def test_log_page_counts_entries_per_kind_over_a_period(open_site, moved_clock):
    open_site.make_account("auditor", (Role.AUDIT_ADMINISTRATOR, SITE_SCOPE))
    for _ in range(3):
        open_site.logged_in("auditor")
    open_site.drain()
    moved_clock.forward(days=1)
    browser = open_site.logged_in("auditor")
    open_site.drain()

    def logins(query):
        page = browser.get(f"/audit?{query}")
        for term in page.html.select("#kinds dl div"):
            if term.dt.get_text() == "account.login":
                return int(term.dd.get_text())
        return 0

    assert logins("") == 4
    assert logins("since=2026-05-07") == 1
    assert logins("until=2026-05-06") == 3


@pytest.mark.clause("BJ-O1")
def test_entry_page_shows_the_address_as_a_picture_to_scan(open_site):
    page = open_site.browser().get("/entry")
    assert page.html.select_one("img[src^='data:image/svg']")
    assert "http://localhost" in page.text
    assert "/entry" in open_site.browser().get("/help").text
