"""Pages on which people see what is next: overview, work list, monitor's page, turnout."""

import pytest

from portal.security import Role
from tests.functional.assembly import CLOSES, OPENS, Assembly, at, meeting_of
from tests.functional.world import known_password


@pytest.fixture
def assembly(site, moved_clock):
    return Assembly(site, moved_clock)


def rows(browser, path="/cockpit"):
    return [panel.get_text(" ", strip=True) for panel in browser.get(path).html.select("section")]


@pytest.mark.clause("SZ-12.1", "SZ-29")
def test_convenor_sees_what_is_next_who_acts_and_what_is_missing_with_links(assembly):
    convenor = assembly.site.logged_in("convenor")
    (draft,) = rows(convenor)
    assert "提交街道审核" in draft
    assert "召集人" in draft
    assert "2026年5月30日 24:00" in draft
    assembly.step("submit", "approve")
    page = convenor.get("/cockpit")
    links = {link.get_text(strip=True): link["href"] for link in page.html.select("section li a")}
    assert links["请先登记现场张贴的地点、时间和照片。"] == f"{assembly.path}posting"
    assert any("》第 8 条" in text and url.endswith("guide-posting") for text, url in links.items())
    for url in links.values():
        convenor.get(url)


@pytest.mark.clause("SZ-8")
def test_guide_that_was_not_posted_before_the_vote_is_late_in_the_overview(assembly):
    assembly.notice()
    convenor = assembly.site.logged_in("convenor")
    (row,) = rows(convenor)
    assert "应于" in row
    assert "已逾期" not in row
    assembly.until(OPENS)
    (row,) = rows(assembly.site.logged_in("convenor"), "/cockpit?late=1")
    assert "》第 8 条" in row
    assert "已逾期" in row


@pytest.mark.clause("SZ-26", "BJ-OQ10")
def test_result_that_is_not_published_on_the_fourth_day_is_late_for_convenor_and_street_office(
    assembly,
):
    assembly.notice()
    for when in ("2026-06-15T09:00", OPENS, CLOSES):
        assembly.until(when)
    assembly.clock.to(at("2026-07-04T23:59"))
    assert "已逾期" not in rows(assembly.site.logged_in("street"))[0]
    assembly.clock.to(at("2026-07-07T00:00"))
    for login in ("convenor", "street"):
        browser = assembly.site.logged_in(login)
        (row,) = rows(browser, "/cockpit?late=1")
        assert "已逾期" in row
        assert "SZ-26" in row
    convenor = assembly.site.logged_in("convenor")
    assert "已逾期" in convenor.get("/queue?late=1").text
    assert rows(convenor, "/cockpit?state=draft") == []
    assert rows(assembly.site.logged_in("anna")) == []


@pytest.mark.clause("SZ-5.3", "SZ-12.2")
def test_work_list_of_the_street_office_has_due_dates_and_filters(assembly):
    assembly.step("submit")
    street = assembly.site.logged_in("street")
    page = street.get("/queue")
    assert "2026年5月11日 24:00" in page.text  # five days from 6 May, moved off nothing
    assert (
        "2026年业主大会会议" in street.get("/queue", {"kind": "meeting", "place": "海棠花园"}).text
    )
    assert "2026年业主大会会议" not in street.get("/queue?late=1").text
    assert "2026年业主大会会议" not in street.get("/queue?kind=complaint").text


@pytest.mark.clause("EV-8.6.3")
def test_recount_waits_for_nobody_while_there_is_no_correction(assembly):
    assembly.open()
    assembly.cast_four()
    assembly.close()
    convenor = assembly.site.logged_in("convenor")
    assert "提交结果给街道" in convenor.get("/queue").text
    assert "按更正重新计票" not in convenor.get("/queue").text


@pytest.mark.clause("SZ-29")
def test_calendar_names_of_two_communities_differ_and_lead_to_the_meeting(assembly):
    assembly.notice()
    text = assembly.site.browser().get(assembly.path + "calendar.ics").text.replace("\r\n ", "")
    names = [line for line in text.splitlines() if line.startswith("UID:")]
    assert names
    assert all(".haitang.2026-001@" in name for name in names)
    assert f"URL:http://localhost{assembly.path}" in text


def scrutineer(assembly):
    def make(request):
        account = request.site.accounts.create(request.vault, login="monitor", kind="staff")
        account.password = known_password()
        from portal import accounts

        accounts.grant(account, Role.SCRUTINEER, meeting_of(request).community.scope_id)

    assembly.site.run(make)
    return assembly.site.logged_in("monitor")


