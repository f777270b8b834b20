"""Owners rate the property service once per unit and period; nobody sees who said what (BJ-0.1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from content_types.service.rating import ITEMS
from portal import audit
from portal.errors import ConfigurationError
from portal.security import Role
from tests.functional.assembly import Assembly, at
from tests.functional.conftest import SiteUnderTest
from tests.functional.test_account_admin import scope
from tests.functional.test_service import DESK

# Owners of one unit.
TOGETHER = ("bo", "chen")
SPRING = "2026-04-01/2026-06-30"
SETTINGS = (
    *(("yitang.rating.least", "2"), ("yitang.rating.months", "5")),
    ("yitang.service.keep_days", "7"),
)


@pytest.fixture
def haitang(open_site, moved_clock):
    """Return a meeting's site with somebody of its property service."""
    found = Assembly(open_site, moved_clock)
    open_site.make_account("service", (Role.SERVICE_STAFF, scope(open_site, *DESK.split("/")[1:3])))
    return found


def rate(site, login, score=5, comment="", unit=None):
    browser = site.logged_in(login)
    form = browser.get(DESK + "rate").forms["form"]
    for item in ITEMS:
        form[item] = str(score)
    if unit is not None:
        form["unit_code"] = unit
    form["comment"] = comment
    return form.submit("save", status=303)


def desk_of(request):
    return request.site["communities"]["haitang"]["service"]


@pytest.mark.clause("BJ-0.1")
def test_means_are_published_when_the_period_is_over_and_enough_units_rated(haitang):
    site = haitang.site
    haitang.clock.to(at("2026-06-30T12:00"))
    for login, score in (("anna", 5), ("bo", 4), ("gao", 3)):
        rate(site, login, score, comment=f"话{score}")
    dora = site.logged_in("dora").get(DESK + "rate").forms["form"]
    units = [value for value, _, _ in dora["unit_code"].options]
    assert len(units) == 2  # two units, two ratings
    rate(site, "dora", 5, unit=units[0])
    rate(site, "dora", 5, unit=units[1])
    for login in ("anna", "service"):
        page = site.logged_in(login).get(DESK + "ratings")
        assert page.html.select("table") == []
        assert "话4" not in page.text
    haitang.clock.to(at("2026-07-01T01:00"))
    site.drain()
    page = site.logged_in("service").get(DESK + "ratings")
    cells = [cell.get_text() for cell in page.html.select("tbody td")]
    assert cells == ["4.4"] * len(ITEMS)
    assert {"话3", "话4", "话5"} <= {p.get_text() for p in page.html.select(".panel p.prewrap")}
    page = site.logged_in("anna").get(DESK + "ratings")
    assert "4.4" in page.text
    assert "话4" not in page.text  # words are for those who deal with them


@pytest.mark.clause("BJ-0.1")
def test_too_few_ratings_are_never_published_nor_their_words(haitang):
    site = haitang.site
    for login in ("anna", "bo", "dora", "gao"):
        rate(site, login, 1, comment="很差")
    haitang.clock.to(at("2026-07-01T09:00"))
    site.drain()
    page = site.logged_in("service").get(DESK + "ratings")
    assert "评价的房屋太少，不公布" in page.text
    assert "很差" not in page.text
    assert "1.0" not in [cell.get_text() for cell in page.html.select("td")]


@pytest.mark.clause("BJ-0.1")
def test_unit_rates_once_per_period_whichever_of_its_owners_does_it(haitang):
    site = haitang.site
    waiting = site.logged_in("chen").get(DESK + "rate").forms["form"]
    rate(site, "bo")
    for item in ITEMS:
        waiting[item] = "1"
    waiting.submit("save", status=409)
    assert "本期已经评价" in site.logged_in("chen").get(DESK + "rate").text
    assert site.run(lambda request: len(desk_of(request).rounds[SPRING].sheets)) == 1
    haitang.clock.to(at("2026-07-01T09:00"))
    rate(site, "chen")
    known = [SPRING, "2026-07-01/2026-09-30"]
    assert site.run(lambda request: list(desk_of(request).rounds)) == known


