"""The district keeps records of its publicity and training; everybody may read them (SZ-4.2)."""

from __future__ import annotations

import pytest

from portal.security import Role
from tests.functional.test_account_admin import scope
from tests.functional.world import build_city

ADD = "/offices/city/district/add/training"
DISTRICT = "/offices/city/district/"


@pytest.fixture
def city(open_site):
    """Return a site with offices and officers of two districts."""
    build_city(open_site, register="")
    place = scope(open_site, "offices", "city", "district")
    open_site.make_account("district", (Role.DISTRICT_OFFICER, place))
    open_site.make_account("elsewhere", (Role.DISTRICT_OFFICER, "office-0"))
    return open_site


def enter(browser, status=303, **values):
    form = browser.get(ADD).forms["form"]
    known = {"title": "电子投票操作培训", "held_on": "2026-05-01", "people": "42"}
    for name, value in (known | {"audience": "各小区业主委员会"} | values).items():
        form[name] = value
    return form.submit("save", status=status)


@pytest.mark.clause("SZ-4.2")
def test_district_records_its_trainings_and_the_public_sees_them_with_their_sum(city):
    district = city.logged_in("district")
    path = enter(district).location
    enter(district, title="投票规则宣传周", kind="publicity", held_on="2026-05-04", people="100")
    page = city.browser().get(DISTRICT)
    text = page.html.main.get_text(" ", strip=True)
    assert "共 2 次，142 人次" in text
    assert text.index("投票规则宣传周") < text.index("电子投票操作培训")
    assert "各小区业主委员会" in city.browser().get(path).text
    # The list of offices below, and of places where roles are given, holds offices only.
    assert "粤海街道办事处" in text
    assert "电子投票操作培训" not in city.browser().get("/offices/city/").text
    assert city.logged_in("municipal").get("/communities/add/community").status_int == 200


@pytest.mark.clause("SZ-4.2")
def test_only_the_own_district_enters_and_corrects_records_and_nobody_deletes_them(city):
    path = enter(city.logged_in("district")).location
    for login in ("elsewhere", "street", "municipal", "convenor"):
        city.logged_in(login).get(ADD, status=403)
        city.logged_in(login).get(path + "edit", status=403)
    district = city.logged_in("district")
    form = district.get(path + "edit").forms["form"]
    form["people"] = "43"
    form.submit("save", status=303)
    assert "43" in district.get(path).text
    district.get(path + "delete", status=403)


def test_training_of_tomorrow_and_without_people_is_refused_at_its_field(city):
    district = city.logged_in("district")
    assert "日期还没有到" in enter(district, status=422, held_on="2099-01-01").text
    enter(district, status=422, people="0")
    assert "宣传与培训" not in city.browser().get(DISTRICT).html.main.get_text()
