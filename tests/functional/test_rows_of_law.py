"""Rows of the standard and the guides that several pages fulfil together."""

from __future__ import annotations

import pytest

from content_types.meeting.second_reading import read
from portal import content, workflow
from portal.rules.errors import RuleError
from portal.security import SITE_SCOPE, Role
from tests.functional.assembly import CLOSES, MOTIONS, OPENS, Assembly, at, meeting_of
from tests.functional.evidence_steps import archive_files
from tests.functional.test_account_admin import scope
from tests.functional.test_community_application import ADD, apply_for
from tests.functional.test_extension import step
from tests.functional.test_votes_page import lines
from tests.functional.voting_steps import choose, vote
from tests.functional.world import build_city


@pytest.fixture
def assembly(site, moved_clock):
    return Assembly(site, moved_clock)


def set_window(assembly, opens, closes, status=303):
    form = assembly.site.logged_in("convenor").get(assembly.path + "edit").forms["form"]
    form["voting_opens_at"], form["voting_closes_at"] = opens, closes
    return form.submit("save", status=status)


@pytest.mark.clause("EV-4.1.2")
def test_voting_begins_and_ends_with_the_assembly_and_has_no_other_window(assembly):
    convenor = assembly.site.logged_in("convenor")
    form = convenor.get(assembly.path + "edit").forms["form"]
    times = [name for name in form.fields if name and name.endswith("_at")]
    assert times == ["voting_opens_at", "voting_closes_at"]
    set_window(assembly, CLOSES, OPENS, status=422)
    set_window(assembly, "2026-06-22T10:00", "2026-06-25T12:00")
    # A window beside that of the assembly finds no field that would take it.
    page = convenor.get(assembly.path + "edit")
    values = dict(page.forms["form"].submit_fields()) | {"ballots_until": "2026-07-09T18:00"}
    convenor.post(assembly.path + "edit", values, status="*")
    assembly.notice()
    assembly.until(OPENS)
    assert assembly.look(lambda m: m.workflow_state) == "noticed"
    assert "1 项表决权可以投票" not in assembly.site.logged_in("anna").get(assembly.path).text
    assembly.until("2026-06-22T10:00")
    assembly.cast("anna", m1=("for",))
    assembly.clock.to(at("2026-06-25T12:00"))
    with pytest.raises(RuleError, match=r"refusal\.closed"):
        assembly.cast("bo", m1=("for",))
    assembly.site.drain()
    assert assembly.look(lambda m: m.result.record["participation"][0]) == 1


@pytest.mark.clause("CN-280")
def test_result_says_what_binds_and_who_may_go_to_court_and_leads_to_the_file(assembly):
    assembly.open()
    assembly.cast_four()
    assembly.close().publish()
    anna = assembly.site.logged_in("anna")
    page = anna.get(assembly.path + "result")
    section = page.html.find(id="r-effect").parent.get_text(" ", strip=True)
    assert "对业主具有法律约束力" in section
    assert "请求人民法院予以撤销" in section
    assert "CN-280" in section
    english = assembly.site.browser().get(
        assembly.path + "result", headers={"Accept-Language": "en"}
    )
    assert "may ask the people's court to revoke it" in english.html.main.get_text()
    # The owner asks, the street office exports; nobody else has the file.
    form = page.click("向街道办事处提出").forms["form"]
    form["text"] = "我要向法院起诉，请导出证据文件。"
    path = form.submit("save", status=303).location
    street = assembly.site.logged_in("street")
    assert "请导出证据文件" in street.get(path).text
    anna.get(assembly.path + "package-P2.zip", status=403)
    files = archive_files(street.get(assembly.path + "package-P2.zip").body)
    assert {"units.jsonl", "ballots/envelopes.jsonl", "documents.json"} <= files.keys()
    for name in ("anna", "bo", "chen", "dora", "eve", "fang", "gao"):
        for data in files.values():
            assert f"业主{name}".encode() not in data
            assert f"id-{name}".encode() not in data
            assert b"13800000000" not in data


@pytest.mark.clause("BJ-OQ8")
def test_one_unit_is_traced_from_its_binding_to_its_place_in_the_result(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock).notice()
    fang = open_site.logged_in("fang")
    form = fang.get("/me/bind?community=haitang").forms["own-units"]
    form["unit"].checked = True
    form.submit(status=303)
    assembly.until(OPENS)
    vote(open_site.logged_in("anna"), assembly.path, m1="for")
    open_site.make_account("auditor", (Role.AUDIT_ADMINISTRATOR, SITE_SCOPE))
    assembly.close().publish()
    open_site.logged_in("street").get(assembly.path + "unit-results")
    open_site.drain()
    unit = open_site.run(lambda r: r.resource_path(assembly.unit(r, "402")))
    auditor = open_site.logged_in("auditor")
    [bound] = auditor.get("/audit", {"path": unit}).html.select("tbody tr")
    assert "unit.bind" in bound.get_text()
    steps = auditor.get("/audit", {"path": assembly.path}).html.find("table").get_text()
    for action in ("meeting.open_voting", "meeting.close_voting", "meeting.unit_results"):
        assert action in steps
    # Who may look into the vote finds the unit there: its right, its channel, its choice.
    table = open_site.logged_in("street").get(assembly.path + "unit-results").html
    rows = {
        row.find(["th", "td"]).get_text(strip=True): row.get_text(" ", strip=True)
        for row in table.select("tbody tr")
    }
    assert "同意" in rows["1栋1单元101"]
    assert "未投票" in rows["1栋1单元402"]
    open_site.browser().get("/audit", status="*").mustcontain(no="unit.bind")


