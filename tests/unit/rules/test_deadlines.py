from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.rules.days import end_of_day, start_of_day
from portal.rules.deadlines import (
    MeetingDates,
    closing_at,
    earliest_opening,
    earliest_take_down,
    overdue,
    publication_start,
    published_by_clock_at,
    result_due,
    timeline,
)
from portal.rules.errors import RuleError
from portal.rules.keys import Rule

OPENS = start_of_day(date(2026, 6, 20)) + timedelta(hours=9)
CLOSES = end_of_day(date(2026, 7, 5))


def dates_of(profile, calendar, **fixed):
    fixed.setdefault("opens_at", OPENS)
    fixed.setdefault("closes_at", CLOSES)
    found = timeline(profile, calendar, MeetingDates(**fixed))
    return {deadline.key: deadline for deadline in found}


@pytest.mark.parametrize(
    ("key", "due", "clause"),
    [
        pytest.param("entry", date(2026, 5, 30), "SZ-12.1", marks=pytest.mark.clause("SZ-12.1")),
        pytest.param(
            "publication", date(2026, 6, 4), "SZ-12.3", marks=pytest.mark.clause("SZ-12.3")
        ),
        pytest.param(
            "binding_list", date(2026, 6, 9), "SZ-14.1", marks=pytest.mark.clause("SZ-14.1")
        ),
        pytest.param(
            "invitation", date(2026, 6, 15), "SZ-12.4", marks=pytest.mark.clause("SZ-12.4")
        ),
    ],
)
def test_worked_lead_times_of_a_meeting_on_20_june(shenzhen, calendar, key, due, clause):
    deadline = dates_of(shenzhen, calendar)[key]
    assert (deadline.due, deadline.clause, deadline.kind) == (due, clause, "latest")
    assert deadline.at == end_of_day(due)


@pytest.mark.clause("SZ-N2")
def test_time_line_is_in_order_and_complete(shenzhen, calendar):
    found = timeline(shenzhen, calendar, MeetingDates(OPENS, CLOSES))
    assert [deadline.key for deadline in found] == [
        "entry",
        "publication",
        "street_guidance",
        "binding_list",
        "objections",
        "notice_take_down",
        "invitation",
        "voting_open",
        "voting_close",
        "result_review",
        "result_publication",
        "result_take_down",
    ]
    assert [deadline.at for deadline in found] == sorted(deadline.at for deadline in found)
    window = [(one.clause, one.kind, one.at) for one in found if one.key.startswith("voting_")]
    assert window == [("EV-6.4.1", "event", OPENS), ("EV-6.4.3", "event", CLOSES)]


@pytest.mark.clause("SZ-12.2")
def test_street_guidance_runs_five_days_from_entry(shenzhen, calendar):
    """Entered on Monday 11 May; entered on Monday 27 April the fifth day is a holiday."""
    entered = dates_of(shenzhen, calendar, entered_on=date(2026, 5, 11))
    assert entered["street_guidance"].due == date(2026, 5, 18)  # 16 May is a Saturday
    entered = dates_of(shenzhen, calendar, entered_on=date(2026, 4, 27))
    assert entered["street_guidance"].due == date(2026, 5, 6)


@pytest.mark.clause("SZ-12.2", "SZ-25.5")
def test_silence_of_the_street_office_is_never_overdue(shenzhen, calendar):
    found = dates_of(shenzhen, calendar)
    for key in ("street_guidance", "result_review", "objections"):
        assert found[key].kind == "ends"
        assert not overdue(found[key], found[key].at + timedelta(days=30))


@pytest.mark.clause("SZ-26", "CN-201")
@pytest.mark.parametrize(
    ("resolved", "due"),
    [(date(2026, 7, 6), date(2026, 7, 9)), (date(2026, 7, 1), date(2026, 7, 6))],
)
@pytest.mark.clause("C-20")
def test_result_is_published_within_three_days(shenzhen, calendar, resolved, due):
    deadline = dates_of(shenzhen, calendar, resolved_on=resolved)["result_publication"]
    assert deadline.due == due
    assert not overdue(deadline, end_of_day(due) - timedelta(seconds=1))
    assert overdue(deadline, end_of_day(due))


@pytest.mark.clause("SZ-26", "SZ-29")
def test_result_published_on_8_july_may_be_taken_down_from_19_july(shenzhen, calendar):
    deadline = dates_of(shenzhen, calendar, result_published_on=date(2026, 7, 8))[
        "result_take_down"
    ]
    assert deadline.at == datetime(2026, 7, 18, 16, tzinfo=UTC)  # 00:00 of 19 July in Shanghai
    assert deadline.due == date(2026, 7, 19)
    assert deadline.kind == "earliest"
    assert not overdue(deadline, deadline.at)
    assert earliest_take_down(date(2026, 7, 8), 10) == deadline.at


@pytest.mark.clause("SZ-25.5", "C-13")
def test_street_office_has_three_days_from_submission(shenzhen, calendar):
    deadline = dates_of(shenzhen, calendar, submitted_on=date(2026, 7, 7))["result_review"]
    assert (deadline.due, deadline.clause) == (date(2026, 7, 10), "SZ-25.5")


@pytest.mark.clause("BJ-OQ10", "C-20")
def test_result_of_beijing_is_due_one_working_day_after_the_holidays(beijing, calendar):
    dates = MeetingDates(OPENS, end_of_day(date(2026, 9, 30)))
    deadline = {d.key: d for d in timeline(beijing, calendar, dates)}["result_publication"]
    assert (deadline.due, deadline.clause) == (date(2026, 10, 8), "BJ-OQ10")
    assert deadline.at == datetime(2026, 10, 8, 16, tzinfo=UTC)


