"""The first assembly of a community by the Shenzhen rules, and who else may convene."""

import pytest
from webtest import Upload

from content_types.meeting import timeline
from tests.functional.test_meeting_procedure import CLOSES, OPENS, confirm, step
from tests.functional.world import build_city, photo

ADD = "meetings/add/meeting"


@pytest.fixture
def city(site):
    paths = build_city(site)

    def without_committee(request):
        request.site["communities"]["haitang"].has_committee = False

    site.run(without_committee)
    return paths


def enter(browser, city, **values):
    form = browser.get(city["community"] + ADD).forms["form"]
    given = {
        "title": "首次业主大会会议",
        "convenor_kind": "preparatory_group",
        "method": "electronic",
        "place": "会所",
        "voting_opens_at": OPENS,
        "voting_closes_at": CLOSES,
    }
    for key, value in (given | values).items():
        form[key] = value
    path = form.submit("save", status=303).location
    motion = browser.get(path + "add/motion").forms["form"]
    motion["title"], motion["matter"] = "制定管理规约", "covenant"
    motion["description"], motion["mode"] = "草案见附件。", "single"
    motion.submit("save", status=303)
    return path


@pytest.mark.clause("SZ-32", "SZ-12.5", "SZ-N7", "BJ-G5.1")
def test_first_assembly_needs_its_group_its_six_documents_and_shows_the_six_months(site, city):
    convenor = site.logged_in("convenor")
    confirm(convenor, city)
    first = {"inaugural": True, "preparatory_meeting_on": "2026-01-15"}
    path = enter(convenor, city, convenor_kind="committee", **first)
    assert "SZ-32" in step(convenor, path, "submit", status=422).text
    form = convenor.get(path + "edit").forms["form"]
    form["convenor_kind"] = "preparatory_group"
    form.submit("save", status=303)
    refused = step(convenor, path, "submit", status=422).text
    assert "管理规约草案、议事规则草案、表决规则" in refused
    for item in ("draft_covenant", "draft_procedure_rules", "voting_rules"):
        form = convenor.get(path + "inaugural").forms["form"]
        form["item"] = item
        form["upload"] = Upload(f"{item}.jpg", photo(), "image/jpeg")
        form.submit("save", status=303)
    step(convenor, path, "submit")

    def dates(request):
        meeting = request.site["communities"]["haitang"]["meetings"]["2026-001"]
        found = {one.key: one for one in timeline.deadlines(meeting, site.registry)}
        return found["first_meeting"].due.isoformat(), timeline.settled_at(meeting, "first_meeting")

    assert site.run(dates) == ("2026-07-15", None)


@pytest.mark.clause("SZ-34", "SZ-33", "SZ-10", "SZ-N4", "SZ-11.2")
@pytest.mark.parametrize("kind", ["residents_committee", "street_office"])
def test_other_bodies_convene_and_choose_paper_without_a_resolution(site, city, kind):
    convenor = site.logged_in("convenor")
    confirm(convenor, city)
    path = enter(convenor, city, convenor_kind=kind, method="electronic_paper")
    step(convenor, path, "submit")


def test_community_with_a_committee_is_not_asked_about_a_first_assembly(site, city):
    def with_committee(request):
        request.site["communities"]["haitang"].has_committee = True

    site.run(with_committee)
    form = site.logged_in("convenor").get(city["community"] + ADD).forms["form"]
    assert "inaugural" not in form.fields


@pytest.mark.clause("EV-6.7.1", "EV-6.7.2", "BJ-G7.3.8")
def test_window_that_ends_before_it_starts_is_named_and_the_entry_is_kept(site, city):
    form = site.logged_in("convenor").get(city["community"] + ADD).forms["form"]
    form["title"], form["place"] = "会议", "会所二楼"
    form["voting_opens_at"], form["voting_closes_at"] = CLOSES, OPENS
    page = form.submit("save", status=422)
    assert page.forms["form"]["place"].value == "会所二楼"
    assert page.html.select_one('[name="voting_closes_at"]')["aria-invalid"] == "true"
