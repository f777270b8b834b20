"""Objections, complaints, doubted ballots, and the count anew that leaves the old one standing."""

import dataclasses
import json

import pytest

from portal import content
from portal.evidence.canonical import HASHES, canonical
from portal.evidence.verify import verify
from portal.rules import merkle
from portal.rules.keys import Rule
from tests.functional.assembly import Assembly, at, meeting_of
from tests.functional.test_extension import step
from tests.unit.evidence.sample import unpack


@pytest.fixture
def counted(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    voting.cast_four()
    voting.close()
    return voting


def doubt(voting, unit="1栋1单元101", kind="duplicate", login="convenor", status=303):
    form = voting.site.logged_in(login).get(voting.path + "add/ballot_case").forms["form"]
    form["kind"], form["unit"], form["text"] = kind, unit, "业主称没有投过票。"
    page = form.submit("save", status=status)
    return page.location if status == 303 else page


def correct(voting, unit="1栋1单元101"):
    path = doubt(voting, unit)
    step(voting.site.logged_in("street"), path, "exclude", "经核实是他人冒投")
    step(voting.site.logged_in("convenor"), voting.path, "recount", "按更正重新计票")
    voting.site.drain()


@pytest.mark.clause("EV-8.6.2", "EV-8.1.4")
def test_doubted_ballot_is_a_case_with_a_decision_of_another_person(counted):
    path = doubt(counted)
    assert doubt(counted, status=409).status_int == 409
    assert "没有投票" in doubt(counted, "1栋1单元402", status=422).text
    assert "名册中没有" in doubt(counted, "9栋9单元999", status=422).text
    step(counted.site.logged_in("convenor"), path, "exclude", "x", status=403)
    street = counted.site.logged_in("street")
    step(street, path, "exclude", status=422)
    step(street, path, "exclude", "经核实是他人冒投")
    page = street.get(path)
    assert "重复票" in page.text
    assert "街道" in page.text
    assert "EV-8.1.4" in page.text


@pytest.mark.clause("EV-8.6.3", "C-24")
def test_correction_gives_a_new_version_and_a_report_of_exactly_the_cells_it_changed(counted):
    convenor = counted.site.logged_in("convenor")
    step(convenor, counted.path, "recount", "x", status=422)
    correct(counted)
    old, new = counted.look(lambda m: [one.record for one in m.results])
    assert (old["version"], new["version"]) == (1, 2)
    assert new["participation"] == [3, old["participation"][1] - 8000]
    assert [row["reason"] for row in new["excluded"]] == ["duplicate"]
    page = convenor.get(counted.path + "result-versions")
    cells = {
        row.th.get_text(): [cell.get_text() for cell in row.find_all("td")]
        for row in page.html.find_all("tr")
        if row.find("td")
    }
    assert cells["续聘物业服务企业 · 同意 · 人数"] == ["3", "2"]
    assert cells["续聘物业服务企业 · 同意 · 面积（㎡）"] == ["320.00", "240.00"]
    assert not any("反对" in name for name in cells)
    assert "经核实是他人冒投" in page.text


@pytest.mark.clause("EV-8.6.3", "EV-8.4.1")
def test_old_version_stays_readable_and_proven_by_the_log(counted):
    counted.publish()
    correct(counted)
    assert counted.look(lambda m: m.workflow_state) == "counted"
    anybody = counted.site.browser()
    page = anybody.get(counted.path + "result")
    assert "第 2 版尚未公布" in page.text
    anybody.get(counted.path + "result?version=2", status=404)
    old = anybody.get(counted.path + "result.zip").body
    assert json.loads(unpack(old)["records/00000007-result.json"])["version"] == 1
    anybody.get(counted.path + "result.zip?version=2", status=404)
    counted.publish()
    page = anybody.get(counted.path + "result?version=1")
    assert "已由第 2 版代替" in page.text
    for version in ("1", "2"):
        proof = anybody.get(f"{counted.path}result.json?version={version}").json
        assert proof["record"]["version"] == int(version)
        leaf = merkle.leaf_hash(HASHES["sha256"], canonical(proof["record"]))
        assert leaf.hex() == counted.look(
            lambda m, at=proof["index"]: m.ballot_box.log.leaf_hashes(at)["sha256"]
        )
    for level in ("P0", "P2"):
        assert verify(counted.site.run(lambda request, one=level: packed(request, one))).ok


def packed(request, level):
    from content_types.meeting.packages import package

    return package(meeting_of(request), level, request.registry)


@pytest.mark.clause("SZ-27")
def test_open_case_or_uncounted_correction_holds_the_archive(counted):
    counted.publish()
    path = doubt(counted)
    counted.clock.forward(days=11)
    counted.site.drain()
    assert counted.look(lambda m: m.workflow_state) == "published"
    step(counted.site.logged_in("street"), path, "exclude", "冒投")
    counted.site.drain()
    assert counted.look(lambda m: m.workflow_state) == "published"
    step(counted.site.logged_in("convenor"), counted.path, "recount", "重新计票")
    counted.site.drain()
    counted.publish()
    counted.clock.forward(days=11)
    counted.site.drain()
    assert counted.look(lambda m: m.workflow_state) == "archived"


@pytest.mark.clause("SZ-5.5")
@pytest.mark.parametrize(("days", "due"), [(15, "2026-07-23T00:00"), (5, "2026-07-09T00:00")])
def test_rules_of_the_meeting_say_by_when_a_complaint_is_answered(counted, days, due):
    def complain(request):
        meeting = meeting_of(request)
        rule = Rule(days, "X-1")
        meeting.profile = dataclasses.replace(meeting.profile, complaint_working_days=rule)
        item = content.create("complaint", request, text="x")
        content.add(meeting, item, request)
        return item.due_at

    assert counted.site.run(complain) == at(due)


@pytest.mark.clause("SZ-5.5")
def test_complaint_goes_to_the_street_office_which_answers_in_time_and_holds_the_archive(counted):
    counted.publish()
    anna = counted.site.logged_in("anna")
    form = anna.get(counted.path + "add/complaint").forms["form"]
    form["text"] = "召集人没有张贴公示。"
    path = form.submit("save", status=303).location
    counted.site.logged_in("convenor").get(path, status=403)
    counted.clock.forward(days=11)
    counted.site.drain()
    assert counted.look(lambda m: m.workflow_state) == "published"
    counted.clock.forward(days=12)
    counted.site.drain()
    street = counted.site.logged_in("street")
    assert "即将到期" in street.get("/messages").text
    assert "投诉" in street.get("/queue").text
    step(street, path, "investigate")
    step(street, path, "answer", "经查，公示已于 5 月 6 日张贴。")
    counted.clock.forward(minutes=1)
    counted.site.drain()
    assert counted.look(lambda m: m.workflow_state) == "archived"
    anna = counted.site.logged_in("anna")
    assert "经查" in anna.get(path).text

    def kinds(request):
        record = request.site["communities"]["haitang"]["archives"]["2026-001"]
        entry = next(one for one in record.entries if one.kind == "complaint")
        return json.loads(record.read(entry, request.vault))["answers"]

    assert counted.site.run(kinds) == ["经查，公示已于 5 月 6 日张贴。"]


@pytest.mark.clause("SZ-12.2", "SZ-25.5")
def test_guidance_after_its_days_is_marked_late_and_blocks_nothing(counted):
    counted.step("submit_result")
    street = counted.site.logged_in("street")
    guide(street, counted, "请核对候选人顺序。")
    counted.clock.forward(days=6)
    counted.site.drain()
    assert counted.look(lambda m: m.workflow_state) == "resolved"
    street = counted.site.logged_in("street")
    guide(street, counted, "请补交签名页。")
    first, second = counted.look(lambda m: [(one.about, one.late) for one in m.guidance])
    assert (first, second) == (("result", False), ("result", True))
    assert "逾期出具" in counted.site.logged_in("convenor").get(counted.path).text
    assert "请补交签名页" not in counted.site.logged_in("anna").get(counted.path).text


def guide(browser, voting, text):
    form = browser.get(voting.path + "guidance").forms["form"]
    form["text"] = text
    form.submit("save", status=303)
