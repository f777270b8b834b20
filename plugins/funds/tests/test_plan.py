"""Plan of a drawdown: scope and shares."""

import pytest
from funds_factories import NOW, deposit, drawdown_draft, make_book

from portal.errors import PortalError
from yitang_funds.plan import share_out, shortfalls
from yitang_funds.posting import post
from yitang_funds.verify import verify


def amounts(result):
    return [share.amount_fen for share in result.shares]


@pytest.mark.clause("MF-6.2.2.a")
def test_bill_is_shared_by_area():
    areas = {"a": 9_550, "b": 12_000, "c": 8_800}
    assert amounts(share_out(1_000_000, areas, "area")) == [314_662, 395_387, 289_951]


@pytest.mark.clause("MF-6.2.2.b")
def test_bill_is_shared_by_household():
    areas = dict.fromkeys("gfedcba", 9_999)
    assert amounts(share_out(100_000, areas, "unit")) == [14_286] * 5 + [14_285] * 2


@pytest.mark.parametrize(
    ("total_fen", "areas", "method", "message_id"),
    [
        (0, {"a": 1}, "area", "funds.error.amount_not_positive"),
        (-1, {"a": 1}, "area", "funds.error.amount_not_positive"),
        (1, {}, "area", "funds.error.scope_empty"),
        (1, {"a": 1}, "floor", "funds.error.method_unknown"),
    ],
)
def test_impossible_plan_is_refused(total_fen, areas, method, message_id):
    with pytest.raises(PortalError) as caught:
        share_out(total_fen, areas, method)
    assert caught.value.message_id == message_id


@pytest.mark.clause("MF-6.2.2.e")
def test_units_with_too_little_are_listed():
    book = make_book()
    deposit(book, "1-1-101", 3_334, "A1")
    deposit(book, "1-1-102", 3_332, "A2")
    result = share_out(10_000, dict.fromkeys(["1-1-101", "1-1-102", "1-1-201"], 1), "unit")

    short = shortfalls(book, result.shares)

    assert [(s.unit, s.missing_fen) for s in short] == [("1-1-102", 1), ("1-1-201", 3_333)]


def test_drawdown_over_ten_thousand_units_is_exact():
    areas = {f"1-{number // 100}-{number}": 5_000 + number for number in range(10_000)}
    book = make_book(areas)
    for unit in areas:
        deposit(book, unit, 100_000, f"A{unit}")
    result = share_out(123_456_789, areas, "area")

    post(book, drawdown_draft("d1", [(s.unit, s.amount_fen) for s in result.shares]), NOW)

    assert book.fund_total() == 10_000 * 100_000 - 123_456_789
    assert verify(book) == []
