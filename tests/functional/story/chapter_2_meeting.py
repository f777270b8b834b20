"""The convenor, the meeting, its review and its notice."""

from __future__ import annotations

import re

import pytest
from webtest import Upload

from tests.functional.story_steps import (
    CLOSES,
    HOME,
    MEETING,
    OPENS,
    SINGLE,
    blocked,
    buttons,
    fill,
    holders,
    insist,
    pdf,
    post_and_press,
    press,
)
from tests.functional.test_meeting_procedure import read_twice

CANDIDATES = ("周明远", "林秀英", "何建国", "唐雅琴", "罗志强", "邓小梅", "冯伟东")
MOTIONS = (
    {
        "title": "续聘海棠物业服务有限公司",
        "matter": "service_company",
        "description": "服务期三年，收费标准不变。",
        "mode": "single",
    },
    {
        "title": "利用共有场地设置充电站",
        "matter": "common_parts_use",
        "description": "由供电企业投资建设，收益归全体业主。",
        "mode": "single",
    },
    {
        "title": "选举第四届业主委员会委员",
        "matter": "committee_election",
        "description": "候选人 7 名，应选 5 名。",
        "mode": "competitive",
        "options": "\n".join(CANDIDATES),
        "max_marks": "5",
        "seats": "5",
    },
)


# 3. Convenor, totals, meeting.


@pytest.mark.clause("SZ-5.2")
def test_owner_becomes_convenor_only_after_the_street_office_approved(story):
    kong, street = story.browsers["kong"], story.log_in("street")
    kong.get(f"{HOME}confirm", status=403)
    asked = fill(
        kong,
        f"{HOME}convenors/add/convenor_request",
        body_name="海棠花园业主委员会",
        kind="committee",
        grounds="第三届业主委员会任期将满，备案号 2022-018。",
    ).location
    story.notes["request"] = asked
    assert "approve" not in buttons(kong.get(asked))
    assert "海棠花园业主委员会" in street.get("/queue").text
    press(street, asked, "approve")
    assert kong.get(f"{HOME}confirm").status_int == 200


@pytest.mark.clause("SZ-7.2")
def test_convenor_confirms_units_heads_and_area_each_by_itself(story):
    convenor = story.browsers["kong"]
    page = convenor.get(f"{HOME}confirm")
    assert "126,286.15" in page.text
    form = page.forms["form"]
    form["units"], form["heads"] = True, True
    form.submit("save", status=422)
    for name in ("units", "heads", "area"):
        form[name] = True
    form.submit("save", status=303)


@pytest.mark.clause("SZ-12.1")
def test_meeting_with_three_motions_shows_every_date_with_its_clause(story):
    convenor = story.browsers["kong"]
    path = fill(
        convenor,
        f"{HOME}meetings/add/meeting",
        title="2026年业主大会会议",
        convenor_kind="committee",
        method="electronic",
        place="小区会所",
        voting_opens_at="2026-05-20T09:00",
        voting_closes_at="2026-05-29T18:00",
    ).location
    assert path.endswith(MEETING)
    for values in MOTIONS:
        fill(convenor, f"{MEETING}add/motion", **values)
    attached = {"title": "服务合同草案", "upload": Upload("合同.pdf", pdf(), "application/pdf")}
    motion = f"{MEETING}2026-001/"
    fill(convenor, f"{motion}attach", **attached)
    assert "服务合同草案" in convenor.get(motion).text
    again = convenor.get(f"{MEETING}second-reading").text
    assert all(word in again for word in ("服务合同草案", "CN-278.S", "SZ-12.3", *CANDIDATES))
    page = convenor.get(MEETING)
    timeline = page.html.select_one(".timeline").get_text(" ")
    for clause in ("SZ-12.1", "SZ-12.4", "SZ-25.5", "SZ-26"):
        assert clause in timeline
    for values in MOTIONS:
        assert values["title"] in page.text
    for name in CANDIDATES:
        assert name in page.text


