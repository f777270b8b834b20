"""An officer asks for the account of an office; the office above decides (SZ-4.3)."""

from __future__ import annotations

import pytest
from webtest import Upload

from portal import audit
from portal.errors import ConfigurationError
from portal.security import Role
from tests.functional.conftest import SiteUnderTest
from tests.functional.owner_steps import register
from tests.functional.test_account_admin import scope
from tests.functional.world import build_city, photo

STREET = ("offices", "city", "district", "street")
ASK = "/offices/city/district/street/ask-account"


@pytest.fixture
def city(open_site):
    """Return a site with offices and a district officer."""
    build_city(open_site, register="")
    open_site.make_account("district", (Role.DISTRICT_OFFICER, scope(open_site, *STREET[:3])))
    open_site.make_account("elsewhere", (Role.DISTRICT_OFFICER, "office-0"))
    return open_site


def ask(browser, status=303, **files):
    form = browser.get(ASK).forms["form"]
    form["person_name"], form["position"], form["phone"] = "林晓明", "科员", "0755-26001234"
    papers = {"authorisation": photo(), "work_card": photo()} | files
    for field, (kind, data) in zip(form.fields["upload"], papers.items(), strict=True):
        if data:
            field.value = Upload(f"{kind}.jpg", data)
    return form.submit("save", status=status)


def step(browser, path, name, status=303, **fields):
    page = browser.get(path)
    token = page.forms[0]["csrf_token"].value
    return browser.post(f"{path}step/{name}", {"csrf_token": token, **fields}, status=status)


def works(browser):
    """Say whether the street's work list reaches a community's register."""
    return browser.get("/communities/haitang/owners/", status="*").status_int == 200


@pytest.mark.clause("SZ-4.3", "EV-5.5.1")
def test_street_account_works_only_after_the_district_approved(city):
    officer = register(city)
    assert not works(officer)
    path = ask(officer).location.removeprefix("http://localhost")
    assert not works(officer)
    assert officer.get(ASK, status=303).location.endswith(path)
    district = city.logged_in("district")
    assert path in district.get("/queue").text
    page = district.get(path)
    assert "林晓明" in page.text
    pictures = [a["href"] for a in page.html.select("#papers ~ ul a")]
    assert district.get(pictures[0]).body.startswith(b"\xff\xd8")
    step(district, path, "approve")
    assert works(officer)
    city.drain()
    actions = city.run(lambda r: [one["action"] for one in audit.entries(r)])
    assert actions.count("pictures.view") == 1
    assert {"office_request.approve", "account.role_granted"} <= set(actions)
    assert "已批准" in officer.get("/messages").text
    step(district, path, "end", status=422)
    step(district, path, "end", comment="调离岗位")
    assert not works(officer)


@pytest.mark.clause("SZ-4.3")
def test_refused_street_account_gets_the_reason_and_may_ask_again(city):
    officer = register(city)
    path = ask(officer).location.removeprefix("http://localhost")
    district = city.logged_in("district")
    step(district, path, "refuse", status=422)
    step(district, path, "refuse", comment="授权书没有盖章")
    assert not works(officer)
    assert "授权书没有盖章" in officer.get(path).text
    again = ask(officer).location.removeprefix("http://localhost")
    assert again != path


@pytest.mark.clause("SZ-4.3", "SZ-4.1")
def test_only_the_office_above_decides_and_sees_the_papers(city):
    officer = register(city)
    path = ask(officer).location.removeprefix("http://localhost")
    city.logged_in("elsewhere").get(path, status=403)
    street = city.logged_in("street")
    street.get(path, status=403)
    assert path not in street.get("/queue").text
    for browser in (street, officer):
        browser.get(f"{path}picture/work_card", status=403)
    token = street.get("/me").forms[0]["csrf_token"].value
    street.post(f"{path}step/approve", {"csrf_token": token}, status=403)
    step(officer, path, "approve", status=403)
    step(officer, path, "withdraw")
    city.logged_in("district").get(f"{path}picture/work_card", status=404)


@pytest.mark.clause("SZ-4.3")
def test_request_needs_both_papers_and_they_lie_sealed_and_go_in_time(city, moved_clock):
    officer = register(city)
    ask(officer, status=422, work_card=b"")
    page = ask(officer, status=422, work_card=b"no picture")
    assert "内容" in page.text
    path = ask(officer).location.removeprefix("http://localhost")
    blobs = [p.read_bytes() for p in (city.folder / "db" / "blobs").rglob("*.blob")]
    assert blobs
    assert not any(data.startswith(b"\xff\xd8") for data in blobs)
    district = city.logged_in("district")
    step(district, path, "approve")
    moved_clock.forward(days=31)
    city.drain()
    district = city.logged_in("district")
    district.get(f"{path}picture/work_card", status=404)
    assert "材料已删除" in district.get(path).text


@pytest.mark.clause("SZ-4.3")
def test_street_office_decides_about_its_residents_committee(city):
    officer = register(city)
    page = officer.get("/offices/city/district/street/committee/")
    form = page.click("申请本机构账号").forms["form"]
    form["person_name"], form["position"], form["phone"] = "何主任", "主任", "0755-26001235"
    for field in form.fields["upload"]:
        field.value = Upload("a.jpg", photo())
    path = form.submit("save", status=303).location.removeprefix("http://localhost")
    street = city.logged_in("street")
    assert path in street.get("/queue").text
    step(street, path, "approve")
    assert "residents_committee" in str(account_grants(city))


def account_grants(site):
    return site.run(lambda r: [a.grants for a in r.site.accounts if a.kind == "owner"])


def test_documents_that_would_go_within_the_week_stop_the_start(tmp_path):
    with pytest.raises(ConfigurationError, match="keep_days"):
        SiteUnderTest(tmp_path, **{"yitang.office_request.keep_days": "6"})
