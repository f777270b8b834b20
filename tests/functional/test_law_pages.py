"""The rules for everybody: tables, comparison, preview, and years of working days."""

import pytest
from webtest import Upload

from content_types.meeting import timeline
from content_types.meeting.checking import check_profiles
from portal.rules.days import Calendar
from portal.rules.errors import RuleError
from portal.rules.pinned import Pinned, pin
from portal.rules.profile_files import parse_profile
from portal.rules.strict import as_plain
from tests.functional.assembly import Assembly, at, meeting_of
from tests.functional.new_city import DATA
from tests.functional.world import build_city

YEAR = (DATA / "cn-2027.csv").read_bytes()


def preview(browser, status=200, **values):
    given = {"profile": "shenzhen-draft-2019", "kind": "regular", "opens": "2026-06-20"}
    return browser.get("/law/preview", given | {"days": "10"} | values, status=status)


def load(browser, data=YEAR, name="cn-2027.csv", status=303):
    form = browser.get("/law/calendars/load").forms["form"]
    form["upload"] = Upload(name, data)
    return form.submit("save", status=status)


@pytest.mark.clause("SZ-1", "SZ-35")
def test_anybody_reads_the_rules_with_their_clauses_in_both_languages(site):
    browser = site.browser()
    page = browser.get("/law").click("深圳市物业管理电子投票规则")
    assert "会议录入提前天数" in page.text
    assert "SZ-12.1" in page.text
    browser.set_cookie("yitang_lang", "en")
    assert "Days to enter before the meeting" in browser.get("/law/beijing-2019").text
    browser.get("/law/nowhere", status=404)
    assert "/law/generic" in site.browser().get("/policies").text


CONFLICTS = tuple(f"C-{number}" for number in range(1, 26))


def test_comparison_names_every_conflict_of_the_sources_and_marks_what_differs(site):
    page = site.browser().get("/law/compare?first=shenzhen-draft-2019&second=beijing-2019").html
    rows = {}
    for row in page.select("tbody tr"):
        number = row.select_one("th .clause")
        rows.setdefault(number.get_text() if number else "", []).append(row)
    assert set(CONFLICTS) <= set(rows)
    agreed = {
        number
        for number in CONFLICTS
        if not any("is-different" in (row.get("class") or []) for row in rows[number])
    }
    # The same in Shenzhen and Beijing; every other conflict is marked.
    assert agreed == {"C-3", "C-6", "C-10", "C-14", "C-18", "C-21", "C-22", "C-23", "C-24", "C-25"}
    paper = rows["C-1"][0].get_text()
    assert "SZ-11.2" in paper
    assert "BJ-GQ10" in paper


@pytest.mark.clause("SZ-12.1", "SZ-12.3", "SZ-12.4", "SZ-14.1")
def test_preview_computes_every_date_of_the_worked_example_with_its_clause(site):
    page = preview(site.browser())
    rows = {
        row.select_one("th").get_text(): row.get_text(" ")
        for row in page.html.select("tbody tr")
        if row.select_one("th")
    }
    assert any("2026年5月30日" in text and "SZ-12.1" in text for text in rows.values())
    assert any("2026年6月4日" in text and "SZ-12.3" in text for text in rows.values())
    assert any("2026年6月9日" in text and "SZ-14.1" in text for text in rows.values())
    assert page.html.select(".month .is-off")
    marked = page.html.select(".month .is-marked")
    assert len(marked) >= 8


@pytest.mark.clause("SZ-N7")
def test_preview_of_a_first_assembly_ends_six_months_after_the_group_first_met(site):
    page = preview(site.browser(), kind="first", preparatory="2026-01-15")
    assert "2026年7月15日" in page.text


def test_preview_opens_with_its_form_even_where_next_year_is_not_loaded(site, moved_clock):
    moved_clock.to(at("2026-11-28T09:00"))
    page = site.browser().get("/law/preview")
    assert "2027年" not in page.html.main.get_text()
    assert page.html.select("input[name=opens]")


@pytest.mark.parametrize(
    "values", [{"opens": "soon"}, {"days": "0"}, {"kind": "x"}, {"opens": "9999-12-31"}]
)
def test_preview_of_nonsense_is_refused_in_words(site, values):
    assert "请检查" in preview(site.browser(), status=422, **values).text


