"""What the check of a fund book finds, and that nothing but a posting writes it."""

import ast
from pathlib import Path

import pytest
import transaction
import ZODB
from funds_factories import (
    NOW,
    deposit,
    drawdown_draft,
    make_book,
    refused,
)
from ZODB.POSException import ConflictError

import yitang_funds
from yitang_funds.posting import hold, post
from yitang_funds.verify import verify

MUTATORS = {"update", "pop", "popitem", "clear", "insert", "setdefault", "__setitem__"}


@pytest.mark.clause("MF-8.1.1.d")
@pytest.mark.parametrize(
    ("tamper", "check"),
    [
        (lambda book: _edit(book, 2, amount=True), "digest"),
        (lambda book: _edit(book, 2, summary="changed"), "digest"),
        (lambda book: book.journal.pop(1), "sequence"),
        (lambda book: book.journal.pop(3), "head"),
        (lambda book: book.balance.update({1: 999}), "balance"),
        (lambda book: book.held.update({1: 1}), "held"),
        (lambda book: book.by_unit.pop(1 << 36 | 1), "by_unit"),
        (lambda book: book.idem.update({"receipt:A1": 2}), "idem"),
        (lambda book: book.numbers.update({202611: 9}), "numbers"),
    ],
)
def test_verify_names_what_was_tampered_with(book, tamper, check):
    deposit(book, "1-1-101", 1_000, "A1")
    deposit(book, "1-1-102", 2_000, "A2")
    deposit(book, "1-1-101", 3_000, "A3")
    assert verify(book) == []

    tamper(book)

    assert check in {problem.check for problem in verify(book)}


@pytest.mark.clause("MF-8.1.1.d")
def test_verify_finds_exchanged_sub_accounts(book):
    deposit(book, "1-1-101", 1_000, "A1")
    book.unit_codes[1], book.unit_codes[2] = book.unit_codes[2], book.unit_codes[1]
    book.units["1-1-101"], book.units["1-1-102"] = 2, 1

    assert [problem.check for problem in verify(book)] == ["digest"]


def _edit(book, seq, amount=False, summary=None):
    number, kind, key, text, *rest, lines, digest = book.journal[seq]
    if amount:
        lines = tuple((a, u, fen * 2, day, doc) for a, u, fen, day, doc in lines)
    book.journal[seq] = (number, kind, key, summary or text, *rest, lines, digest)


def test_rolled_back_posting_leaves_nothing():
    database = ZODB.DB(None)
    connection = database.open()
    connection.root()["book"] = make_book()
    transaction.commit()

    deposit(connection.root()["book"], "1-1-101", 1_000, "A1")
    hold(connection.root()["book"], "d1", [("1-1-101", 600)])
    transaction.abort()

    book = connection.root()["book"]
    assert (book.last_seq, len(book.journal), len(book.idem), len(book.holds)) == (0, 0, 0, 0)
    assert verify(book) == []
    connection.close()
    database.close()


@pytest.mark.clause("MF-5.2.1-5.b")
def test_two_payments_at_once_that_exceed_the_balance_one_succeeds():
    database = ZODB.DB(None)
    managers = [transaction.TransactionManager(explicit=False) for _ in range(2)]
    first, second = (database.open(manager) for manager in managers)
    first.root()["book"] = make_book()
    deposit(first.root()["book"], "1-1-101", 1_000, "A1")
    managers[0].commit()
    second.sync()

    post(first.root()["book"], drawdown_draft("d1", [("1-1-101", 600)]), NOW)
    post(second.root()["book"], drawdown_draft("d2", [("1-1-101", 600)]), NOW)
    managers[0].commit()
    with pytest.raises(ConflictError):
        managers[1].commit()
    managers[1].abort()

    # The repetition that the web server makes meets the first payment.
    book = second.root()["book"]
    refused(
        "funds.error.balance_too_small", post, book, drawdown_draft("d2", [("1-1-101", 600)]), NOW
    )
    assert book.balance_of("1-1-101") == 400
    assert verify(book) == []
    first.close()
    second.close()
    database.close()


def test_only_posting_writes_the_book():
    stores = {name for name, value in vars(make_book()).items() if hasattr(value, "items")}
    assert {"journal", "balance", "by_unit", "idem"} <= stores
    offenders = []
    for path in Path(yitang_funds.__file__).parent.rglob("*.py"):
        if path.name in ("posting.py", "book.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            store = None
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                store = node.value
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in MUTATORS:
                store = node.func.value
            if (
                isinstance(store, ast.Attribute)
                and store.attr in stores
                and getattr(store.value, "id", "") != "derived"
            ):
                offenders.append(f"{path.name}:{node.lineno}")
    assert offenders == []