@pytest.mark.clause("SZ-12.1")
def test_meeting_entered_too_late_is_refused_with_its_clause(story):
    convenor = story.browsers["kong"]
    assert "SZ-12.1" in blocked(convenor.get(MEETING))
    refused = insist(convenor, MEETING, "submit")
    assert "SZ-12.1" in refused.text
    assert "2026年4月29日" in refused.text
    fill(convenor, f"{MEETING}edit", voting_opens_at=OPENS, voting_closes_at=CLOSES)
    read_twice(convenor, MEETING)
    press(convenor, MEETING, "submit")
    assert "submit" not in buttons(convenor.get(MEETING))
    story.anybody.get(MEETING, status=303)


# 4. Review by the street office.


@pytest.mark.clause("SZ-12.2", "EV-6.8")
def test_street_office_returns_with_a_reason_compares_and_approves(story):
    story.until("2026-05-07T10:00")
    convenor, street = story.log_in("kong"), story.log_in("street")
    assert "2026年业主大会会议" in street.get("/queue").text
    press(street, MEETING, "return", status=422)
    press(street, MEETING, "return", "请写明会所的楼层")
    assert "请写明会所的楼层" in convenor.get(MEETING).text
    fill(convenor, f"{MEETING}edit", place="小区会所二楼")
    read_twice(convenor, MEETING)
    press(convenor, MEETING, "submit")
    page = street.get(f"{MEETING}compare")
    assert [tag.get_text() for tag in page.html.select("ins")] == ["新增：二楼"]
    press(street, MEETING, "approve", "程序符合规定")
    story.site.drain()
    assert "review.approved" in story.received(story.phones["kong"])


# 5. Notices.


@pytest.mark.clause("SZ-29", "SZ-12.3")
def test_notice_needs_the_posting_with_photo_and_reaches_every_owner(story):
    story.settle_the_others()
    story.until("2026-05-08T09:00")
    convenor = story.log_in("kong")
    post_and_press(convenor, "publish_notice", "2026-05-08T08:30")
    story.site.drain()
    page = story.anybody.get(MEETING)
    assert "南门公告栏" in page.text
    notice = page.html.find(
        "a", string=re.compile("业主大会会议"), href=re.compile("announcements")
    )
    assert "SZ-" in story.anybody.get(notice["href"]).text
    assert page.html.select_one(".postings img")
    assert (
        story.anybody.get(page.html.select_one(".postings img")["src"]).content_type == "image/jpeg"
    )
    for owner in ("ye", "xiong"):
        assert "meeting.notice_posted" in story.received(story.phones[owner])


@pytest.mark.clause("SZ-14.1", "SZ-14.2")
def test_binding_list_shows_no_full_name_and_no_full_number(story):
    text = story.anybody.get(f"{MEETING}binding-list").text
    person = holders(SINGLE)[0]
    assert person["name"] not in text
    assert person["phone"] not in text
    assert f"{person['phone'][:3]}****{person['phone'][-4:]}" in text


@pytest.mark.clause("SZ-15.1", "SZ-15.2")
def test_owner_objects_during_the_notice_and_gets_an_answer(story):
    ye, convenor = story.log_in("ye"), story.log_in("kong")
    path = fill(
        ye, f"{MEETING}add/objection", subject="owner_information", text="2栋的面积与产权证不一致。"
    ).location
    story.log_in("xiong").get(path, status=403)
    press(convenor, path, "reject", "已与不动产登记簿核对，面积一致。")
    assert "已与不动产登记簿核对" in ye.get(path).text
    story.site.drain()
    assert "objection.decided" in story.received(story.phones["ye"])


@pytest.mark.clause("SZ-12.4")
def test_residents_committee_is_invited_three_working_days_ahead_by_the_clock(story):
    # 19 June 2026 is a public holiday; three working days before the 20th is the 16th.
    story.until("2026-06-12T09:00")
    assert "meeting.invitation" not in story.received("residents")
    story.until("2026-06-17T09:00")
    assert "meeting.invitation" in story.received("residents")
