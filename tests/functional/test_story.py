"""One owners' meeting from the import of the register to the checked archive, page by page.

The tests are the chapters of one story and share its site: run the whole module.  Everything goes
through pages, save the moving of the clock, the many other owners and what is looked up to check.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from webtest import Upload

from tests.functional import owner_steps
from tests.functional.conftest import PASSWORD, START, MovedClock, SiteUnderTest
from tests.functional.story_steps import (
    DATA,
    HOME,
    MEETING,
    Story,
    blocked,
    buttons,
    fill,
    holders,
    insist,
    pdf,
    picture,
    press,
)
from tests.functional.test_meeting_procedure import read_twice

FACTS = json.loads((DATA / "register-facts.json").read_text("utf-8"))
OPENS, CLOSES = "2026-06-20T09:00", "2026-07-01T18:00"
CO_OWNED, SINGLE = "1栋1单元104", "1栋1单元102"
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


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    from portal import clock

    moved = MovedClock(START)
    clock.set_clock(moved)
    site = SiteUnderTest(
        tmp_path_factory.mktemp("story"),
        **{"yitang.limits": "off", "yitang.identity.face": "off", "yitang.demo": "true"},
    )
    yield Story(site, moved)
    site.close()
    clock.set_clock(None)


def as_(story: Story, login: str):
    """Return the browser of somebody, logged in anew: days pass between the chapters."""
    return story.log_in(login)


# 1. Offices, community, register.


def appoint(story, browser, login, role, place):
    """Let somebody make an account with a role, and its holder set the password by the link."""
    form = browser.get("/accounts/new").forms["form"]
    form["login"], form["role"] = login, role
    form["scope"] = next(v for v, _, words in form["scope"].options if words.endswith(place))
    link = re.search(r"/setup/[\w.-]+", form.submit("save", status=200).text)[0]
    set_password(story.site.browser(), link)
    return as_(story, login)


def set_password(browser, link):
    """Set the first password of an account by its single-use link."""
    form = browser.get(link).forms["form"]
    form["password"] = PASSWORD
    form.submit("save", status=303)
    return browser


def test_municipal_officer_creates_the_offices_and_the_community_and_appoints(story):
    administrator = set_password(story.site.browser(), story.site.setup_path)
    municipal = appoint(story, administrator, "municipal", "municipal_officer", "议堂")
    place = "/offices/"
    for kind, title in (
        ("district", "南山区住房和建设局"),
        ("street", "粤海街道办事处"),
        ("residents_committee", "海棠社区居民委员会"),
    ):
        made = fill(municipal, f"{place}add/office", title=title, kind=kind, phone="0755-26000000")
        place = made.location
    assert "海棠社区居民委员会" in story.anybody.get(place).text
    form = municipal.get("/communities/add/community").forms["form"]
    form["title"], form["address"] = "海棠花园", "海棠路 1 号"
    form["slug"], form["profile_id"] = "haitang-huayuan", "shenzhen-draft-2019"
    form["office_oid"] = next(
        value for value, _, words in form["office_oid"].options if "海棠社区" in words
    )
    form["has_committee"] = True
    assert form.submit("save", status=303).location.endswith(HOME)
    assert "海棠花园" in story.anybody.get(HOME).text
    street = appoint(story, municipal, "street", "street_officer", "粤海街道办事处")
    appoint(story, street, "residents", "residents_committee", "海棠社区居民委员会")
    appoint(story, street, "records", "records_officer", "海棠花园")


def upload(browser, name):
    form = browser.get(f"{HOME}owners/import").forms
    form = next(f for f in form.values() if f.enctype == "multipart/form-data")
    form["file"] = Upload(name, (DATA / name).read_bytes())
    return form.submit(status=303).follow()


def decide(story, browser, page, choice):
    form = page.forms["decide-form"]
    form["choice"] = choice
    page = form.submit(status=303).follow()
    story.site.drain()
    return browser.get(page.request.path)


@pytest.mark.clause("SZ-7.2")
def test_street_officer_imports_the_register_with_its_published_totals(story):
    street = as_(story, "street")
    preview = upload(street, "register-clean.xlsx")
    assert "1,220" in preview.text
    assert story.look(lambda community, _r: community["owners"].totals.units) == 0
    done = decide(story, street, preview, "good")
    assert "导入完成" in done.text
    for number in ("1,220", "1,466", "126,286.15", "1,136"):
        assert number in done.text
    found = story.look(lambda community, _r: community["owners"].totals)
    assert found.units == FACTS["units"]
    assert found.area == FACTS["area_hundredths"]
    assert found.heads == FACTS["heads_one_per_owner_group"]
    assert found.unsold_units == FACTS["unsold_units"]


def test_same_file_again_changes_nothing_and_says_so(story):
    street = story.browsers["street"]
    before = story.look(lambda community, _r: community["owners"].revision)
    done = decide(story, street, upload(street, "register-clean.xlsx"), "good")
    assert "没有任何改动" in done.text
    assert story.look(lambda community, _r: community["owners"].revision) == before


def test_dirty_file_lists_every_defect_and_nothing_comes_in_by_choice(story):
    street = story.browsers["street"]
    before = story.look(lambda community, _r: community["owners"].revision)
    preview = upload(street, "register-dirty.xlsx")
    rows = {int(row.th.text) for row in preview.html.select("#findings ~ table tbody tr")}
    assert rows == {defect["row"] for defect in FACTS["dirty"]["defects"]}
    assert "已放弃" in decide(story, street, preview, "nothing").text
    assert story.look(lambda community, _r: community["owners"].revision) == before


def test_names_and_numbers_of_owners_are_not_readable_in_the_stored_file(story):
    stored = (story.site.folder / "db" / "Data.fs").read_bytes()
    for person in holders(CO_OWNED):
        assert person["name"].encode() not in stored
        assert person["number"].encode() not in stored
        assert person["phone"].encode() not in stored


# 2. Owners register, verify and bind.


def code_in_outbox(story, phone):
    """Return the newest code for a number, as anybody reads it in the demo's visible outbox."""
    page = story.site.browser().get("/outbox")
    masked = f"{phone[:3]}****{phone[-4:]}"
    lines = [li.get_text(" ") for li in page.html.select(".item-list > li")]
    return next(re.search(r"\b\d{6}\b", line)[0] for line in lines if masked in line)


