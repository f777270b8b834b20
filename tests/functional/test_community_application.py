"""A community not on the site yet: applied for, checked by the street, decided above (BJ-OQ4)."""

from __future__ import annotations

import pytest

from portal.security import Role
from tests.functional.owner_steps import register
from tests.functional.test_account_admin import scope
from tests.functional.test_office_request import step
from tests.functional.world import build_city

ADD = "/community_applications/add/community_application"
KINDS = ["preparatory_group", "committee", "service_company", "street_office"]


@pytest.fixture
def city(open_site):
    """Return a site with offices and a district officer."""
    build_city(open_site, register="")
    place = scope(open_site, "offices", "city", "district")
    open_site.make_account("district", (Role.DISTRICT_OFFICER, place))
    return open_site


def apply_for(browser, status=303, **values):
    form = browser.get(ADD).forms["form"]
    form["title"], form["address"] = "木棉苑", "木棉路 8 号"
    form["office_oid"] = next(v for v, _, words in form["office_oid"].options if "街道" in words)
    form["profile_id"] = "beijing-2019"
    form["applicant_kind"] = "service_company"
    form["applicant"], form["base_data"] = "某某物业", "6 栋 320 户，31200 平方米，测绘报告"
    for name, value in values.items():
        form[name] = value
    return form.submit("save", status=status)


@pytest.mark.clause("BJ-OQ4")
def test_community_is_added_after_the_street_checked_and_the_district_approved(city):
    browser = register(city)
    kinds = [value for value, *_ in browser.get(ADD).forms["form"]["applicant_kind"].options]
    assert kinds == [*KINDS, "residents_committee"]
    apply_for(browser, status=422, base_data="")
    path = apply_for(browser).location.removeprefix("http://localhost")
    street, district = city.logged_in("street"), city.logged_in("district")
    assert path in street.get("/queue").text
    step(district, path, "approve", status=409)
    step(street, path, "check", status=422)
    step(street, path, "check", comment="与测绘报告一致")
    step(street, path, "approve", status=403, comment="同意")
    step(browser, path, "approve", status=403)
    step(district, path, "approve")
    page = browser.get(path)
    assert "与测绘报告一致" in page.text
    community = page.click("木棉苑", href="/communities/")
    assert "木棉路 8 号" in community.text
    assert "已加入平台" in browser.get("/messages").text

    def status(request):
        made = request.site["communities"]["xq-0002"]
        return made.project_status, made.profile_id, made.confirmation

    # No meeting is launched there before its data are checked and confirmed.
    assert city.run(status) == ("preparing", "beijing-2019", None)


@pytest.mark.clause("BJ-OQ4")
def test_application_is_refused_with_a_reason_and_seen_by_its_own_district_only(city):
    city.make_account("elsewhere", (Role.DISTRICT_OFFICER, "office-0"))
    browser = register(city)
    path = apply_for(browser).location.removeprefix("http://localhost")
    city.logged_in("elsewhere").get(path, status=403)
    district = city.logged_in("district")
    step(district, path, "refuse", status=422)
    step(district, path, "refuse", comment="不在本区")
    assert "不在本区" in browser.get(path).text
    assert city.run(lambda request: len(request.site["communities"])) == 1
