"""Rows of the standard about the setting up of a vote, as its people see them on the pages."""

from __future__ import annotations

import pytest
from webtest import Upload

from tests.functional.assembly import MOTIONS, OPENS, Assembly, at
from tests.functional.story_steps import pdf
from tests.functional.test_meeting_procedure import read_twice, step

ELECTION = {
    "title": "选举第四届业主委员会",
    "matter": "committee_election",
    "description": "候选人 3 名，应选 2 名。",
    "mode": "competitive",
    "max_marks": "2",
    "seats": "2",
}


@pytest.fixture
def assembly(open_site, moved_clock):
    return Assembly(open_site, moved_clock, motions=MOTIONS[:1])


def fill(browser, address, status=303, **values):
    form = browser.get(address).forms["form"]
    for name, value in values.items():
        form[name] = value
    return form.submit("save", status=status)


def listed(browser, path):
    """Return the titles of the motions on the page of a meeting."""
    return [
        one.text for one in browser.get(path).html.select("section[aria-labelledby=m-motions] h3")
    ]


@pytest.mark.clause("EV-6.2.1", "EV-6.2.2", "EV-6.7.1", "EV-6.7.2", "BJ-G7.3.6")
def test_options_are_two_at_least_all_different_and_the_entry_is_kept(assembly):
    convenor, add = assembly.site.logged_in("convenor"), assembly.path + "add/motion"
    for twice in ("周明远\n林秀英\n周明远", "周明远\n  周明远  \n林秀英"):
        page = fill(convenor, add, 422, **ELECTION, options=twice)
        assert "也不能重复" in page.html.select_one("[data-error-summary]").text
        assert page.forms["form"]["options"].value.count("周明远") == 2
        assert page.forms["form"]["title"].value == ELECTION["title"]
    alone = ELECTION | {"max_marks": "1", "seats": "1"}
    motion = fill(convenor, add, **alone, options="周明远").location
    refused = step(convenor, assembly.path, "submit", status=422).text
    assert "至少要有两个选项" in refused
    assert "EV-6.2.1" in refused
    fill(convenor, motion + "edit", options="周明远\n林秀英")
    assert step(convenor, assembly.path, "submit").status_int == 303


@pytest.mark.clause("EV-6.1.1", "EV-6.1.2", "EV-4.1.10")
def test_motions_are_entered_edited_and_deleted_in_draft_and_by_nobody_once_voting_is_open(
    assembly,
):
    convenor, path = assembly.site.logged_in("convenor"), assembly.path
    motion = fill(convenor, path + "add/motion", **ELECTION, options="甲\n乙\n丙").location
    fill(convenor, motion + "edit", title="改选业主委员会")
    assert listed(convenor, path) == [MOTIONS[0]["title"], "改选业主委员会"]
    assert "草稿" in convenor.get(path).html.select_one(".page-head").text
    token = convenor.get(path).html.find("input", {"name": "csrf_token"})["value"]
    convenor.post(motion + "delete", {"csrf_token": token}, status=303)
    assert listed(convenor, path) == [MOTIONS[0]["title"]]
    read_twice(convenor, path)
    assembly.open()
    for login in ("convenor", "street", "municipal", "anna"):
        browser = assembly.site.logged_in(login)
        token = browser.get("/me").html.find("input", {"name": "csrf_token"})["value"]
        for name in ("edit", "add/motion", "attach", "2026-001/edit", "2026-001/attach"):
            browser.get(path + name, status=403)
            browser.post(path + name, {"csrf_token": token, "title": "别的"}, status=403)
        for name in ("delete", "2026-001/delete"):
            browser.post(path + name, {"csrf_token": token}, status=403)
    assert listed(assembly.site.browser(), path) == [MOTIONS[0]["title"]]
    assert "投票中" in assembly.site.browser().get(path).html.select_one(".page-head").text


