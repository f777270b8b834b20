"""When a share of the whole is reached at the present pace."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.forecast import needed, reached_at
from portal.rules.keys import Share

START = datetime(2026, 6, 20, 1, tzinfo=UTC)
TWO_THIRDS = Share(2, 3, strict=False, base="total", clause="CN-278.Q")
HALF = Share(1, 2, strict=True, base="total", clause="CN-278.G")


@given(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.integers(0, 10**7))
def test_needed_is_the_least_number_that_fulfils_the_share(numerator, denominator, strict, total):
    share = Share(numerator, denominator, strict=strict, base="total", clause="x")
    wanted = Fraction(numerator * total, denominator)

    def fulfils(number):
        return number > wanted if strict else number >= wanted

    assert fulfils(needed(share, total))
    assert not fulfils(needed(share, total) - 1)


@pytest.mark.clause("CN-278.Q")
def test_quorum_of_three_hundred_is_two_hundred_and_more_than_half_is_one_more():
    assert needed(TWO_THIRDS, 300) == 200
    assert needed(HALF, 300) == 151


@pytest.mark.clause("EV-7.4.3")
def test_half_of_what_is_needed_after_a_day_is_all_of_it_after_two():
    now = START + timedelta(days=1)
    assert reached_at(TWO_THIRDS, 100, 300, since=START, now=now) == START + timedelta(days=2)
    assert reached_at(TWO_THIRDS, 200, 300, since=START, now=now) == now
    assert reached_at(TWO_THIRDS, 199, 300, since=START, now=now) > now
    assert reached_at(TWO_THIRDS, 1, 300, since=START, now=now) == START + timedelta(days=200)
    assert reached_at(TWO_THIRDS, 0, 300, since=START, now=now) is None
    assert reached_at(TWO_THIRDS, 5, 300, since=START, now=START) is None