@pytest.mark.clause("BJ-0.1")
def test_two_owners_of_a_unit_who_rate_at_the_same_moment_count_once(haitang):
    forms = [haitang.site.logged_in(login).get(DESK + "rate").forms["form"] for login in TOGETHER]
    for form in forms:
        for item in ITEMS:
            form[item] = "5"
    with ThreadPoolExecutor(len(forms)) as pool:
        answers = list(pool.map(lambda form: form.submit("save", status="*"), forms))
    assert sorted(answer.status_int for answer in answers) == [303, 409]
    assert haitang.site.run(lambda request: len(desk_of(request).rounds[SPRING].sheets)) == 1


@pytest.mark.clause("BJ-0.1")
def test_neither_store_nor_log_ties_a_score_to_a_unit_or_person(haitang):
    site = haitang.site
    rate(site, "anna", 2, comment="保洁太少")
    site.drain()

    def look(request):
        book = desk_of(request).rounds[SPRING]
        entries = list(audit.entries(request, action="service.rate"))
        unit = next(u.code for u in desk_of(request).community["owners"].units())
        return list(book.rated), list(book.sheets.items()), entries, unit

    rated, sheets, entries, unit = site.run(look)
    ((key, sheet),) = sheets
    assert (sheet.scores, sheet.comment) == ((2,) * len(ITEMS), "保洁太少")
    assert vars(sheet).keys() == {"scores", "comment"}
    assert key not in rated
    assert unit not in repr(rated)
    assert entries[0]["detail"] == {"period": SPRING}


@pytest.mark.clause("BJ-0.1", "PIPL-19")
def test_when_a_period_is_over_nothing_tells_who_rated_and_words_go_in_time(haitang):
    site = haitang.site
    for login in ("anna", "bo", "gao"):
        rate(site, login, 4, comment="保洁太少")
    data = site.logged_in("bo").get("/me/data.json").json
    assert [(one["unit"], one["period"]) for one in data["ratings"]] == [("1栋1单元102", SPRING)]
    dora = site.logged_in("dora").get(DESK + "rate").forms["form"]
    for unit, _, _ in dora["unit_code"].options:
        rate(site, "dora", 4, unit=unit)

    def book(request):
        return dict(vars(desk_of(request).rounds[SPRING]))

    haitang.clock.to(at("2026-07-01T00:30"))  # a rating of the last minute may be on its way
    site.drain()
    assert site.run(book).get("settled_at") is None
    haitang.clock.to(at("2026-07-01T02:00"))
    site.drain()
    kept = site.run(book)
    assert kept["rated"] is None
    assert kept["sheets"] is None
    assert kept["comments"] == ("保洁太少",) * 3
    assert site.logged_in("bo").get("/me/data.json").json["ratings"] == []
    haitang.clock.forward(days=366)
    site.drain()
    assert site.run(book)["comments"] == ()
    assert "4.0" in site.logged_in("anna").get(DESK + "ratings").text


def test_other_length_of_periods_opens_no_period_again_that_was_published(haitang):
    site = haitang.site
    site.registry.rating_months = 1
    for login in ("anna", "bo", "gao"):
        rate(site, login, 4)
    haitang.clock.to(at("2026-06-01T02:00"))
    site.drain()
    site.registry.rating_months = 3
    rate(site, "anna", 1)
    rounds = site.run(lambda request: list(desk_of(request).rounds))
    assert rounds == [SPRING, "2026-05-01/2026-05-31"]


def test_only_owners_with_a_unit_here_rate(haitang):
    site = haitang.site
    for login in ("service", "convenor", "street"):
        site.logged_in(login).get(DESK + "rate", status=403)
    fang = site.logged_in("fang")
    page = fang.get(DESK + "rate")
    assert "form" not in page.forms
    assert "先绑定本小区的房屋" in page.text
    token = page.html.select_one("input[name=csrf_token]")["value"]
    fang.post(DESK + "rate", {"csrf_token": token}, status=409)


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_that_would_name_people_or_tear_the_year_stop_the_start(tmp_path, setting):
    with pytest.raises(ConfigurationError):
        SiteUnderTest(tmp_path, **dict([setting]))