@pytest.mark.clause("EV-6.1.3", "EV-6.2.2", "EV-6.5.1", "EV-6.5.2", "BJ-G7.3.4", "BJ-G7.3.5")
def test_voter_sees_title_text_window_weight_notes_and_files_before_the_options(assembly):
    convenor, path = assembly.site.logged_in("convenor"), assembly.path
    for name, field in (("title", "议题名称"), ("description", "议题说明")):
        page = fill(convenor, path + "add/motion", 422, **ELECTION | {name: ""})
        assert f"{field}：这一项必填" in page.html.select_one("[data-error-summary]").text
    for name in ("voting_opens_at", "voting_closes_at"):
        page = fill(convenor, path + "edit", 422, **{name: ""})
        assert "这一项必填" in page.html.select_one("[data-error-summary]").text
    notes = {"options": "周明远\n林秀英\n何建国", "option_notes": "工程师\n教师\n退休会计"}
    motion = fill(convenor, path + "add/motion", **ELECTION, **notes).location
    document = pdf()
    upload = Upload("简历.pdf", document, "application/pdf")
    fill(convenor, motion + "attach", title="候选人简历", upload=upload)
    assembly.open()
    owner = assembly.site.logged_in("dora")
    page = owner.get(path + "vote")
    assert "2026年7月1日 18:00" in page.html.main.text
    assert "150.00 ㎡" in page.html.main.text
    ballot = page.html.select_one("#motion-2026-002").get_text(" ", strip=True)
    order = [
        ballot.index(words)
        for words in (ELECTION["title"], "最多选 2 项", ELECTION["description"], "周明远")
    ]
    assert order == sorted(order)
    for label, note in (("周明远", "工程师"), ("林秀英", "教师"), ("何建国", "退休会计")):
        assert f"{label} {note}" in ballot
    files = owner.get(path + "2026-002/").html.select("section[aria-labelledby=t-files] a")
    assert "候选人简历" in files[0].text
    assert owner.get(files[0]["href"]).body == document


def kinds(assembly):
    """Return the kinds of message in the inbox of each owner, with when each came."""

    def look(request):
        inbox = request.site.messages.inbox
        return {
            name: {one.template_id: one.created_at for one in inbox(account_id)}
            for name, account_id in assembly.ids.items()
        }

    return assembly.site.run(look)


@pytest.mark.clause("EV-6.6.1", "EV-6.6.2")
def test_each_bound_owner_is_told_before_the_start_and_again_of_the_result(assembly):
    bound = {"anna", "bo", "chen", "dora", "gao"}
    assembly.notice()
    assembly.site.drain()
    told = kinds(assembly)
    assert {name for name, one in told.items() if "meeting.notice_posted" in one} == bound
    assert all(told[name]["meeting.notice_posted"] < at(OPENS) for name in bound)
    assembly.until(OPENS)
    assembly.cast("anna", m1=("for",))
    assembly.close()
    assert not any("result.published" in one for one in kinds(assembly).values())
    assembly.publish()
    told, published = kinds(assembly), assembly.look(lambda m: m.result_published_at)
    late = {"eve"}  # bound after the notice, no voter of this meeting, and yet an owner of it
    found = {name for name, one in told.items() if "result.published" in one}
    assert found == bound | late
    assert all(told[name]["result.published"] >= published for name in found)


@pytest.mark.clause("EV-6.3.2")
def test_weight_of_a_unit_stands_in_the_roll_and_in_the_table_of_the_result(assembly):
    assembly.open()
    assembly.cast("dora", m1=("for",))
    assembly.close()
    assembly.publish()
    rows = assembly.site.logged_in("street").get(assembly.path + "unit-results").html.select("tr")
    texts = {row.th.text: row.get_text(" ", strip=True) for row in rows[1:]}
    assert "100.00" in texts["1栋1单元201"]
    assert "50.00" in texts["1栋1单元202"]
    right = assembly.look(lambda m: m.ballot_box.roll.right_of("b1/1-201"))
    assert (right.area, len(right.units)) == (15_000, 2)
