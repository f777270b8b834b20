from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rules.area import format_area, parse_area
from portal.rules.errors import RuleError
from portal.rules.money import format_amount, parse_amount
from portal.rules.number import format_percent


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("107.81", 10781),
        ("107.81㎡", 10781),
        ("107.81 m²", 10781),
        ("107.81平方米", 10781),
        ("１０７．８１", 10781),
        (" 1,234.5 ", 123450),
        ("88", 8800),
        ("88.100", 8810),
        ("0.01", 1),
    ],
)
def test_area_is_read_in_hundredths(text, area):
    assert parse_area(text) == area


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "rules.area.malformed"),
        ("㎡", "rules.area.malformed"),
        ("一百", "rules.area.malformed"),
        ("1e3", "rules.area.malformed"),
        ("12,34.5", "rules.area.malformed"),
        ("1.2.3", "rules.area.malformed"),
        ("٣", "rules.area.malformed"),
        ("nan", "rules.area.malformed"),
        ("1" * 30, "rules.area.malformed"),
        ("107.815", "rules.area.too_precise"),
        ("0", "rules.area.not_positive"),
        ("-5.00", "rules.area.not_positive"),
    ],
)
def test_doubtful_area_is_refused(text, message):
    with pytest.raises(RuleError) as caught:
        parse_area(text)
    assert caught.value.message_id == message
    assert caught.value.values == {"value": text}


@pytest.mark.parametrize("value", [107.81, 107, None, True])
def test_anything_but_text_is_a_programming_mistake(value):
    with pytest.raises(TypeError):
        parse_area(value)
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
