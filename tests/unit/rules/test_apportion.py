from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rules.apportion import apportion
from portal.rules.errors import RuleError


def amounts(total, weights):
    return {share.unit: share.amount_fen for share in apportion(total, weights).shares}


@pytest.mark.clause("MF-6.2.2.a")
def test_ten_thousand_yuan_by_area():
    weights = {"a": 9550, "b": 12000, "c": 8800}
    assert amounts(1_000_000, weights) == {"a": 314_662, "b": 395_387, "c": 289_951}


@pytest.mark.clause("MF-6.2.2.b")
def test_equal_remainders_go_by_unit_code():
    assert amounts(10_000, {"c": 1, "a": 1, "b": 1}) == {"a": 3334, "b": 3333, "c": 3333}
    thousand = amounts(100_000, dict.fromkeys("gfedcba", 1))
    assert list(thousand.values()) == [14286] * 5 + [14285] * 2


def test_nothing_is_apportioned_as_nothing():
    assert amounts(0, {"a": 1, "b": 0}) == {"a": 0, "b": 0}


def test_explanation_rows_show_the_working():
    result = apportion(100, {"a": 1, "b": 2})
    assert result.total_weight == 3
    for share in result.shares:
        assert result.total_fen * share.weight == (
            share.quotient * result.total_weight + share.remainder
        )
        assert share.amount_fen == share.quotient + share.extra_fen
    assert [(share.rank, share.extra_fen) for share in result.shares] == [(2, 0), (1, 1)]


@pytest.mark.parametrize(
    ("total", "weights", "message"),
    [
        (-1, {"a": 1}, "negative_amount"),
        (1, {"a": -1, "b": 2}, "negative_weight"),
        (1, {"a": 0}, "no_weight"),
        (1, {}, "no_weight"),
    ],
)
def test_impossible_apportionment_is_refused(total, weights, message):
    with pytest.raises(RuleError, match=message):
        apportion(total, weights)


@pytest.mark.parametrize(("total", "weights"), [(1.0, {"a": 1}), (1, {"a": 1.0}), (True, {"a": 1})])
def test_only_integers_are_apportioned(total, weights):
    with pytest.raises(TypeError):
        apportion(total, weights)


weights_of_units = st.dictionaries(
    st.text("0123456789-", min_size=1, max_size=6), st.integers(0, 50_000), min_size=1, max_size=60
).filter(lambda weights: any(weights.values()))


@pytest.mark.clause("MF-6.2.2.d")
@settings(database=None, max_examples=500)
@given(st.integers(0, 10**11), weights_of_units, st.randoms())
def test_shares_are_exact_fair_and_independent_of_order(total, weights, random):
    shares = amounts(total, weights)
    assert sum(shares.values()) == total
    whole = sum(weights.values())
    for unit, weight in weights.items():
        assert abs(shares[unit] * whole - total * weight) < whole
    by_weight = sorted(weights, key=weights.get)
    for lighter, heavier in pairwise(by_weight):
        assert weights[lighter] == weights[heavier] or shares[lighter] <= shares[heavier]
    shuffled = list(weights.items())
    random.shuffle(shuffled)
    assert amounts(total, dict(shuffled)) == shares