@pytest.mark.clause("BJ-GQ6")
def test_street_office_adds_a_missing_community_that_nobody_uses_before_it_is_accepted(open_site):
    build_city(open_site, register="")
    place = scope(open_site, "offices", "city", "district")
    open_site.make_account("district", (Role.DISTRICT_OFFICER, place))
    street, district = open_site.logged_in("street"), open_site.logged_in("district")
    municipal = open_site.logged_in("municipal")
    assert ADD in street.get("/community_applications/").text
    path = apply_for(street, applicant_kind="street_office").location
    path = path.removeprefix("http://localhost")

    def known():
        return open_site.run(
            lambda request: [c.title for c in request.site["communities"].values()]
        )

    step(street, path, "check", "自己核对", status="*")
    step(district, path, "approve", status="*")
    assert known() == ["海棠花园"]
    assert "木棉苑" not in open_site.browser().get("/communities/").text
    step(municipal, path, "check", "与测绘报告一致")
    assert known() == ["海棠花园"]
    step(district, path, "approve")
    assert known() == ["海棠花园", "木棉苑"]
    assert "木棉苑" in open_site.browser().get("/communities/").text


@pytest.mark.clause("BJ-O5.4")
def test_among_several_votes_only_the_open_one_takes_a_ballot(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock)

    def later(request):
        first = meeting_of(request)
        values = first.values_of_schema() | {"title": "后开始的会议"}
        values |= {"voting_opens_at": at("2026-06-28T09:00")}
        second = content.create("meeting", request, **values)
        content.add(first.__parent__, second, request, name="2026-002")
        content.add(second, content.create("motion", request, **MOTIONS[0]), request, name="later")
        read(second, request)
        for name in ("submit", "approve"):
            workflow.transition(second, name, request, "ok", system=True)
        stored = assembly.posted(request)
        second.attach(first.file(stored.photo_id))
        second.posting = stored
        workflow.transition(second, "publish_notice", request, "ok", system=True)

    open_site.run(later)
    assembly.open()
    anna = open_site.logged_in("anna")
    found = dict(zip(("open", "later"), lines(anna, "votes-current"), strict=True))
    assert "待投票" in found["open"]
    assert "后开始的会议" in found["later"]
    assert "待投票" not in found["later"]
    second = assembly.path.replace("2026-001", "2026-002")
    links = [a["href"] for a in anna.get("/votes").html.main.find_all("a", href=True)]
    assert any(link.endswith("2026-001/vote") for link in links)
    assert not any(link.endswith("2026-002/vote") for link in links)
    assert "投票还没有开始" in anna.get(second + "vote", status=422).text
    review = choose(anna, assembly.path, m1="for").submit("step", index=0)
    form = next(f for f in review.forms.values() if "nonce" in f.fields)
    values = dict(form.submit_fields()) | {"step": "confirm", "m-later": "for"}
    anna.post(assembly.path + "vote", values, status=422)
    assert assembly.look(lambda m: [s for s in m.ballot_box.slots.values() if s.is_cast]) == []


@pytest.mark.clause("BJ-O5.4")
def test_suspended_vote_stays_listed_without_a_way_to_vote_until_another_replaces_it(
    open_site, moved_clock
):
    assembly = Assembly(open_site, moved_clock, "beijing-2019", MOTIONS[:1]).open()
    anna, convenor = open_site.logged_in("anna"), open_site.logged_in("convenor")
    review = choose(anna, assembly.path, m1="for").submit("step", index=0)
    step(convenor, assembly.path, "suspend", "议题文字有误")
    [line] = lines(anna, "votes-current")
    assert "已挂起" in line
    assert "待投票" not in line
    links = [a["href"] for a in anna.get("/votes").html.main.find_all("a", href=True)]
    assert not any(link.endswith("/vote") for link in links)
    form = next(f for f in review.forms.values() if "nonce" in f.fields)
    form.submit("step", index=0, status=422)
    page = convenor.get(assembly.path)
    next(f for f in page.forms.values() if f.action.endswith("/relaunch")).submit(status=303)
    assert lines(anna, "votes-current") == []
