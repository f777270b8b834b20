"""A city is added by one file: the forms offer what it says and the clock computes by it."""

import pytest

from portal.errors import ConfigurationError
from portal.rules.errors import ProfileError
from tests.functional.conftest import SiteUnderTest
from tests.functional.new_city import CITY, put_profile
from tests.functional.test_meeting_procedure import at, confirm, step
from tests.functional.world import build_city, known_password

OPENS, CLOSES = "2026-05-20T09:00", "2026-05-25T18:00"


@pytest.fixture
def site(tmp_path, moved_clock):
    put_profile(tmp_path)
    under_test = SiteUnderTest(tmp_path)
    yield under_test
    under_test.close()


@pytest.fixture
def city(site):
    """A city whose officer chose the new rules in the form of the community."""
    from portal import accounts
    from portal.security import SITE_SCOPE, Role

    paths = build_city(site)

    def administrator(request):
        account = request.site.accounts.create(request.vault, login="chief", kind="staff")
        account.password = known_password()
        accounts.grant(account, Role.ADMINISTRATOR, SITE_SCOPE)

    site.run(administrator)
    form = site.logged_in("chief").get(paths["community"] + "edit").forms["form"]
    assert (CITY, False, "临江市业主大会电子投票办法") in form["profile_id"].options
    form["profile_id"] = CITY
    form.submit("save", status=303)
    return paths


def names(form, field):
    return {value: words for value, _, words in form[field].options}


def fill(form, status=303, **values):
    for key, value in values.items():
        form[key] = value
    return form.submit("save", status=status)


def enter(browser, city, opens=OPENS):
    form = browser.get(city["community"] + "meetings/add/meeting").forms["form"]
    assert names(form, "convenor_kind") == {
        "management_committee": "物业管理委员会",
        "committee": "业主委员会",
    }
    assert list(names(form, "method")) == ["electronic"]
    return fill(
        form,
        title="电梯更新",
        convenor_kind="management_committee",
        method="electronic",
        place="会所",
        voting_opens_at=opens,
        voting_closes_at=CLOSES,
    ).location


def add_motion(browser, path, **more):
    form = browser.get(path + "add/motion").forms["form"]
    assert names(form, "matter") == {
        "community_rules": "制定和修改小区规则",
        "lift_renewal": "电梯更新改造",
    }
    status = 303 if more else 422
    values = {"title": "更换电梯", "description": "更换两部电梯。", "mode": "single"}
    return fill(form, status, matter="lift_renewal", **values, **more)


@pytest.mark.clause("SZ-35", "EV-6.1.2", "BJ-G7.3.3")
def test_new_city_runs_from_the_form_to_the_verdict_without_any_code(site, city, moved_clock):
    convenor = site.logged_in("convenor")
    confirm(convenor, city)
    path = enter(convenor, city)
    refused = add_motion(convenor, path)
    assert "请选择该类型中的一个法定事项" in refused.text
    add_motion(convenor, path, item="rebuilding")
    page = convenor.get(path)
    assert "LJ-7" in page.text
    assert "2026年5月7日" in page.text
    step(convenor, path, "submit")
    site.drain()
    step(convenor, path, "publish_notice")
    moved_clock.to(at(OPENS))
    site.drain()
    page = site.browser().get(path)
    assert "投票中" in page.text
    moved_clock.to(at(CLOSES))
    site.drain()

    def verdict(request):
        meeting = request.site["communities"]["haitang"]["meetings"]["2026-001"]
        return meeting.result.record["motions"][0]["verdict"]

    found = site.run(verdict)
    assert found["rule"]["profile"] == f"{CITY}@3"
    assert (found["rule"]["item"], found["rule"]["category"]) == ("rebuilding", "special")
    assert found["carried"] is False


def test_new_city_refuses_by_its_own_lead_time_and_clause(site, city):
    convenor = site.logged_in("convenor")
    confirm(convenor, city)
    path = enter(convenor, city, opens="2026-05-18T09:00")
    add_motion(convenor, path, item="rebuilding")
    assert "LJ-7" in step(convenor, path, "submit", status=422).text


def test_forged_body_of_another_city_is_refused_by_the_form(site, city):
    form = site.logged_in("convenor").get(city["community"] + "meetings/add/meeting").forms["form"]
    form["convenor_kind"].force_value("street_office")
    fill(form, 422, title="x", place="y")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"quorum": 1}, "quorum: unknown key"),
        (
            {"matters": [{"id": "x", "title": "x", "statutory": []}]},
            r"matters\[0\].clause: missing",
        ),
        ({"convenor_types": {"value": ["king"], "clause": "LJ-2"}}, "texts.convenor.king: missing"),
        ({"texts": {"matter.covenant": {"zh": "别名", "en": "other"}}}, "named already"),
    ],
)
def test_fault_of_a_profile_file_stops_the_start_and_is_named(tmp_path, changes, named):
    put_profile(tmp_path, **changes)
    with pytest.raises((ConfigurationError, ProfileError), match=named):
        SiteUnderTest(tmp_path)


def test_profile_id_that_is_shipped_already_is_refused(tmp_path):
    put_profile(tmp_path).rename(tmp_path / "law" / "profiles" / "generic.yaml")
    with pytest.raises(ProfileError, match="generic"):
        SiteUnderTest(tmp_path)