@pytest.mark.clause("SZ-24.2", "SZ-25.4")
def test_monitor_sees_turnout_by_channel_heads_cases_and_what_to_sign_but_no_choice(assembly):
    assembly.open()
    assembly.cast_four()
    assembly.clock.forward(minutes=1)
    assembly.site.drain()
    monitor = scrutineer(assembly)
    page = monitor.get(assembly.path + "monitor")
    head = assembly.look(lambda m: m.ballot_box.log.heads(last=1)[0])
    assert head["root_sha256"] in page.text
    facts = {dt.get_text(): dt.find_next("dd").get_text() for dt in page.html.select("dt")}
    assert facts["电子投票"] == "4 张"
    assert "同意" not in page.html.main.get_text()
    assert "minutes" not in page.text
    assert f"{assembly.path}monitor" in monitor.get("/cockpit").text
    assembly.site.logged_in("anna").get(assembly.path + "monitor", status=403)
    assembly.close()
    monitor = assembly.site.logged_in("monitor")
    page = monitor.get(assembly.path + "monitor")
    signed = [link["href"] for link in page.html.select("aside .files a, .file")]
    assert any("minutes.pdf" in url for url in signed)
    monitor.get(next(url for url in signed if "filing-sheet" in url))


@pytest.mark.clause("EV-7.4.1", "EV-7.4.2", "EV-7.4.3", "SZ-17.1")
def test_turnout_shows_both_measures_the_quorum_time_left_and_a_forecast(assembly):
    assembly.open()
    convenor = assembly.site.logged_in("convenor")
    assert "还没有选票" in convenor.get(assembly.path + "turnout").text
    assembly.cast_four()
    assembly.until("2026-06-21T09:00")
    page = assembly.site.logged_in("convenor").get(assembly.path + "turnout")
    text = page.html.main.get_text(" ", strip=True)
    assert "还差 1 人" in text  # five of seven heads are two thirds
    assert "预计 2026年6月21日" in text
    assert "距离截止" in text
    assert "4 / 7" in text
    # Beside each bar stands in words what it draws; both are of the ballots that were cast.
    bars = page.html.select(".progress-line")
    words = [bar.select_one(".progress-line__value").text for bar in bars]
    assert words[:2] == ["4 / 7 人，57.14 %", "360.00 ㎡ / 700.00 ㎡，51.42 %"]
    drawn = [float(bar.select_one(".bar__fill")["width"].rstrip("%")) for bar in bars[:2]]
    assert [round(width) for width in drawn] == [57, 51]
    assert "同意" not in text
    anna = assembly.site.logged_in("anna").get(assembly.path)
    assert "距离截止" in anna.text
    eve = assembly.site.logged_in("eve").get(assembly.path)
    assert "还差" not in eve.text  # she has not voted (SZ-17.3)
    assembly.until(CLOSES)


@pytest.mark.clause("SZ-25.4")
def test_rooms_of_the_table_per_unit_stand_in_the_order_people_count(assembly):
    def add(request):
        community = meeting_of(request).community
        unit = community["buildings"]["b1"].add_unit("1单元", "1001", request)
        from tests.functional.assembly import owner_values

        values = {"entrance": "1单元", "room": "1001", "use": "dwelling", "exclusive_area": 9000}
        unit.write(request.vault, values | {"unsold": False}, [owner_values("zoe", 1)])
        for holder in unit.holders:
            key = f"person:{holder.person}"
            community["owners"].by_token[key] = (unit.code,)
        from content_types.community import Confirmation
        from content_types.community.confirming import present_totals
        from portal import clock

        uses = request.registry.profiles[community.profile_id].voting_uses.value
        units, measure = present_totals(community, uses)
        community.confirmation = Confirmation(
            units, measure.heads, measure.area, "system", clock.now()
        )

    assembly.site.run(add)
    assembly.open()
    assembly.cast_four()
    assembly.close()
    page = assembly.site.logged_in("street").get(assembly.path + "unit-results")
    cells = [row.find(["th", "td"]).get_text() for row in page.html.select("tbody tr")]
    assert [cell[-4:].lstrip("元") for cell in cells][-2:] == ["502", "1001"]
    assert "101" in cells[0]
    found = assembly.site.logged_in("street").get(assembly.path + "unit-results?room=1001")
    assert [row.th.text[-4:] for row in found.html.select("tbody tr")] == ["1001"]
    found = assembly.site.logged_in("street").get(assembly.path + "unit-results?room=no-such")
    assert (found.html.table, "0" in found.html.select("main [role=status]")[-1].text) == (
        None,
        True,
    )
    found = assembly.site.logged_in("street").get(assembly.path + "unit-results?all=1")
    assert len(found.html.select("tbody tr")) == len(cells)
    assembly.publish()
    assembly.site.logged_in("anna").get(assembly.path + "unit-results", status=403)