@pytest.mark.clause("SZ-26", "SZ-25.5", "BJ-OQ10")
def test_clock_publishes_in_the_evening_of_the_last_day_but_not_before_the_guidance_is_over(
    shenzhen, beijing, calendar
):
    due = result_due(shenzhen, calendar, date(2026, 7, 1))
    evening = datetime(2026, 7, 6, 10, tzinfo=UTC)  # 18:00 in Shanghai
    assert published_by_clock_at(shenzhen, due, None) == evening
    assert published_by_clock_at(shenzhen, due, date(2026, 7, 3)) == evening
    assert published_by_clock_at(shenzhen, due, date(2026, 7, 7)) == evening + timedelta(days=1)
    holidays = result_due(beijing, calendar, date(2026, 9, 30))
    assert published_by_clock_at(beijing, holidays, None) == datetime(2026, 10, 8, 10, tzinfo=UTC)
    times = replace(beijing.result_times, publish_hour=Rule(9, "LJ-15"))
    early = replace(beijing, result_times=times)
    assert published_by_clock_at(early, holidays, None) == datetime(2026, 10, 8, 1, tzinfo=UTC)


@pytest.mark.clause("C-20", "SZ-26", "SZ-27")
def test_published_result_is_open_to_objections_before_it_is_filed_in_every_place(
    shenzhen, beijing, generic
):
    for profile in (shenzhen, beijing, generic):
        assert closing_at(profile, date(2026, 7, 8)) == start_of_day(date(2026, 7, 19))


@pytest.mark.clause("C-20")
def test_time_line_says_from_when_a_published_result_may_be_filed(beijing, calendar):
    dates = MeetingDates(OPENS, CLOSES, result_published_on=date(2026, 7, 8))
    found = {one.key: one for one in timeline(beijing, calendar, dates)}["result_disputes"]
    assert (found.kind, found.due, found.clause) == ("earliest", date(2026, 7, 19), "C-20")


@pytest.mark.clause("C-19")
def test_beijing_has_no_lead_times(beijing, calendar):
    found = timeline(beijing, calendar, MeetingDates(OPENS, CLOSES))
    assert [deadline.key for deadline in found] == [
        "voting_open",
        "voting_close",
        "result_publication",
    ]
    entered, published = date(2026, 5, 1), date(2026, 6, 1)
    assert timeline(beijing, calendar, MeetingDates(OPENS, CLOSES, entered, published)) == found


def test_standard_alone_knows_only_the_window(generic, calendar):
    found = timeline(generic, calendar, MeetingDates(OPENS, CLOSES))
    assert [deadline.key for deadline in found] == ["voting_open", "voting_close"]
    assert result_due(generic, calendar, date(2026, 7, 6)) is None


@pytest.mark.clause("SZ-N7")
def test_first_assembly_is_due_six_months_after_the_first_preparatory_meeting(shenzhen, calendar):
    deadline = dates_of(shenzhen, calendar, preparatory_meeting_on=date(2026, 1, 15))[
        "first_meeting"
    ]
    assert (deadline.due, deadline.clause) == (date(2026, 7, 15), "SZ-N7")


@pytest.mark.clause("SZ-15.2", "SZ-29")
def test_notice_takes_objections_for_ten_full_days_and_then_may_come_down(shenzhen, calendar):
    found = dates_of(shenzhen, calendar, published_on=date(2026, 6, 1))
    assert (found["objections"].due, found["objections"].clause) == (date(2026, 6, 11), "SZ-15.2")
    assert found["notice_take_down"].at == start_of_day(date(2026, 6, 12))
    assert found["notice_take_down"].at == found["objections"].at
    assert found["notice_take_down"].clause == "SZ-29"


@pytest.mark.clause("CN-201")
def test_time_line_into_an_unknown_year_names_the_year(shenzhen, calendar):
    opens = start_of_day(date(2026, 12, 20))
    with pytest.raises(RuleError) as caught:
        timeline(shenzhen, calendar, MeetingDates(opens, end_of_day(date(2026, 12, 31))))
    assert caught.value.values == {"year": 2027}
    missing = []
    found = timeline(
        shenzhen, calendar, MeetingDates(opens, end_of_day(date(2026, 12, 31))), missing
    )
    keys = {one.key for one in found}
    assert {error.values["year"] for error in missing} == {2027}
    assert {"entry", "publication", "invitation", "voting_close"} <= keys
    assert not keys & {"result_review", "result_publication", "result_take_down"}


@pytest.mark.clause("SZ-12.3")
def test_earliest_opening_mirrors_the_last_day_of_publication(shenzhen, beijing):
    assert earliest_opening(shenzhen, date(2026, 6, 4)) == date(2026, 6, 20)
    assert earliest_opening(shenzhen, date(2026, 6, 5)) == date(2026, 6, 21)
    assert earliest_opening(beijing, date(2026, 6, 5)) == date(2026, 6, 5)


@pytest.mark.clause("SZ-14.1")
def test_late_binding_list_moves_the_opening(shenzhen):
    published = date(2026, 6, 4)
    assert earliest_opening(shenzhen, published, date(2026, 6, 9)) == date(2026, 6, 20)
    assert earliest_opening(shenzhen, published, date(2026, 6, 10)) == date(2026, 6, 21)


@pytest.mark.clause("SZ-29")
def test_publication_counts_from_the_later_of_platform_and_posting(shenzhen, beijing):
    early, late = date(2026, 6, 1), date(2026, 6, 3)
    assert publication_start(shenzhen, early, late) == late
    assert publication_start(shenzhen, late, early) == late
    assert publication_start(shenzhen, early, None) is None
    assert publication_start(shenzhen, None, early) is None
    assert publication_start(beijing, early, None) == early