def bind(browser, unit):
    """Find a unit by three dependent choices and bind it."""
    building, room = unit[:2], unit[2:]
    page = browser.get("/me/bind")
    for words in ("海棠花园", building):
        form = page.forms["place"]
        name = next(
            n
            for n in ("unit", "building", "community")
            if n in form.fields and hasattr(form[n], "options")
        )
        form[name] = next(v for v, _, text in form[name].options if text == words)
        page = form.submit()
    form = page.forms["place"]
    form["unit"] = next(v for v, _, text in form["unit"].options if text == room)
    return form


@pytest.mark.clause("SZ-9.1")
def test_owners_register_verify_against_the_register_and_bind_their_units(story):
    people = {"xiong": holders(CO_OWNED)[1], "ye": holders(CO_OWNED)[0], "kong": holders(SINGLE)[0]}
    for name, person in people.items():
        browser = story.browsers[name] = story.site.browser()
        page = owner_steps.ask_code(browser, "/register", person["phone"]).follow()
        wrong = owner_steps.enter_code(page, "000000", status=422)
        assert wrong.html.find(attrs={"data-error-summary": True})
        story.site.drain()
        code = code_in_outbox(story, person["phone"])
        page = owner_steps.enter_code(page, code).follow()
        form = page.forms["form"]
        form["password"] = PASSWORD
        form["consent"].checked = True
        form.submit("save", status=303)

        refused = owner_steps.verify(browser, "张三丰", person["number"], status=422)
        assert "没有核对上" in refused.text
        assert "街道办事处" in refused.text
        owner_steps.verify(browser, person["name"], person["number"])
        own = CO_OWNED if name != "kong" else SINGLE
        other = SINGLE if name != "kong" else CO_OWNED
        reasons = bind(browser, other).submit(expect_errors=True)
        assert reasons.status_int in (403, 409, 422)
        assert "不能绑定" in reasons.text
        bind(browser, own).submit(status=303)
        assert own in browser.get("/me").text
        story.phones[name] = person["phone"]


