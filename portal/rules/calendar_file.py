"""A year of working days as a file (工作日历文件): YAML as shipped, or CSV line by line."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import StringIO
from typing import Any

import yaml

from portal.rules.days import CalendarYear, parse_year
from portal.rules.errors import ProfileError, RuleError
from portal.rules.strict import parse_yaml

# Statutory days off (全国年节及纪念日放假办法): name, first and last day they can fall on as
# (month, day), and how many there are at least. A year that lacks one of them is not complete.
FESTIVALS = (
    ("元旦", (1, 1), (1, 1), 1),
    ("春节", (1, 20), (2, 27), 3),
    ("清明", (4, 3), (4, 6), 1),
    ("劳动节", (5, 1), (5, 1), 1),
    ("端午", (5, 27), (6, 27), 1),
    ("中秋", (9, 7), (10, 9), 1),
    ("国庆节", (10, 1), (10, 3), 3),
)
MAX_BYTES = 100_000


def parse_file(data: bytes, filename: str) -> CalendarYear:
    """Return the complete year in a file; RuleError names what is wrong with it."""
    if len(data) > MAX_BYTES:
        raise RuleError("calendar.faulty", field="upload", problem=f"> {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
        plain = _from_csv(text) if filename.lower().endswith(".csv") else parse_yaml(text)
        year = parse_year(plain, "file")
    except (ProfileError, UnicodeDecodeError, yaml.YAMLError, ValueError, csv.Error) as error:
        raise RuleError("calendar.faulty", field="upload", problem=str(error)) from error
    check_complete(year)
    return year


def check_complete(year: CalendarYear) -> None:
    """Refuse a year without a source or without one of the statutory days off."""
    if not year.source.strip():
        raise RuleError("calendar.no_source", clause="CN-201", field="upload", year=year.year)
    off = {day for run in year.holidays for day in run.days}
    for name, first, last, least in FESTIVALS:
        start, end = date(year.year, *first), date(year.year, *last)
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        if len(off.intersection(days)) < least:
            raise RuleError(
                "calendar.incomplete", clause="CN-201", field="upload", year=year.year, name=name
            )


def _from_csv(text: str) -> dict[str, Any]:
    """Return the plain data of CSV lines.

    ``year,2027``, ``source,…``, ``holiday,2027-01-01,元旦`` and ``working,2027-01-03``.
    """
    found: dict[str, Any] = {"source": "", "holidays": [], "working_days": []}
    runs: dict[str, list[str]] = {}
    for number, row in enumerate(csv.reader(StringIO(text)), 1):
        kind, value, name, *_ = [cell.strip() for cell in (*row, "", "", "")]
        if not kind:
            continue
        if kind == "year":
            found["year"] = int(value)
        elif kind == "source":
            found["source"] = value
        elif kind == "holiday":
            runs.setdefault(name, []).append(value)
        elif kind == "working":
            found["working_days"].append(value)
        else:
            raise ValueError(f"line {number}: {kind!r}")
    found["holidays"] = [{"name": name, "days": days} for name, days in runs.items()]
    return found
