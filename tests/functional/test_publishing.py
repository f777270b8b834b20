"""The clock publishes a result that nobody published by the last lawful day, and files it later."""

import pytest

from content_types.meeting import corrections
from portal import content, workflow
from portal.audit import entries
from tests.functional.assembly import MOTIONS, OPENS, Assembly, at, meeting_of
from tests.functional.paper.steps import pdf_text

# The vote ends on Wednesday 1 July; three days end on a Saturday, so on Monday 6 July (CN-201).
DUE = "2026-07-06T18:00"


def counted_by(site, moved_clock, profile):
    voting = Assembly(site, moved_clock, profile, MOTIONS[:1]).notice()
    voting.give_roster()
    voting.until(OPENS).cast("anna", m1=("for",))
    return voting.close()


@pytest.fixture
def shenzhen(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    voting.cast_four()
    return voting.close()


def at_time(voting, text):
    """Return the state after the clock did its work at an instant."""
    voting.until(text)
    return voting.look(lambda m: m.workflow_state)


def states(voting, *times):
    """Return the state after each of these instants."""
    return [at_time(voting, text) for text in times]


def inbox(voting, login):
    def look(request):
        account = request.site.accounts.find(request.vault, login)
        return list(request.site.messages.inbox(account.id))

    return voting.site.run(look)


def told(voting, login):
    return [one.template_id for one in inbox(voting, login)]


def cockpit(voting, login="convenor"):
    return voting.site.logged_in(login).get("/cockpit").html.main.get_text(" ", strip=True)


@pytest.mark.clause("SZ-26", "SZ-25.5", "EV-9.4.1")
def test_result_nobody_published_is_published_by_the_clock_on_the_last_lawful_day(shenzhen):
    assert "提交街道之前，系统不会自动公示" in cockpit(shenzhen)
    shenzhen.step("submit_result")
    assert "街道指导期内不会自动公示" in cockpit(shenzhen, "street")
    shenzhen.step("review_result")
    law = "《深圳市物业管理电子投票规则（征求意见稿）》第 26 条"
    words = f"系统将于 2026年7月6日 18:00 自动公示结果（{law}）"
    assert words in cockpit(shenzhen)
    assert words in shenzhen.site.logged_in("street").get(shenzhen.path).text
    assert words not in shenzhen.site.browser().get(shenzhen.path).text
    assert states(shenzhen, "2026-07-06T17:59", DUE) == ["resolved", "published"]
    steps = shenzhen.look(lambda m: [(e.get("transition"), e["actor"]) for e in m.history()])
    assert ("publish_result_due", workflow.SYSTEM) in steps
    found = shenzhen.site.run(lambda request: list(entries(request)))
    assert any("publish_result_due" in str(one) for one in found)
    for login in ("convenor", "street"):
        assert "result.published_by_clock" in told(shenzhen, login)
    assert "result.published_undated" in told(shenzhen, "anna")
    assert "未通过" in shenzhen.site.browser().get(shenzhen.path + "result").text


@pytest.mark.clause("SZ-26", "SZ-29", "SZ-27")
def test_result_the_clock_published_is_filed_only_after_its_days_from_the_posting(shenzhen):
    shenzhen.step("submit_result", "review_result")
    assert states(shenzhen, DUE, "2026-07-20T09:00") == ["published", "published"]
    convenor = shenzhen.site.logged_in("convenor")
    links = [link["href"] for link in convenor.get("/cockpit").html.select("section li a")]
    assert f"{shenzhen.path}posting" in links
    convenor.get(shenzhen.path + "posting")
    shenzhen.post("result_posting")
    convenor.get(shenzhen.path + "posting", status=404)
    assert states(shenzhen, "2026-07-30T23:59", "2026-07-31T00:00") == ["published", "archived"]


def days_told(voting):
    """Return what notice, page and calendar file of the time line say about the days."""
    convenor = voting.site.logged_in("convenor")
    notice = "".join(pdf_text(convenor.get(voting.path + "result-notice.pdf").body).split())
    page = convenor.get(voting.path).html.main.get_text(" ", strip=True)
    return (notice, page, convenor.get(voting.path + "calendar.ics").text)


@pytest.mark.clause("SZ-26", "SZ-29")
def test_days_of_a_result_count_from_its_posting_when_that_is_later(shenzhen):
    shenzhen.step("submit_result", "review_result")
    # Printed to be posted, before there is any day to count from.
    assert "自平台公布和小区内张贴中较晚的一日起算（SZ-26、SZ-29）" in days_told(shenzhen)[0]
    assert states(shenzhen, DUE, "2026-07-20T09:00") == ["published", "published"]
    notice, page, calendar = days_told(shenzhen)
    assert "中较晚的一日起算" in notice
    assert page.count("等待现场张贴后起算，共 10 日") == 2
    assert "result_take_down" not in calendar
    assert "result_disputes" not in calendar
    (one,) = [one for one in inbox(shenzhen, "anna") if "result.published" in one.template_id]
    assert "公布期至" not in one.body
    shenzhen.post("result_posting")
    notice, page, calendar = days_told(shenzhen)
    assert "自2026年7月20日起不少于10日，至2026年7月30日24:00止（SZ-26）" in notice
    assert "等待现场张贴" not in page
    assert page.count("2026年7月31日") == 2
    assert calendar.count("20260731") == 2
    due = shenzhen.site.run(lambda request: meeting_of(request).objections_due_at(request))
    assert due == at("2026-07-31T00:00")
    assert states(shenzhen, "2026-07-30T23:59", "2026-07-31T00:00") == ["published", "archived"]


@pytest.mark.clause("SZ-26", "SZ-29")
def test_days_of_a_result_count_from_the_platform_when_it_was_posted_before(shenzhen):
    shenzhen.step("submit_result", "review_result")
    at_time(shenzhen, "2026-07-03T09:00")
    shenzhen.post("result_posting")
    at_time(shenzhen, "2026-07-05T09:00")
    shenzhen.step("publish_result")
    notice, page, calendar = days_told(shenzhen)
    assert "自2026年7月5日起不少于10日，至2026年7月15日24:00止" in notice
    assert page.count("2026年7月16日") == 2
    assert calendar.count("20260716") == 2
    assert states(shenzhen, "2026-07-15T23:59", "2026-07-16T00:00") == ["published", "archived"]


@pytest.mark.clause("SZ-25.5", "SZ-26")
def test_clock_never_publishes_before_the_street_office_had_its_days(shenzhen):
    shenzhen.step("submit_result")
    assert states(shenzhen, "2026-07-06T23:59", "2026-07-07T00:00") == ["result_review", "resolved"]
    assert "2026年7月7日 18:00" in cockpit(shenzhen)
    assert states(shenzhen, "2026-07-07T17:59", "2026-07-07T18:00") == ["resolved", "published"]


@pytest.mark.clause("SZ-25.4")
def test_result_the_street_office_never_received_is_not_published_by_the_clock(shenzhen):
    assert at_time(shenzhen, "2026-08-01T09:00") == "counted"


@pytest.mark.clause("SZ-26")
def test_convenor_may_publish_before_the_clock_does(shenzhen):
    shenzhen.publish()
    assert at_time(shenzhen, DUE) == "published"
    names = shenzhen.look(lambda m: [one.get("transition") for one in m.history()])
    assert "publish_result" in names
    assert "publish_result_due" not in names


@pytest.mark.clause("EV-8.6.2", "EV-8.6.3")
def test_doubted_ballot_and_uncounted_correction_hold_the_clock(shenzhen):
    shenzhen.step("submit_result", "review_result")

    def doubt(request):
        item = content.create("ballot_case", request, unit="1栋1单元101", text="x")
        return content.add(meeting_of(request), item, request)

    name = shenzhen.site.run(doubt)
    assert at_time(shenzhen, DUE) == "resolved"
    assert "处理完毕后系统立即公示" in cockpit(shenzhen)
    shenzhen.site.run(
        lambda request: workflow.transition(
            meeting_of(request)[name], "exclude", request, "冒投", system=True
        )
    )
    assert at_time(shenzhen, "2026-07-07T18:00") == "resolved"
    assert shenzhen.look(corrections.waiting)


@pytest.mark.clause("BJ-OQ10", "C-20")
def test_result_in_beijing_is_published_after_one_working_day_and_filed_after_its_days(
    site, moved_clock
):
    beijing = counted_by(site, moved_clock, "beijing-2019")
    guide = "《北京市业主共同决策手机投票系统操作指南》（第二版）业主常见问题第 10 问"
    assert f"系统将于 2026年7月2日 18:00 自动公示结果（{guide}）" in cockpit(beijing)
    assert states(beijing, "2026-07-02T17:59", "2026-07-02T18:00", "2026-07-02T18:05") == [
        "counted",
        "published",
        "published",
    ]
    assert "2026年7月12日 24:00" in cockpit(beijing)
    assert states(beijing, "2026-07-12T23:59", "2026-07-13T00:00") == ["published", "archived"]


@pytest.mark.clause("C-20")
def test_clock_publishes_nothing_where_the_law_fixes_no_day_and_the_page_says_so(site, moved_clock):
    generic = counted_by(site, moved_clock, "generic")
    assert "系统不会自动公示，须由召集人公示" in cockpit(generic)
    assert at_time(generic, "2026-09-01T09:00") == "counted"
    assert "系统不会自动公示" in generic.site.logged_in("convenor").get(generic.path).text
    generic.step("publish_result")
    assert states(generic, "2026-09-01T09:05", "2026-09-12T00:00") == ["published", "archived"]