# 3. Convenor, totals, meeting.


@pytest.mark.clause("SZ-5.2")
def test_owner_becomes_convenor_only_after_the_street_office_approved(story):
    kong, street = story.browsers["kong"], as_(story, "street")
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


@pytest.mark.clause("SZ-12.2")
@pytest.mark.clause("EV-6.8")
def test_street_office_returns_with_a_reason_compares_and_approves(story):
    story.until("2026-05-07T10:00")
    convenor, street = as_(story, "kong"), as_(story, "street")
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


@pytest.mark.clause("SZ-29")
@pytest.mark.clause("SZ-12.3")
def test_notice_needs_the_posting_with_photo_and_reaches_every_owner(story):
    story.settle_the_others()
    story.until("2026-05-08T09:00")
    convenor = as_(story, "kong")
    assert "张贴" in blocked(convenor.get(MEETING))
    assert "张贴" in insist(convenor, MEETING, "publish_notice").text
    form = convenor.get(f"{MEETING}posting").forms["form"]
    form["place"], form["posted_at"] = "南门公告栏", "2026-05-08T08:30"
    form["upload"] = picture()
    form.submit("save", status=303)
    press(convenor, MEETING, "publish_notice")
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


@pytest.mark.clause("SZ-14.1")
@pytest.mark.clause("SZ-14.2")
def test_binding_list_shows_no_full_name_and_no_full_number(story):
    text = story.anybody.get(f"{MEETING}binding-list").text
    person = holders(SINGLE)[0]
    assert person["name"] not in text
    assert person["phone"] not in text
    assert f"{person['phone'][:3]}****{person['phone'][-4:]}" in text


@pytest.mark.clause("SZ-15.1")
@pytest.mark.clause("SZ-15.2")
def test_owner_objects_during_the_notice_and_gets_an_answer(story):
    ye, convenor = as_(story, "ye"), as_(story, "kong")
    path = fill(
        ye, f"{MEETING}add/objection", subject="owner_information", text="2栋的面积与产权证不一致。"
    ).location
    as_(story, "xiong").get(path, status=403)
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


# 6. The vote.


@pytest.mark.clause("EV-6.4.3")
def test_vote_opens_by_the_clock_and_not_a_minute_early(story):
    story.until("2026-06-20T08:59")
    assert "公示中" in story.anybody.get(MEETING).text
    story.until(OPENS)
    assert "投票中" in story.anybody.get(MEETING).text
    assert "vote.opened" in story.received(story.phones["ye"])


def vote(browser):
    """Vote in the browser; returns the voucher's page and how many pages it took."""
    form = browser.get(f"{MEETING}vote").forms["vote"]
    form["m-2026-001"], form["m-2026-002"] = "for", "against"
    for field in form.fields["m-2026-003"]:
        field.checked = field._value in ("o1", "o2", "o4")
    review = form.submit("step", index=0)
    assert "周明远、林秀英、唐雅琴" in review.text
    confirm = next(f for f in review.forms.values() if "nonce" in f.fields)
    return confirm.submit("step", index=0, status=303).follow(), review