@pytest.mark.clause("CN-201")
def test_missing_year_is_named_with_who_loads_it_and_holds_at_once_when_loaded(site, moved_clock):
    build_city(site, register="")
    refused = preview(site.browser(), status=422, opens="2027-03-20").text
    assert "2027" in refused
    assert "市级主管部门" in refused
    municipal = site.logged_in("municipal")
    load(municipal)
    assert "测试用的2027年放假安排" in site.browser().get("/law/calendars").text
    text = preview(site.browser(), opens="2027-02-15").text
    # Three working days before 15 February: the 4th, the 12th and the make-up Sunday the 14th.
    assert "2027年2月3日" in text
    site.drain()
    site.logged_in("street").get("/law/calendars/load", status=403)
    site.browser().get("/law/calendars/load", status=303)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (YEAR.replace(b"year,2027\n", b""), "year"),
        (YEAR.replace("source,测试用的2027年放假安排（虚构）\n".encode(), b""), "来源"),
        (YEAR.replace("holiday,2027-04-05,清明\n".encode(), b""), "清明"),
        (YEAR + "holiday,2027-10-05,国庆节\n".encode(), "listed twice"),
        (YEAR + b"working,2028-01-02,\n", "not a day of 2027"),
        (YEAR + b"working,2027-02-15,\n", "no weekend day"),
        (YEAR + b"holidy,2027-02-15,x\n", "holidy"),
        (b"\xff\xfe", "utf-8"),
    ],
)
def test_calendar_that_is_not_whole_is_refused_by_name(site, data, named):
    build_city(site, register="")
    assert named in load(site.logged_in("municipal"), data, status=422).text
    assert site.run(lambda request: dict(request.site.calendar_years)) == {}


def test_calendar_loaded_on_the_site_moves_the_dates_of_a_running_meeting(site, moved_clock):
    assembly = Assembly(site, moved_clock)

    def dates(meeting):
        return {one.key: one.due for one in timeline.deadlines(meeting, site.registry)}

    before = assembly.look(dates)
    shipped = site.registry.calendar.years[2026]
    lines = ["year,2026", f"source,{shipped.source}"]
    lines += [f"holiday,{day},{run.name}" for run in shipped.holidays for day in run.days]
    lines += ["holiday,2026-06-18,端午", *(f"working,{day}" for day in shipped.working_days)]
    load(site.logged_in("municipal"), "\n".join(lines).encode())
    after = assembly.look(dates)
    assert {key for key in before if before[key] != after[key]} == {"invitation"}


@pytest.mark.clause("SZ-35")
def test_meeting_shows_the_rules_it_keeps_when_their_file_says_something_else(site, moved_clock):
    assembly = Assembly(site, moved_clock)
    assembly.step("submit", "approve")
    street = site.logged_in("street")
    assert "规则文件后来有改动" not in street.get(assembly.path + "rules").text
    changed = as_plain(site.registry.profiles["shenzhen-draft-2019"])
    changed["lead_times"]["entry_days"]["value"] = 99
    site.registry.profiles["shenzhen-draft-2019"] = parse_profile(changed)
    page = street.get(assembly.path + "rules")
    assert "规则文件后来有改动" in page.text
    assert "99" not in [cell.get_text() for cell in page.html.select("td")]

    def kept(request):
        return meeting_of(request).rules(site.registry).lead_times.entry_days.value

    assert site.run(kept) == 20


def test_meeting_whose_kept_rules_were_tampered_with_refuses_to_go_on(site, moved_clock):
    assembly = Assembly(site, moved_clock)
    assembly.step("submit", "approve")

    def tamper(request):
        meeting = meeting_of(request)
        kept = pin(meeting.profile)
        meeting.pinned = Pinned(kept.text.replace('"value":20', '"value":2', 1), kept.digest)

    site.run(tamper)
    page = site.logged_in("street").get(assembly.path, status=422)
    assert "EV-8.2.1" in page.text


@pytest.mark.clause("SZ-35")
def test_check_finds_rules_that_are_no_longer_those_of_the_launch(site, moved_clock):
    assembly = Assembly(site, moved_clock)
    assembly.step("submit", "approve")

    def faults(request):
        return [fault for _, fault in check_profiles(request)]

    assert site.run(faults) == [""]
    changed = as_plain(site.registry.profiles["shenzhen-draft-2019"])
    changed["lead_times"]["entry_days"]["value"] = 99
    site.registry.profiles["shenzhen-draft-2019"] = parse_profile(changed)
    assert "without a new version" in site.run(faults)[0]

    def tamper(request):
        meeting = meeting_of(request)
        meeting.pinned = Pinned(meeting.pinned.text.replace("20", "2", 1), meeting.pinned.digest)

    site.run(tamper)
    assert "does not have its digest" in site.run(faults)[0]


@pytest.mark.clause("CN-201", "EV-6.4.3")
def test_year_that_is_missing_stops_the_launch_but_no_page_and_no_vote(site, moved_clock):
    assembly = Assembly(site, moved_clock)
    years = site.registry.calendar.years
    assembly.step("submit", "approve")
    site.registry.calendar = Calendar({2025: years[2025]})
    street = site.logged_in("street")
    page = street.get(assembly.path)
    assert "不能推算的日期" in page.text
    assert "2026 年" in page.text
    assert "SZ-12.3" in page.text
    street.get(assembly.path + "calendar.ics")
    assembly.step("amend")
    with pytest.raises(RuleError) as refused:
        assembly.step("submit")
    assert refused.value.values["year"] == 2026
