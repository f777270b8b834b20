"""Statement of a unit: exact at every day, reversals in red."""

from datetime import date, timedelta

import pytest
from funds_factories import CHECKER, MAKER, NOW, deposit, drawdown_draft, make_book

from yitang_funds.posting import hold, post, reversal
from yitang_funds.statement import unit_statement


@pytest.fixture
def book():
    book = make_book()
    deposit(book, "1-1-101", 10_000, "A1", NOW)
    deposit(book, "1-1-102", 99_999, "B1", NOW)
    post(book, drawdown_draft("d1", [("1-1-101", 2_500), ("1-1-102", 1)]), NOW + timedelta(days=1))
    deposit(book, "1-1-101", 500, "A2", NOW + timedelta(days=2))
    post(book, reversal(book, 4, "录错", MAKER, CHECKER), NOW + timedelta(days=2))
    hold(book, "d2", [("1-1-101", 1_000)])
    return book


@pytest.mark.clause("MF-8.2.3.a")
def test_statement_shows_opening_entries_and_closing(book):
    statement = unit_statement(book, "1-1-101", date(2026, 11, 21), date(2026, 11, 22))

    assert statement.opening_fen == 10_000
    assert [(row.in_fen, row.out_fen, row.balance_fen) for row in statement.rows] == [
        (0, 2_500, 7_500),
        (500, 0, 8_000),
        (-500, 0, 7_500),
    ]
    assert statement.closing_fen == 7_500
    assert statement.available_fen == 6_500
    assert statement.opening_fen + statement.in_fen - statement.out_fen == statement.closing_fen


@pytest.mark.clause("MF-8.2.4.c")
def test_later_postings_do_not_change_an_earlier_statement(book):
    first = unit_statement(book, "1-1-101", date(2026, 11, 1), date(2026, 11, 20))
    assert (first.opening_fen, len(first.rows), first.closing_fen) == (0, 1, 10_000)

    deposit(book, "1-1-101", 77, "A3", NOW + timedelta(days=9), value_on=date(2026, 11, 20))

    again = unit_statement(book, "1-1-101", date(2026, 11, 1), date(2026, 11, 20))
    assert (again.rows, again.closing_fen) == (first.rows, first.closing_fen)


def test_unit_without_sub_account_has_an_empty_statement(book):
    statement = unit_statement(book, "9-9-999", date(2026, 1, 1), date(2026, 12, 31))
    assert (statement.rows, statement.closing_fen, statement.balance_fen) == ((), 0, 0)