@pytest.mark.clause("EV-7.3.1")
@pytest.mark.clause("EV-8.1.1")
def test_owner_votes_in_three_pages_and_gets_the_voucher_as_pdf_png_and_json(story):
    ye = as_(story, "ye")
    voucher, story.notes["review"] = vote(ye)
    path = story.notes["voucher"] = voucher.request.path
    assert "电子投票凭证" in voucher.text
    assert ye.get(f"{path}.pdf").body.startswith(b"%PDF-")
    assert ye.get(f"{path}.png").body.startswith(b"\x89PNG")
    assert json.loads(ye.get(f"{path}.json").body)["promise"]
    story.clock.forward(minutes=1)
    story.site.drain()
    assert json.loads(ye.get(f"{path}.json").body)["inclusion"]


@pytest.mark.clause("SZ-16")
@pytest.mark.clause("SZ-21.2")
def test_second_ballot_by_the_voter_or_the_co_owner_is_refused(story):
    again = next(f for f in story.notes["review"].forms.values() if "nonce" in f.fields)
    again["nonce"].force_value("0" * 32)
    assert "已经投过票" in again.submit("step", index=0, status=422).text
    xiong = as_(story, "xiong")
    refused = xiong.get(f"{MEETING}vote", status=422)
    assert "SZ-21.2" in refused.text
    assert "共有人" in xiong.get(story.notes["voucher"]).text


@pytest.mark.clause("SZ-17.1")
@pytest.mark.clause("SZ-17.2")
def test_convenor_sees_turnout_and_reminds_who_has_not_voted(story):
    convenor = as_(story, "kong")
    page = convenor.get(f"{MEETING}turnout")
    assert "1 / 1" in page.text
    form = next(f for f in page.forms.values() if f.action.endswith("/remind"))
    form.submit(status=303)
    story.site.drain()
    assert "vote.reminder" in story.received(story.phones["kong"])
    assert "vote.reminder" not in story.received(story.phones["ye"])


@pytest.mark.clause("EV-8.5.2")
def test_nobody_sees_a_choice_before_the_end(story):
    for login in ("kong", "street", "records", "municipal", "ye"):
        browser = as_(story, login)
        text = (
            browser.get(MEETING).text + browser.get(story.notes["voucher"], expect_errors=True).text
        )
        assert "得票" not in text
        assert "赞成比例" not in text
        assert browser.get(f"{MEETING}result", expect_errors=True).status_int == 404
    stored = (story.site.folder / "db" / "Data.fs").read_bytes()
    assert b'"choices"' not in stored


# 8. Close, count and result.


def choose(motion, number):
    """Return the choice of the nth of the other owners."""
    if motion.is_election:
        return [f"o{1 + (number + step) % 6}" for step in range(4)]
    return ["for" if number % 20 < 17 else "against" if number % 20 < 19 else "abstain"]


@pytest.mark.clause("EV-6.4.3")
@pytest.mark.clause("EV-8.5.1")
def test_vote_closes_by_the_clock_and_only_staff_sees_the_count(story):
    assert story.cast_the_others(choose, most=900) == 900
    story.until("2026-07-01T17:59")
    assert "投票中" in story.anybody.get(MEETING).text
    story.until(CLOSES)
    assert story.meeting(lambda meeting: meeting.workflow_state) == "counted"
    for browser in (story.anybody, as_(story, "ye")):
        assert browser.get(f"{MEETING}result", status=404)
        assert "通过" not in browser.get(MEETING).html.find(id="main").get_text()
    page = as_(story, "kong").get(f"{MEETING}result")
    story.notes["heads"] = heads_of(page)
    assert "result.review" in story.received(story.phones["kong"])


def captioned(table, words):
    """Say whether a table's caption begins with words."""
    return table.caption is not None and table.caption.get_text(strip=True).startswith(words)


def heads_of(page):
    """Return the first motion's heads by option, as its page says."""
    table = next(t for t in page.html.select("table") if captioned(t, "得票"))
    return [
        (row.th.get_text(strip=True), next(row.td.stripped_strings))
        for row in table.select("tbody tr")
    ]


