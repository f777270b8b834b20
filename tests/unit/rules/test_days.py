from datetime import UTC, date, datetime

import pytest

from portal.rules.days import (
    add_months,
    earliest_day_after,
    end_of_day,
    last_day,
    latest_day_before,
    load_calendar,
    local_date,
    parse_year,
    start_of_day,
    to_local,
    to_utc,
)
from portal.rules.errors import ProfileError, RuleError


def year_2031(**changes):
    data = {
        "year": 2031,
        "source": "notice",
        "holidays": [{"name": "元旦", "days": ["2031-01-01"]}],
        "working_days": ["2031-01-04"],
    }
    return data | changes


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 6, 18), True),
        (date(2026, 6, 19), False),  # 端午
        (date(2026, 6, 20), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # make-up Saturday
        (date(2026, 10, 11), False),
        (date(2026, 2, 14), True),  # make-up Saturday before 春节
        (date(2020, 1, 31), False),  # prolonged in 2020
        (date(2019, 5, 2), False),
        (date(2023, 9, 29), False),
        (date(2024, 2, 9), True),  # the eve was no holiday in 2024
    ],
)
@pytest.mark.clause("CN-201")
def test_working_days_follow_the_state_council(calendar, day, working):
    assert calendar.is_working_day(day) is working


def test_eight_years_are_loaded_with_their_source(calendar):
    assert sorted(calendar.years) == list(range(2019, 2027))
    for year in calendar.years.values():
        assert "State Council" in year.source
        assert len({run.name for run in year.holidays} & {"元旦", "春节", "国庆节"}) == 3


@pytest.mark.clause("CN-201")
@pytest.mark.parametrize(
    "compute",
    [
        lambda calendar: calendar.add_working_days(date(2026, 12, 30), 3),
        lambda calendar: calendar.shift(date(2027, 1, 2)),
        lambda calendar: calendar.is_working_day(date(2027, 3, 1)),
        lambda calendar: calendar.working_days_before(date(2027, 1, 4), 3),
    ],
)
def test_missing_year_is_named_and_never_guessed(calendar, compute):
    with pytest.raises(RuleError) as caught:
        compute(calendar)
    assert caught.value.message_id == "rules.calendar.year_missing"
    assert caught.value.values == {"year": 2027}
    assert caught.value.clause == "CN-201"


def test_working_days_are_counted_over_holidays(calendar):
    assert calendar.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert calendar.add_working_days(date(2026, 10, 9), 1) == date(2026, 10, 10)
    assert calendar.add_working_days(date(2026, 6, 18), 0) == date(2026, 6, 18)
    assert calendar.working_days_before(date(2026, 6, 20), 3) == date(2026, 6, 15)
    assert calendar.working_days_before(date(2026, 6, 20), 0) == date(2026, 6, 19)


@pytest.mark.parametrize("method", ["add_working_days", "working_days_before"])
def test_negative_number_of_working_days_is_a_mistake(calendar, method):
    with pytest.raises(ValueError, match="negative"):
        getattr(calendar, method)(date(2026, 6, 20), -1)


@pytest.mark.clause("CN-201")
def test_period_does_not_count_its_first_day_and_ends_on_a_working_day(calendar):
    assert calendar.period_end(date(2026, 7, 6), 3) == date(2026, 7, 9)
    assert calendar.period_end(date(2026, 7, 1), 3) == date(2026, 7, 6)
    assert calendar.period_end(date(2026, 9, 28), 3) == date(2026, 10, 8)


def test_both_end_days_are_excluded_or_only_the_first():
    day = date(2026, 6, 20)
    assert latest_day_before(day, 20) == date(2026, 5, 30)
    assert latest_day_before(day, 20, both_excluded=False) == date(2026, 5, 31)
    assert earliest_day_after(date(2026, 7, 8), 10) == date(2026, 7, 19)
    assert earliest_day_after(date(2026, 7, 8), 10, both_excluded=False) == date(2026, 7, 18)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 15), 6, date(2026, 7, 15)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 6, 30), 6, date(2026, 12, 30)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(day, months, expected):
    assert add_months(day, months) == expected


def test_day_in_shanghai_starts_eight_hours_before_utc():
    assert start_of_day(date(2026, 6, 20)) == datetime(2026, 6, 19, 16, tzinfo=UTC)
    assert end_of_day(date(2026, 6, 20)) == datetime(2026, 6, 20, 16, tzinfo=UTC)
    assert local_date(datetime(2026, 6, 19, 16, tzinfo=UTC)) == date(2026, 6, 20)
    assert local_date(datetime(2026, 6, 19, 15, 59, tzinfo=UTC)) == date(2026, 6, 19)
    assert to_utc(datetime(2026, 6, 20, 9)) == datetime(2026, 6, 20, 1, tzinfo=UTC)  # noqa: DTZ001
    assert to_utc(to_local(datetime(2026, 6, 20, tzinfo=UTC))) == datetime(2026, 6, 20, tzinfo=UTC)


@pytest.mark.clause("CN-201")
def test_midnight_is_the_end_of_the_day_before():
    assert last_day(end_of_day(date(2026, 9, 30))) == date(2026, 9, 30)
    assert last_day(datetime(2026, 9, 30, 10, tzinfo=UTC)) == date(2026, 9, 30)


def test_naive_time_is_a_mistake():
    with pytest.raises(ValueError, match="naive"):
        local_date(datetime(2026, 6, 20))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"holidays": [{"name": "元旦", "days": ["2030-12-31"]}]}, "not a day of 2031"),
        ({"working_days": ["2031-01-01"]}, "listed twice"),
        ({"working_days": ["2031-01-02"]}, "no weekend day"),
        ({"working_days": ["tomorrow"]}, "expected a date"),
        ({"year": "2031"}, "expected int"),
        ({"weekends": []}, "unknown key"),
    ],
)
def test_wrong_calendar_file_is_refused(changes, problem):
    with pytest.raises(ProfileError, match=problem):
        parse_year(year_2031(**changes), "cn-2031.yaml")


def test_calendar_file_must_hold_the_year_of_its_name(tmp_path):
    parse_year(year_2031(), "cn-2031.yaml")
    (tmp_path / "cn-2030.yaml").write_text(
        "year: 2031\nsource: notice\nholidays: []\nworking_days: []\n", encoding="utf-8"
    )
    with pytest.raises(ProfileError, match="holds 2031"):
        load_calendar(tmp_path)
