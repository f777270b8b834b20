"""Periods and means of the ratings of the property service."""

from datetime import date
from fractions import Fraction

import pytest

from portal.rules.service_rating import averages, one_place, period_of


@pytest.mark.parametrize(
    ("day", "months", "first", "last"),
    [
        (date(2026, 5, 6), 3, date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 6, 30), 3, date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), 3, date(2026, 7, 1), date(2026, 9, 30)),
        (date(2028, 2, 29), 1, date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 12, 31), 6, date(2026, 7, 1), date(2026, 12, 31)),
        (date(2026, 1, 1), 12, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_period_begins_on_the_first_of_a_month_and_leaves_no_day_out(day, months, first, last):
    assert period_of(day, months) == (first, last)


def test_means_of_too_few_are_withheld():
    sheets = [(5, 1), (4, 1), (5, 2), (1, 1)]
    assert averages(sheets, 5) is None
    assert averages([*sheets, (5, 5)], 5) == (Fraction(4), Fraction(2))
    assert averages([], 0) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(4), "4.0"), (Fraction(7, 2), "3.5"), (Fraction(89, 20), "4.5"), (1, "1.0")],
)
def test_mean_is_shown_with_one_place_and_halves_go_up(value, text):
    assert one_place(Fraction(value)) == text