@pytest.mark.clause("CN-278.Q")
@pytest.mark.clause("CN-278.S")
@pytest.mark.clause("CN-278.G")
@pytest.mark.clause("SZ-25.3")
@pytest.mark.clause("EV-8.3.3")
def test_count_shows_numerators_denominators_clauses_and_the_ranking(story):
    page = story.browsers["kong"].get(f"{MEETING}result").html
    text = page.find(id="main").get_text(" ", strip=True)
    for words in ("≥ 2/3", "> 1/2", "901 / 1136", "126,286.15", "≥ 3/4"):
        assert words in text
    ranking = next(t for t in page.select("table") if captioned(t, "候选人得票顺序"))
    elected = [row for row in ranking.select("tbody tr") if row.select(".chip--done")]
    assert len(elected) == 5
    assert "林秀英" in ranking.select("tbody tr")[0].get_text()
    assert dict(story.notes["heads"])["同意"] == "766"


@pytest.mark.clause("SZ-25.4")
@pytest.mark.clause("SZ-25.5")
def test_silence_of_the_street_office_lets_the_result_pass_after_its_days(story):
    press(as_(story, "kong"), MEETING, "submit_result")
    street = as_(story, "street")
    assert "review_result" in buttons(street.get(MEETING))
    story.until("2026-07-20T09:00")
    assert story.meeting(lambda meeting: meeting.workflow_state) == "resolved"
    story.anybody.get(f"{MEETING}result", status=404)


@pytest.mark.clause("SZ-26")
@pytest.mark.clause("SZ-29")
@pytest.mark.clause("EV-10.5.2")
def test_result_is_published_with_its_posting_and_the_files_agree_with_the_page(story):
    convenor = as_(story, "kong")
    assert "publish_result" in blocked(convenor.get(MEETING)) or "张贴" in blocked(
        convenor.get(MEETING)
    )
    form = convenor.get(f"{MEETING}posting").forms["form"]
    form["place"], form["posted_at"] = "南门公告栏", "2026-07-20T08:30"
    form["upload"] = picture()
    form.submit("save", status=303)
    press(convenor, MEETING, "publish_result")
    story.site.drain()
    page = story.anybody.get(f"{MEETING}result")
    assert heads_of(page) == story.notes["heads"]
    assert "result.published" in story.received(story.phones["ye"])
    digest = page.html.select_one("dd.digest").get_text(strip=True)
    number = dict(story.notes["heads"])["同意"]
    rows = list(
        csv.reader(io.StringIO(story.anybody.get(f"{MEETING}result.csv").body.decode("utf-8-sig")))
    )
    assert any(number in row for row in rows)
    assert any(digest in row for row in rows)
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(story.anybody.get(f"{MEETING}result.xlsx").body)
    )
    cells = {
        str(cell)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    }
    assert digest in cells
    assert {number, f"{number}.0"} & cells
    pdf_text = words_of(story.anybody.get(f"{MEETING}result.pdf").body)
    assert number in pdf_text
    assert digest[-16:] in pdf_text.replace("\n", "")


def words_of(pdf_file):
    """Return the text of a PDF file."""
    document = pypdfium2.PdfDocument(pdf_file)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_voter_reads_the_own_choices_after_the_publication(story):
    page = as_(story, "ye").get(story.notes["voucher"])
    assert "周明远、林秀英、唐雅琴" in page.text
    assert "周明远、林秀英、唐雅琴" not in as_(story, "xiong").get(story.notes["voucher"]).text


# 9. The archive.


