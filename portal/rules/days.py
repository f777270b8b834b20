"""Working days, day counts and local time (工作日与期间)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal.rules.errors import ProfileError, RuleError
from portal.rules.strict import build, read_yaml

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class HolidayRun:
    """The days off of one festival."""

    name: str
    days: tuple[date, ...]


@dataclass(frozen=True)
class CalendarYear:
    """One year as the State Council arranged it; weekends not listed are days off."""

    year: int
    source: str
    holidays: tuple[HolidayRun, ...]
    working_days: tuple[date, ...]


@dataclass(frozen=True)
class Calendar:
    """The loaded years; a day of any other year is refused, never guessed."""

    years: Mapping[int, CalendarYear]

    def is_working_day(self, day: date) -> bool:
        """Tell whether ``day`` is a working day; RuleError names a year that is not loaded."""
        year = self.years.get(day.year)
        if year is None:
            raise RuleError("rules.calendar.year_missing", clause="CN-201", year=day.year)
        if day in year.working_days:
            return True
        if any(day in run.days for run in year.holidays):
            return False
        return day.weekday() < _SATURDAY

    def add_working_days(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day``, which itself does not count."""
        if count < 0:
            raise ValueError("count must not be negative")
        while count:
            day += _DAY
            count -= self.is_working_day(day)
        return day

    def working_days_before(self, day: date, count: int) -> date:
        """Return the last day that leaves ``count`` working days between itself and ``day``."""
        if count < 0:
            raise ValueError("count must not be negative")
        day -= _DAY
        while count:
            count -= self.is_working_day(day)
            day -= _DAY
        return day

    def shift(self, day: date) -> date:
        """Move the last day of a period from a day off to the next working day (CN-201)."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def period_end(self, start: date, days: int) -> date:
        """Return the last day of a period of ``days`` after ``start``, moved off holidays."""
        return self.shift(start + timedelta(days=days))


def load_calendar(directory: Path) -> Calendar:
    """Load every ``cn-YYYY.yaml``; ProfileError names a bad key or a wrong year."""
    years = [parse_year(read_yaml(path), path.name) for path in sorted(directory.glob("cn-*.yaml"))]
    return Calendar({year.year: year for year in years})


def parse_year(data: Any, path: str) -> CalendarYear:
    """Build one calendar year from plain data; ProfileError names what is wrong."""
    year: CalendarYear = build(CalendarYear, data, path)
    if path.startswith("cn-") and path != f"cn-{year.year}.yaml":
        raise ProfileError(f"{path}.year", f"the file holds {year.year}")
    off = [day for run in year.holidays for day in run.days]
    listed = [*off, *year.working_days]
    for day in listed:
        if day.year != year.year:
            raise ProfileError(path, f"{day} is not a day of {year.year}")
        if listed.count(day) > 1:
            raise ProfileError(path, f"{day} is listed twice")
    for day in year.working_days:
        if day.weekday() < _SATURDAY:
            raise ProfileError(f"{path}.working_days", f"{day} is no weekend day to make up")
    return year


def latest_day_before(day: date, days: int, *, both_excluded: bool = True) -> date:
    """Return the last day that lies ``days`` days before ``day``.

    With both end days excluded ``days`` full days lie between; else only the first is excluded.
    """
    return day - timedelta(days=days + both_excluded)


def earliest_day_after(day: date, days: int, *, both_excluded: bool = True) -> date:
    """Return the first day that lies ``days`` days after ``day``, counted the same way."""
    return day + timedelta(days=days + both_excluded)


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later, or the last day of that month where it has none."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - _DAY)


def local_date(instant: datetime) -> date:
    """Return the calendar day in Shanghai of an aware instant."""
    return to_local(instant).date()


def last_day(end: datetime) -> date:
    """Return the day on which a period ends; midnight is 24:00 of the day before (CN-201)."""
    return to_local(end - timedelta(microseconds=1)).date()


def start_of_day(day: date) -> datetime:
    """Return 00:00 of ``day`` in Shanghai as UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Return 24:00 of ``day`` in Shanghai as UTC, the first instant that is too late."""
    return start_of_day(day + _DAY)


def to_local(instant: datetime) -> datetime:
    """Return an aware instant in Shanghai time; a naive one is a ValueError."""
    if instant.tzinfo is None:
        raise ValueError("a naive time has no place in the rules")
    return instant.astimezone(SHANGHAI)


def to_utc(local: datetime) -> datetime:
    """Return a naive or aware Shanghai time as UTC."""
    return (local if local.tzinfo else local.replace(tzinfo=SHANGHAI)).astimezone(UTC)
