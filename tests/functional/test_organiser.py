"""The street office enters who convenes and makes the accounts; nobody helps himself in Beijing."""

from __future__ import annotations

import pytest

from portal import notify
from portal.security import Role
from tests.functional.conftest import PASSWORD
from tests.functional.owner_steps import register
from tests.functional.test_account_admin import scope
from tests.functional.test_identity_proof import use, valid_number
from tests.functional.test_office_request import step
from tests.functional.world import build_city

PHONE = "13800138044"
PAGE = "/communities/haitang/organiser"
PERSON = {
    "body_name": "海棠花园业主大会筹备组",
    "assembly_name": "海棠花园首次业主大会",
    "position": "leader",
    "person_name": "周组长",
    "sex": "female",
    "employer": "某某公司",
    "id_number": valid_number(),
    "address": "海棠路 1 号",
    "phone": PHONE,
}


@pytest.fixture
def city(open_site):
    """Return a site whose community follows the rules of Beijing."""
    build_city(open_site, register="")
    use(open_site, "beijing-2019")
    return open_site


def enter(browser, status=303, account=True, **values):
    form = browser.get(PAGE).forms["form"]
    for name, value in (PERSON | values).items():
        form[name] = value
    form["account"].checked = account
    return form.submit("save", status=status)


def link_sent(site):
    """Return the set-up links that left for phones, newest first."""

    def look(request):
        texts = [notify.text_of(request, d) for d in request.site.messages.dispatches()]
        return [t["values"]["link"] for t in texts if "link" in t["values"]]

    return site.run(look)


@pytest.mark.clause("BJ-G5.2", "BJ-G5.3", "BJ-G1.2", "BJ-GQ1")
def test_leader_gets_an_account_by_a_link_to_the_own_phone_that_works_once(city):
    street = city.logged_in("street")
    for name in PERSON:
        if name not in ("position", "sex"):
            enter(street, status=422, **{name: ""})
    enter(street, status=422, age="abc")
    path = enter(street).location.removeprefix("http://localhost")
    page = street.get(path)
    assert "筹备组" in page.html.main.get_text()
    assert PHONE not in page.text
    assert PERSON["id_number"] not in page.text
    [link] = link_sent(city)
    link = link.removeprefix("http://localhost")
    leader = city.browser()
    form = leader.get(link).forms["form"]
    form["password"] = PASSWORD
    form.submit("save", status=303)
    leader.get("/communities/haitang/owners/", status=200)
    city.browser().get(link, status=404)
    city.logged_in(PHONE).get("/communities/haitang/owners/", status=200)
    enter(street, status=409)
    city.logged_in("convenor").get(path, status=403)
    city.logged_in("convenor").get(PAGE, status=403)
    step(street, path, "end", status=422)
    step(street, path, "end", comment="换届")
    leader.get("/communities/haitang/owners/", status=403)
    stored = (city.folder / "db" / "Data.fs").read_bytes()
    assert PERSON["person_name"].encode() not in stored


@pytest.mark.clause("BJ-G5.1", "BJ-G5.4", "BJ-G5.5")
def test_committee_is_entered_where_there_is_one_and_a_member_may_have_no_account(city):
    def there_is_one(request):
        request.site["communities"]["haitang"].has_committee = True

    street = city.logged_in("street")
    city.run(lambda r: setattr(r.site["communities"]["haitang"], "has_committee", False))
    assert "筹备组" in street.get(PAGE).html.h1.get_text()
    city.run(there_is_one)
    page = street.get(PAGE)
    assert "业主委员会" in page.html.h1.get_text()
    path = enter(street, account=False, position="member", age="40").location
    assert "业主委员会" in street.get(path).text
    assert link_sent(city) == []
    register(city, PHONE)
    enter(street, position="member")
    assert "已成为召集人" in city.logged_in(PHONE).get("/messages").text
    assert link_sent(city) == []


@pytest.mark.clause("BJ-G1.2", "BJ-GQ1")
def test_nobody_asks_for_a_convenor_account_himself_in_beijing(city):
    browser = register(city)
    form = browser.get("/communities/haitang/convenors/add/convenor_request").forms["form"]
    form["body_name"], form["kind"], form["grounds"] = "筹备组", "preparatory_group", "成立"
    page = form.submit("save", status=422)
    assert "由街道办事处登记并生成" in page.text
    use(city, "shenzhen-draft-2019")
    form = browser.get("/communities/haitang/convenors/add/convenor_request").forms["form"]
    form["body_name"], form["kind"], form["grounds"] = "筹备组", "preparatory_group", "成立"
    form.submit("save", status=303)


@pytest.mark.clause("BJ-G1.1")
def test_street_account_comes_from_the_district_and_asks_for_its_own_password(city):
    city.make_account(
        "district", (Role.DISTRICT_OFFICER, scope(city, "offices", "city", "district"))
    )
    district = city.logged_in("district")
    form = district.get("/accounts/new").forms["form"]
    form["login"], form["role"] = "yuehai.street", Role.STREET_OFFICER
    form["scope"] = scope(city, "offices", "city", "district", "street")
    page = form.submit("save", status=200)
    link = page.html.select_one("#setup-link").get_text().strip()
    browser = city.browser()
    browser.get("/login")
    form = browser.get(link.removeprefix("http://localhost")).forms["form"]
    form["password"] = "short"
    form.submit("save", status=422)
    form["password"] = PASSWORD
    form.submit("save", status=303)
    browser.get("/communities/haitang/owners/", status=200)


@pytest.mark.clause("SZ-5.1", "SZ-5.2")
def test_guidance_note_of_the_street_office_stays_with_the_convenor_account(city):
    use(city, "shenzhen-draft-2019")
    browser = register(city)
    form = browser.get("/communities/haitang/convenors/add/convenor_request").forms["form"]
    form["body_name"], form["kind"], form["grounds"] = "业委会", "committee", "换届"
    path = form.submit("save", status=303).location.removeprefix("http://localhost")
    street = city.logged_in("street")
    step(street, path, "approve")
    step(street, path, "guide", status=422)
    step(street, path, "guide", comment="请先核对小区总户数")
    page = browser.get(path)
    assert "请先核对小区总户数" in page.text
    assert "指导意见" in browser.get("/messages").text
    browser.get("/communities/haitang/owners/", status=200)