@pytest.mark.clause("SZ-27")
def test_meeting_is_archived_after_its_days_and_numbered_by_the_records_officer(story):
    story.until("2026-07-23T09:00")
    assert story.meeting(lambda meeting: meeting.workflow_state) == "published"
    story.until("2026-09-01T09:00")
    assert story.meeting(lambda meeting: meeting.workflow_state) == "archived"
    records = as_(story, "records")
    path = records.get(f"{HOME}archives/").html.find("a", string=re.compile("业主大会会议"))["href"]
    story.anybody.get(path, status=303)
    assert "file" not in buttons(records.get(path))
    fill(records, f"{path}classify", class_code="YDH.HY", retention_years="0")
    press(records, path, "file")
    page = story.anybody.get(path)
    assert "YDH.HY-2026-0001" in page.text
    kinds = page.html.select_one("table").get_text()
    for kind in ("公示", "张贴", "绑定", "名册", "日志", "结果", "纪要"):
        assert kind in kinds, kind
    story.notes["record"] = path


def test_owners_search_and_open_the_archive_and_nothing_in_it_can_be_altered(story):
    story.site.drain()
    path, ye = story.notes["record"], as_(story, "ye")
    found = ye.get("/search", {"q": "YDH.HY-2026-0001"})
    assert [a for a in found.html.select("main a") if a["href"].endswith("/archives/2026-001/")]
    part = ye.get(path).html.select("table a")[0]["href"]
    assert ye.get(part).status_int == 200
    for login in ("records", "kong", "street", "municipal"):
        browser = as_(story, login)
        assert not buttons(browser.get(path))
        assert browser.get(f"{path}edit", expect_errors=True).status_int in (303, 403, 404)
        assert browser.get(f"{path}delete", expect_errors=True).status_int in (303, 403, 404)
        browser.get(f"{path}classify", expect_errors=True, status=(403, 404))
        assert browser.get(f"{MEETING}edit", expect_errors=True).status_int == 403


# 10. Anybody checks it.


def checked(story, data, status=200):
    """Let the page /verify check a file."""
    form = story.anybody.get("/verify").forms
    form = next(f for f in form.values() if "package" in f.fields)
    form["package"] = Upload("package.zip", data)
    return form.submit(status=status).html.find(id="main").get_text(" ", strip=True)


@pytest.mark.clause("EV-8.4.1")
def test_package_is_true_and_changed_by_one_byte_it_is_false_and_says_where(story, tmp_path):
    result = story.anybody.get(f"{MEETING}result")
    link = result.html.find("a", href=re.compile(r"result\.zip$"))["href"]
    package = story.anybody.get(link).body
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        name = next(n for n in archive.namelist() if n.endswith("-result.json"))
        at_byte = package.index(archive.read(name)) + 200
    changed = package[:at_byte] + bytes([package[at_byte] ^ 1]) + package[at_byte + 1 :]
    assert "查验通过" in checked(story, package)
    said = checked(story, changed, status=422)
    assert "查验通过" not in said
    assert name in said

    # The verifier runs where the product is not installed: another folder, no site packages.
    (tmp_path / "verify.py").write_bytes(story.anybody.get("/verify/verify.py").body)
    for data, good in ((package, True), (changed, False)):
        (tmp_path / "package.zip").write_bytes(data)
        run = subprocess.run(
            [sys.executable, "-I", "-S", "verify.py", "package.zip"],
            cwd=tmp_path,
            env={"PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (run.returncode == 0) == good, run.stdout + run.stderr
        assert ("VALID" in run.stdout and "INVALID" not in run.stdout) == good
        assert (name in run.stdout) or good


def test_command_verifies_the_same_package(story, tmp_path):
    (tmp_path / "package.zip").write_bytes(story.anybody.get(f"{MEETING}result.zip").body)
    run = subprocess.run(
        [Path(sys.executable).with_name("yitang"), "verify", "package.zip"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_everything_stored_is_still_what_was_written(story):
    from portal.scripts.check import checks

    story.site.drain()
    found = story.site.run(lambda request: list(checks(request, quick=False)))
    assert len(found) > 4
    assert [(name, fault) for name, fault in found if fault] == []
