"""Factories for the tests of the funds plugin."""

import io
from datetime import UTC, date, datetime

import pytest
import xlsxwriter

from portal.errors import PortalError
from yitang_funds.book import FundBook
from yitang_funds.deposits import COLUMNS
from yitang_funds.posting import open_unit, post
from yitang_funds.templates import build

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
MAKER, CHECKER = "wang", "li"


def make_book(units=("1-1-101", "1-1-102", "1-1-201")) -> FundBook:
    """Return an empty book with open sub-accounts."""
    book = FundBook("sunshine-garden")
    for code in units:
        open_unit(book, code)
    return book


def deposit(book, unit, amount_fen, receipt, now=NOW, *, value_on=DAY):
    """Post one deposit."""
    return post(book, deposit_draft(unit, amount_fen, receipt, value_on), now)


def deposit_draft(unit, amount_fen, receipt, value_on=DAY):
    """Return the draft of one deposit."""
    return build(
        "deposit",
        key=f"receipt:{receipt}",
        summary="交存",
        shares=[(unit, amount_fen)],
        value_on=value_on,
        maker=MAKER,
        checker=CHECKER,
        document=receipt,
    )


def drawdown_draft(key, shares, release=""):
    """Return the draft of a drawdown over several units."""
    return build(
        "drawdown",
        key=key,
        summary="电梯大修",
        shares=shares,
        value_on=DAY,
        maker=MAKER,
        checker=CHECKER,
        document=key,
        release=release,
    )


def sheet(rows, header=COLUMNS, title=None) -> bytes:
    """Write rows to an XLSX file; dates become date cells."""
    target = io.BytesIO()
    workbook = xlsxwriter.Workbook(target, {"in_memory": True})
    day_format = workbook.add_format({"num_format": "yyyy-mm-dd"})
    page = workbook.add_worksheet("交存")
    start = 0
    if title:
        page.write(0, 0, title)
        start = 1
    page.write_row(start, 0, header)
    for number, row in enumerate(rows, start=start + 1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(number, column, cell, day_format)
            elif cell != "":
                page.write(number, column, cell)
    workbook.close()
    return target.getvalue()


def refused(message_id, function, *args):
    """Call a function that must be refused and return the error."""
    with pytest.raises(PortalError) as caught:
        function(*args)
    assert caught.value.message_id == message_id
    return caught.value
