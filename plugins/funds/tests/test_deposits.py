"""Import of a deposit sheet: what is read, refused and booked."""

from datetime import date, timedelta

import pytest
from funds_factories import CHECKER, DAY, MAKER, NOW, make_book, sheet

from portal.errors import PortalError
from yitang_funds.deposits import COLUMNS, book_deposits, preview
from yitang_funds.posting import post, reversal
from yitang_funds.scope import unit_key
from yitang_funds.verify import verify

UNITS = {
    unit_key("1栋", "1单元", "101"): "1-1-101",
    unit_key("1栋", "1单元", "102"): "1-1-102",
    unit_key("2栋", "", "A01"): "2--A01",
}
GOOD = [
    ["1栋", "1单元", "101", 7640.0, DAY, "00000001"],
    ["1幢", 1, 102, "5,788.24 元", "2026/3/5", "00000002"],
    [" 2号楼", "", "A01室", "¥１00.1", "2026年11月1日", "00000003"],
]


@pytest.fixture
def book():
    return make_book(())


def read(book, rows, **options):
    return preview(book, sheet(rows, **options), "deposits.xlsx", UNITS, NOW)


@pytest.mark.clause("MF-5.2.1-2.b")
def test_sheet_is_booked_with_one_voucher_a_receipt(book):
    result = read(book, GOOD, title="专项维修资金交存表")

    assert result.findings == ()
    assert result.total_fen == 764_000 + 578_824 + 10_010
    vouchers = book_deposits(book, result, MAKER, CHECKER, NOW)

    assert [voucher.key for voucher in vouchers] == [f"receipt:0000000{n}" for n in (1, 2, 3)]
    assert book.balance_of("1-1-102") == 578_824
    assert book.fund_total() == result.total_fen
    assert verify(book) == []


@pytest.mark.clause("MF-5.2.1-2.b")
def test_same_sheet_again_changes_nothing_and_says_so(book):
    book_deposits(book, read(book, GOOD), MAKER, CHECKER, NOW)

    again = read(book, GOOD)
    assert (len(again.deposits), again.new, again.total_fen) == (3, (), 0)
    assert book_deposits(book, again, MAKER, CHECKER, NOW) == []
    assert book.last_seq == 3


@pytest.mark.clause("MF-5.2.1-2.b")
@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        (0, "", "place_missing"),
        (2, "", "place_missing"),
        (2, "999", "unit_unknown"),
        (3, "", "amount_malformed"),
        (3, "一万", "amount_malformed"),
        (3, 100.005, "amount_too_precise"),
        (3, 0, "amount_not_positive"),
        (3, "-5", "amount_not_positive"),
        (4, "", "day_missing"),
        (4, "2026-02-30", "day_malformed"),
        (4, "去年", "day_malformed"),
        (4, DAY + timedelta(days=1), "day_ahead"),
        (5, "", "receipt_missing"),
        (5, 12345678901234567890, "receipt_digits_lost"),
        (5, "00000002", "receipt_twice"),
    ],
)
def test_wrong_cell_is_named_and_nothing_is_booked(book, column, cell, rule):
    rows = [list(row) for row in (GOOD[1], GOOD[0])]
    rows[1][column] = cell

    result = read(book, rows)

    assert [(finding.row, finding.rule) for finding in result.refused] == [
        (3, f"funds.finding.{rule}")
    ]
    assert result.refused[0].column == COLUMNS[column]
    with pytest.raises(PortalError) as caught:
        book_deposits(book, result, MAKER, CHECKER, NOW)
    assert caught.value.message_id == "funds.error.sheet_refused"
    assert (book.last_seq, len(book.units)) == (0, 0)


def test_receipt_booked_with_other_content_is_refused(book):
    book_deposits(book, read(book, GOOD), MAKER, CHECKER, NOW)
    changed = [[*GOOD[0][:3], 7640.01, *GOOD[0][4:]]]

    assert [f.rule for f in read(book, changed).refused] == [
        "funds.finding.receipt_booked_differently"
    ]


def test_reversed_receipt_cannot_come_in_again(book):
    book_deposits(book, read(book, GOOD), MAKER, CHECKER, NOW)
    post(book, reversal(book, 1, "退票", MAKER, CHECKER), NOW)

    assert [f.rule for f in read(book, GOOD).refused] == ["funds.finding.receipt_reversed"]


def test_same_payment_with_another_receipt_is_pointed_out_but_booked(book):
    double = [GOOD[0], [*GOOD[0][:5], "00000009"]]

    result = read(book, double)

    assert [(f.rule, f.other_row, f.refused) for f in result.findings] == [
        ("funds.finding.payment_looks_double", 2, False)
    ]
    assert len(book_deposits(book, result, MAKER, CHECKER, NOW)) == 2


def test_empty_rows_count_for_nothing_and_a_total_must_be_true(book):
    rows = [GOOD[0], [""] * 6, GOOD[1], ["合计", "", "", 13428.24]]
    assert read(book, rows).findings == ()
    assert len(read(book, rows).deposits) == 2

    rows[-1][3] = 13428.25
    assert [f.rule for f in read(book, rows).refused] == ["funds.finding.total_differs"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_of_office_programs(book, encoding):
    text = ",".join(COLUMNS) + "\r\n1栋,1单元,101,7640.00,2026-11-20,00000001\r\n"

    result = preview(book, text.encode(encoding), "deposits.CSV", UNITS, NOW)

    assert [(d.unit, d.amount_fen, d.value_on) for d in result.deposits] == [
        ("1-1-101", 764_000, date(2026, 11, 20))
    ]


@pytest.mark.parametrize(
    ("data", "message_id"),
    [
        (b"", "register.file.damaged"),
        (b"PK\x03\x04 not a workbook", "register.file.damaged"),
        (sheet([], header=COLUMNS[:4]), "funds.error.columns_missing"),
        (sheet([]), "funds.error.sheet_empty"),
    ],
)
def test_file_that_is_no_deposit_sheet_is_refused(book, data, message_id):
    with pytest.raises(PortalError) as caught:
        preview(book, data, "deposits.xlsx", UNITS, NOW)
    assert caught.value.message_id == message_id


def test_missing_columns_are_named(book):
    with pytest.raises(PortalError) as caught:
        preview(book, sheet([], header=COLUMNS[:4]), "deposits.xlsx", UNITS, NOW)
    assert caught.value.values["columns"] == "交存日期、票据号"


def test_number_cell_with_binary_rest_is_read_as_shown(book):
    # 5788.24 computed as a sum in a sheet is stored as 5788.240000000001.
    result = read(book, [[*GOOD[0][:3], 5788.240000000001, *GOOD[0][4:]]])
    assert result.deposits[0].amount_fen == 578_824
