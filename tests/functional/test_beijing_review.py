"""Nothing runs in Beijing before the street office has reviewed it."""

import pytest

from tests.functional.assembly import OPENS, Assembly, at

MOTIONS = ({"title": "选聘物业", "matter": "service_company"},)


@pytest.mark.clause("BJ-GQ8.2", "BJ-G7.5", "BJ-G7.4", "C-12")
def test_vote_without_review_stays_shut_and_unseen_however_long_it_waits(site, moved_clock):
    assembly = Assembly(site, moved_clock, "beijing-2019", MOTIONS)
    assembly.step("submit")
    site.drain()
    moved_clock.to(at(OPENS))
    site.drain()
    assert assembly.look(lambda meeting: meeting.workflow_state) == "submitted"
    site.logged_in("anna").get(assembly.path, status=403)
    convenor = site.logged_in("convenor")
    convenor.get(assembly.path + "edit", status=403)
    token = convenor.get(assembly.path).html.find("input", {"name": "csrf_token"})["value"]
    step = convenor.post(
        assembly.path + "step/publish_notice", {"csrf_token": token}, expect_errors=True
    )
    assert step.status_int >= 400


@pytest.mark.clause("C-1", "C-15", "BJ-GQ10", "BJ-GQ8.1", "BJ-GQ7", "BJ-G7.3.3")
def test_forms_in_beijing_offer_no_paper_four_bodies_and_seven_matters(site, moved_clock):
    assembly = Assembly(site, moved_clock, "beijing-2019", MOTIONS)
    convenor = site.logged_in("convenor")
    form = convenor.get(assembly.path + "edit").forms["form"]
    assert [value for value, *_ in form["method"].options] == ["electronic"]
    assert {value for value, *_ in form["convenor_kind"].options} == {
        *("preparatory_group", "committee", "service_company", "street_office")
    }
    motion = convenor.get(assembly.path + "add/motion").forms["form"]
    assert len(motion["matter"].options) == 7
    motion["matter"].force_value("换个更好的物业")
    motion["title"], motion["description"], motion["mode"] = "议题", "说明", "single"
    motion.submit("save", status=422)
