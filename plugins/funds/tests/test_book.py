"""Rules of posting: what a fund book accepts, refuses and keeps."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from funds_factories import (
    CHECKER,
    DAY,
    MAKER,
    NOW,
    deposit,
    deposit_draft,
    drawdown_draft,
    make_book,
    refused,
)

from yitang_funds.book import LARGE_VOUCHER_LINES, Line, Record
from yitang_funds.posting import hold, open_unit, post, release, reversal
from yitang_funds.verify import verify


@pytest.mark.clause("MF-5.2.1-2.a")
def test_deposit_raises_balance_once(book):
    voucher = deposit(book, "1-1-101", 764_000, "A1")

    assert book.balance_of("1-1-101") == 764_000
    assert book.balance_of("1-1-102") == 0
    assert voucher.number == "202611-00001"
    assert book.totals()[1001] == 764_000
    assert book.totals()[4001] == -764_000
    assert verify(book) == []


@pytest.mark.clause("MF-5.2.1-2.b")
def test_same_receipt_posts_once_and_other_content_is_refused(book):
    first = deposit(book, "1-1-101", 764_000, "A1")

    assert deposit(book, "1-1-101", 764_000, "A1", NOW + timedelta(days=3)) == first
    refused("funds.error.key_reused", deposit, book, "1-1-101", 764_001, "A1")
    refused("funds.error.key_reused", deposit, book, "1-1-102", 764_000, "A1")
    assert book.last_seq == 1
    assert book.fund_total() == 764_000


@pytest.mark.clause("MF-8.1.1.a")
@pytest.mark.parametrize(
    ("change", "message_id"),
    [
        ({"checker": MAKER}, "funds.error.maker_is_checker"),
        ({"checker": ""}, "funds.error.people_missing"),
        ({"summary": "  "}, "funds.error.summary_missing"),
        ({"lines": ()}, "funds.error.not_balanced"),
        ({"lines": (Line(1001, 100, DAY),)}, "funds.error.not_balanced"),
        (
            {"lines": (Line(1001, 100, DAY), Line(4001, -99, DAY, "1-1-101"))},
            "funds.error.not_balanced",
        ),
        (
            {"lines": (Line(9999, 100, DAY), Line(4001, -100, DAY, "1-1-101"))},
            "funds.error.account_unknown",
        ),
        (
            {"lines": (Line(1001, 100, DAY), Line(4001, -100, DAY))},
            "funds.error.unit_missing",
        ),
        (
            {"lines": (Line(1001, 100, DAY, "1-1-101"), Line(4001, -100, DAY, "1-1-101"))},
            "funds.error.unit_not_wanted",
        ),
        (
            {"lines": (Line(1001, 100, DAY), Line(4001, -100, DAY, "9-9-999"))},
            "funds.error.unit_unknown",
        ),
        (
            {"lines": (Line(1001, 0, DAY), Line(4101, 0, DAY))},
            "funds.error.amount_zero",
        ),
        (
            {
                "lines": (
                    Line(1001, 100, DAY + timedelta(days=1)),
                    Line(4001, -100, DAY, "1-1-101"),
                )
            },
            "funds.error.value_day_ahead",
        ),
    ],
)
def test_wrong_draft_is_refused_and_changes_nothing(book, change, message_id):
    draft = replace(deposit_draft("1-1-101", 100, "A1"), **change)

    refused(message_id, post, book, draft, NOW)

    assert book.last_seq == 0
    assert not book.idem
    assert verify(book) == []


def test_amount_that_is_no_integer_is_a_mistake_of_the_program(book):
    lines = (Line(1001, 1.0, DAY), Line(4001, -1.0, DAY, "1-1-101"))
    with pytest.raises(TypeError):
        post(book, replace(deposit_draft("1-1-101", 100, "A1"), lines=lines), NOW)


@pytest.mark.clause("MF-6.2.2.e")
def test_unit_cannot_spend_more_than_its_balance(book):
    deposit(book, "1-1-101", 1_000, "A1")
    deposit(book, "1-1-102", 5_000, "A2")

    error = refused(
        "funds.error.balance_too_small",
        post,
        book,
        drawdown_draft("d1", [("1-1-101", 1_001), ("1-1-102", 1_001)]),
        NOW,
    )
    assert (error.values["unit"], error.values["available"]) == ("1-1-101", "10.00")
    assert book.fund_total() == 6_000

    post(book, drawdown_draft("d1", [("1-1-101", 1_000), ("1-1-102", 1_001)]), NOW)
    assert book.balance_of("1-1-101") == 0
    assert verify(book) == []


@pytest.mark.clause("MF-6.2.4.c")
def test_held_money_lowers_available_but_not_balance(book):
    deposit(book, "1-1-101", 1_000, "A1")
    hold(book, "d1", [("1-1-101", 600)])

    assert (book.balance_of("1-1-101"), book.available_of("1-1-101")) == (1_000, 400)
    refused(
        "funds.error.balance_too_small",
        post,
        book,
        drawdown_draft("d2", [("1-1-101", 401)]),
        NOW,
    )
    refused("funds.error.balance_too_small", hold, book, "d3", [("1-1-101", 401)])
    refused("funds.error.hold_exists", hold, book, "d1", [("1-1-101", 1)])

    post(book, drawdown_draft("d1", [("1-1-101", 600)], release="d1"), NOW)
    assert (book.balance_of("1-1-101"), book.held_of("1-1-101")) == (400, 0)
    assert verify(book) == []


@pytest.mark.clause("MF-6.2.4.c")
def test_cancelled_hold_gives_the_money_back(book):
    deposit(book, "1-1-101", 1_000, "A1")
    hold(book, "d1", [("1-1-101", 600)])
    release(book, "d1")

    assert book.available_of("1-1-101") == 1_000
    refused("funds.error.hold_unknown", release, book, "d1")
    assert verify(book) == []


@pytest.mark.clause("MF-5.2.1-5.c")
def test_correction_is_a_reversal_and_the_original_stays(book):
    original = deposit(book, "1-1-101", 1_000, "A1")
    draft = reversal(book, original.seq, "金额录错", MAKER, CHECKER)

    voucher = post(book, draft, NOW)

    assert book.voucher(1) == original
    assert voucher.corrects == 1
    assert book.balance_of("1-1-101") == 0
    assert post(book, draft, NOW) == voucher
    refused(
        "funds.error.reversal_of_reversal",
        post,
        book,
        reversal(book, 2, "again", MAKER, CHECKER),
        NOW,
    )
    assert verify(book) == []


@pytest.mark.clause("MF-5.2.1-5.c")
def test_reversal_must_repeat_its_voucher_exactly(book):
    deposit(book, "1-1-101", 1_000, "A1")
    deposit(book, "1-1-101", 1_000, "A2")
    draft = reversal(book, 1, "金额录错", MAKER, CHECKER)

    half = tuple(replace(line, amount_fen=line.amount_fen // 2) for line in draft.lines)
    refused("funds.error.reversal_differs", post, book, replace(draft, lines=half), NOW)
    refused("funds.error.reversal_of_nothing", post, book, replace(draft, corrects=9), NOW)
    refused("funds.error.reversal_of_nothing", post, book, replace(draft, kind="deposit"), NOW)
    post(book, draft, NOW)
    refused("funds.error.already_reversed", post, book, replace(draft, key="other"), NOW)
    assert book.balance_of("1-1-101") == 1_000


@pytest.mark.clause("MF-5.2.1-5.b")
def test_spent_deposit_cannot_be_reversed(book):
    deposit(book, "1-1-101", 1_000, "A1")
    post(book, drawdown_draft("d1", [("1-1-101", 1)]), NOW)

    draft = reversal(book, 1, "金额录错", MAKER, CHECKER)
    refused("funds.error.balance_too_small", post, book, draft, NOW)


@pytest.mark.clause("MF-8.1.1.a")
def test_numbers_have_no_gap_and_start_again_each_month(book):
    december = NOW.replace(month=12, day=1)
    numbers = [deposit(book, "1-1-101", 1, "A1").number]
    refused("funds.error.balance_too_small", post, book, drawdown_draft("d", [("1-1-101", 2)]), NOW)
    numbers.append(deposit(book, "1-1-101", 1, "A2").number)
    numbers.append(deposit(book, "1-1-101", 1, "A3", december).number)

    assert numbers == ["202611-00001", "202611-00002", "202612-00001"]


def test_clock_that_jumps_back_does_not_post_into_an_earlier_month(book):
    deposit(book, "1-1-101", 1, "A1", NOW.replace(month=12))

    voucher = deposit(book, "1-1-101", 1, "A2", NOW)

    assert voucher.number == "202612-00002"
    assert date.fromordinal(voucher.posted_day) == date(2026, 12, 20)
    assert verify(book) == []


def test_posting_day_is_the_local_day(book):
    late = NOW.replace(hour=16, minute=30)
    assert date.fromordinal(deposit(book, "1-1-101", 1, "A1", late).posted_day) == date(
        2026, 11, 21
    )


def test_large_voucher_has_its_own_record():
    codes = [f"1-1-{number}" for number in range(LARGE_VOUCHER_LINES)]
    book = make_book(codes)
    for number, code in enumerate(codes):
        deposit(book, code, 100, f"A{number}")
    voucher = post(book, drawdown_draft("d1", [(code, 7) for code in codes]), NOW)

    assert isinstance(book.journal[voucher.seq], Record)
    assert isinstance(book.journal[1], tuple)
    assert book.snapshots[voucher.seq]
    assert book.totals()[5001] == 7 * len(codes)
    assert verify(book) == []


def test_snapshots_give_the_same_totals_as_the_journal(book, monkeypatch):
    monkeypatch.setattr("yitang_funds.posting.SNAPSHOT_EVERY", 4)
    for number in range(10):
        deposit(book, "1-1-101", 100 + number, f"A{number}")

    assert list(book.snapshots) == [4, 8]
    assert book.totals()[1001] == sum(100 + number for number in range(10))
    assert verify(book) == []


def test_number_leads_to_its_voucher(book):
    for month in (11, 12):
        for number in range(3):
            deposit(book, "1-1-101", 1, f"A{month}{number}", NOW.replace(month=month))
    numbers = [voucher.number for voucher in book.vouchers()]

    assert [book.seq_of(number) for number in numbers] == [1, 2, 3, 4, 5, 6]
    assert [book.seq_of(number) for number in ("", "202611-00004", "202612-00009")] == [None] * 3


def test_open_unit_twice_keeps_its_number(book):
    assert open_unit(book, "1-1-101") == book.units["1-1-101"]
    refused("funds.error.unit_missing", open_unit, book, "")
