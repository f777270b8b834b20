"""Rating the property service (物业服务评价): periods, and averages that point at nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from portal.rules.days import add_months

LOWEST, HIGHEST = 1, 5
# Lengths that divide the year, so that a period always begins on the first of a month.
LENGTHS = (1, 2, 3, 4, 6, 12)


def period_of(day: date, months: int) -> tuple[date, date]:
    """Return first and last day of the period of ``months`` months in which a day lies."""
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return first, add_months(first, months) - timedelta(days=1)


def averages(scores: Sequence[tuple[int, ...]], least: int) -> tuple[Fraction, ...] | None:
    """Return the mean of each item, or None while fewer than ``least`` units have rated."""
    if not scores or len(scores) < least:
        return None
    return tuple(Fraction(sum(column), len(column)) for column in zip(*scores, strict=True))


def one_place(value: Fraction) -> str:
    """Return a mean with one decimal place, halves rounded up."""
    tenths = int(value * 10 + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}"
