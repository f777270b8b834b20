"""An opinion poll from its creation by form to the published result, which binds nobody."""

import pytest

from content_types.meeting.packages import package
from portal.evidence.recount import recount
from portal.evidence.verify import verify
from tests.functional.assembly import OPENS, Assembly, meeting_of
from tests.functional.voting_steps import vote
from tests.unit.evidence.test_second_verifier import second


@pytest.mark.clause("EV-6.3.3", "EV-6.3.1.2", "EV-8.2.1", "CN-278.T")
def test_poll_goes_from_the_form_to_a_published_result_without_legal_effect(
    open_site, moved_clock, tmp_path
):
    assembly = Assembly(open_site, moved_clock, "generic", ())
    convenor = open_site.logged_in("convenor")
    form = convenor.get(assembly.path + "add/motion").forms["form"]
    form["title"], form["matter"], form["mode"] = "是否增设充电桩", "opinion_poll", "single"
    form["description"], form["advisory"] = "征求意见。", "simple_majority"
    form["max_marks"] = "1"
    page = form.submit("save", status=303).follow()
    assert "征求意见（不产生法律效力）" in page.text
    assembly.notice()
    assembly.give_roster()
    assembly.until(OPENS)
    vote(open_site.logged_in("anna"), assembly.path, m1="for")
    for name, mark in (("bo", "against"), ("dora", "for"), ("gao", "for")):
        assembly.cast(name, m1=[mark])
    assembly.close()
    assert assembly.look(lambda m: (m.workflow_state, m.count_failure)) == ("counted", None)
    (motion,) = assembly.look(lambda m: m.result.settings["motions"])
    assert (motion["rule"]["category"], motion["rule"]["quorum"]) == ("advisory", None)
    (row,) = assembly.look(lambda m: m.result.record["motions"])
    assert row["verdict"]["carried"]
    assert [one["votes"][0] for one in row["options"]] == [3, 1, 0]
    # Three of four who took part are a majority, though they are not one of all seven owners.
    (check,) = row["verdict"]["checks"]
    assert (check["numerator"], check["denominator"]) == (3, 4)
    data = open_site.run(lambda r: package(meeting_of(r), "P2", r.registry))
    report = verify(data)
    _, code = second(tmp_path, data)
    assert report.ok
    assert code == 0
    assert recount(data) == assembly.look(lambda m: m.result.record)
    # No law names the threshold of a poll, and the verifier says that it did not check one.
    assert {row["name"] for row in report.checks if row["status"] == "not_possible"} >= {
        "thresholds"
    }
    assembly.publish()
    for path in ("", "result"):
        text = open_site.browser().get(assembly.path + path).text
        assert "是否增设充电桩" in text
    shown = open_site.logged_in("anna").get(assembly.path + "result").text
    assert "征求意见（不产生法律效力）" in shown
    assert "简单多数" in shown
    assert "多数赞成（仅征求意见）" in shown
    assert "通过" not in open_site.logged_in("anna").get(assembly.path + "result").html.main.text
