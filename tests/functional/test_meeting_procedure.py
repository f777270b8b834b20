"""A meeting from entry to the open vote, by the Shenzhen rules."""

from datetime import UTC, datetime

import pytest
from webtest import Upload

from tests.functional.world import build_city, photo

# Meeting on 2026-06-20, Shanghai; see the worked values of the catalogue.
OPENS, CLOSES = "2026-06-20T09:00", "2026-07-01T18:00"


def at(text: str) -> datetime:
    """Return an instant given as Shanghai wall time."""
    from portal import clock

    return datetime.fromisoformat(text).replace(tzinfo=clock.SITE_ZONE).astimezone(UTC)


@pytest.fixture
def city(site):
    return build_city(site)


def confirm(browser, city):
    form = browser.get(city["community"] + "confirm").forms["form"]
    for name in ("units", "heads", "area"):
        form[name] = True
    form.submit("save", status=303)


def enter_meeting(browser, city, opens=OPENS, closes=CLOSES):
    form = browser.get(city["community"] + "meetings/add/meeting").forms["form"]
    form["title"] = "2026年业主大会会议"
    form["convenor_kind"] = "committee"
    form["method"] = "electronic"
    form["place"] = "小区会所"
    form["voting_opens_at"] = opens
    form["voting_closes_at"] = closes
    page = form.submit("save", status=303)
    path = page.location
    form = browser.get(path + "add/motion").forms["form"]
    form["title"] = "聘请物业服务企业"
    form["matter"] = "service_company"
    form["description"] = "续聘现物业服务企业三年。"
    form["mode"] = "single"
    form.submit("save", status=303)
    return path


def read_twice(browser, path):
    form = browser.get(path + "second-reading").forms["reading"]
    for box in form.fields["read"]:
        box.checked = True
    return form.submit(status=303)


def step(browser, path, name, comment="", status=303):
    if name == "submit":
        read_twice(browser, path)
    page = browser.get(path)
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    return browser.post(
        f"{path}step/{name}", {"csrf_token": token, "comment": comment}, status=status
    )


def post_notice(browser, path, when):
    form = browser.get(path + "posting").forms["form"]
    form["place"] = "南门公告栏"
    form["posted_at"] = when
    form["upload"] = Upload("notice.jpg", photo(), "image/jpeg")
    form.submit("save", status=303)


@pytest.mark.clause("SZ-7.2")
def test_meeting_cannot_be_submitted_before_the_totals_are_confirmed(site, city):
    browser = site.logged_in("convenor")
    path = enter_meeting(browser, city)
    page = step(browser, path, "submit", status=422)
    assert "SZ-7.2" in page.text


@pytest.mark.clause("SZ-12.1")
def test_meeting_entered_nineteen_days_ahead_is_refused_and_twenty_accepted(
    site, city, moved_clock
):
    browser = site.logged_in("convenor")
    confirm(browser, city)
    path = enter_meeting(browser, city)
    moved_clock.to(at("2026-05-31T10:00"))
    browser = site.logged_in("convenor")
    page = step(browser, path, "submit", status=422)
    assert "SZ-12.1" in page.text
    assert "2026年5月30日" in page.text


@pytest.mark.clause("SZ-12.2", "SZ-12.3", "SZ-12.4", "SZ-29")
def test_meeting_runs_from_entry_to_the_open_vote_by_itself(site, city, moved_clock):
    convenor = site.logged_in("convenor")
    confirm(convenor, city)
    path = enter_meeting(convenor, city)
    step(convenor, path, "submit")
    assert site.browser().get(path, expect_errors=True).status_int == 303
    street = site.logged_in("street")
    assert "2026年业主大会会议" in street.get("/queue").text
    step(street, path, "approve")

    refused = step(convenor, path, "publish_notice", status=422)
    assert "张贴" in refused.text
    post_notice(convenor, path, "2026-05-06T09:00")
    step(convenor, path, "publish_notice")
    site.drain()
    page = site.browser().get(path)
    assert "公示中" in page.text
    assert "2026年业主大会会议" in site.browser().get(city["community"]).text

    moved_clock.to(at("2026-06-15T09:00"))
    site.drain()

    def invited(request):
        meeting = request.site["communities"]["haitang"]["meetings"]["2026-001"]
        return meeting.invited_at is not None and len(meeting.invitation.accounts)

    assert site.run(invited) == 1
    moved_clock.to(at("2026-06-20T08:59"))
    site.drain()
    assert "公示中" in site.browser().get(path).text
    moved_clock.to(at("2026-06-20T09:00"))
    site.drain()
    assert "投票中" in site.browser().get(path).text


@pytest.mark.clause("SZ-14.2")
def test_published_binding_list_shows_no_full_name_and_no_full_phone(site, city, moved_clock):
    convenor = site.logged_in("convenor")
    confirm(convenor, city)
    path = enter_meeting(convenor, city)
    step(convenor, path, "submit")
    step(site.logged_in("street"), path, "approve")
    post_notice(convenor, path, "2026-05-06T09:00")
    step(convenor, path, "publish_notice")
    text = site.browser().get(path + "binding-list").text
    assert "孔东晓" not in text
    assert "孔*晓" in text
    assert "18616279736" not in text
    assert "186****9736" in text


@pytest.mark.clause("EV-6.8")
def test_reviewer_sees_the_difference_between_two_submissions(site, city):
    convenor, street = site.logged_in("convenor"), site.logged_in("street")
    confirm(convenor, city)
    path = enter_meeting(convenor, city)
    step(convenor, path, "submit")
    step(street, path, "return", status=422)
    step(street, path, "return", "地点写得不清楚")
    form = convenor.get(path + "edit").forms["form"]
    form["place"] = "小区会所二楼"
    form.submit("save", status=303)
    step(convenor, path, "submit")
    page = street.get(path + "compare")
    assert page.html.find("ins").get_text().endswith("二楼")
    assert [row.dt.get_text(strip=True) for row in page.html.select(".diff__row--changed")] == [
        "会议地点有改动"
    ]


@pytest.mark.clause("EV-6.8")
def test_first_submission_is_shown_in_words_and_marks_nothing_as_changed(site, city):
    convenor = site.logged_in("convenor")
    confirm(convenor, city)
    path = enter_meeting(convenor, city)
    step(convenor, path, "submit")
    page = convenor.get(path + "compare")
    text = page.html.main.get_text(" ")
    assert "没有可比较的上一版" in text
    assert page.html.find("ins") is None
    assert "有改动" not in text
    assert "议题 1 · 议题名称" in text
    assert "㎡" in text
    for code in ("meeting-settings", "@1", "m1"):
        assert code not in text
