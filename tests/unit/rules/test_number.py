from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rules.area import format_area
from portal.rules.errors import RuleError
from portal.rules.money import format_amount, parse_amount
from portal.rules.number import format_percent


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "rules.amount.malformed"),
        ("元", "rules.amount.malformed"),
        ("一百", "rules.amount.malformed"),
        ("1e3", "rules.amount.malformed"),
        ("12,34.5", "rules.amount.malformed"),
        ("1.2.3", "rules.amount.malformed"),
        ("٣", "rules.amount.malformed"),
        ("nan", "rules.amount.malformed"),
        ("1" * 30, "rules.amount.malformed"),
        ("107.815", "rules.amount.too_precise"),
    ],
)
def test_doubtful_amount_is_refused(text, message):
    with pytest.raises(RuleError) as caught:
        parse_amount(text)
    assert caught.value.message_id == message
    assert caught.value.values["value"] == text


@pytest.mark.parametrize("value", [107.81, 107, None, True])
def test_anything_but_text_is_a_programming_mistake(value):
    with pytest.raises(TypeError):
        parse_amount(value)


@pytest.mark.parametrize("value", [1.0, True, "1"])
def test_only_integers_are_printed(value):
    with pytest.raises(TypeError):
        format_area(value)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("10,000.00", 1_000_000),
        ("¥0.01", 1),
        ("￥ 12.3 元", 1230),
        ("-12.30", -1230),
        ("−12.30", -1230),
        ("０.５", 50),
        ("１０７．８１", 10781),
        (" 1,234.5 ", 123450),
        ("88.100", 8810),
        ("RMB 5 元", 500),
        ("0", 0),
    ],
)
def test_amount_is_read_in_fen(text, fen):
    assert parse_amount(text) == fen


def test_amounts_and_areas_are_printed_with_two_places():
    assert format_amount(1_000_000) == "10,000.00"
    assert format_amount(-5) == "-0.05"
    assert format_amount(-123450, grouping=False) == "-1234.50"
    assert format_area(12_628_615) == "126,286.15"


@settings(database=None)
@given(st.integers(min_value=-(10**14), max_value=10**14), st.booleans())
def test_printed_amount_reads_back(fen, grouping):
    assert parse_amount(format_amount(fen, grouping=grouping)) == fen


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ((1, 1), "100"),
        ((1, 2), "50"),
        ((1, 3), "33.3333"),
        ((2, 3), "66.6667"),
        ((9999, 10000), "99.99"),
        ((1, 1_000_000_000), "0.0000001"),
    ],
)
def test_share_is_shown_in_percent_with_six_digits(share, text):
    assert format_percent(Fraction(*share)) == text
