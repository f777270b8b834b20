"""An independent bookkeeping program reads the exported book and finds the same balances."""

import random
from datetime import date, timedelta

import pytest
from beancount import loader
from funds_factories import CHECKER, MAKER, NOW, deposit, drawdown_draft, make_book

from yitang_funds.plan import share_out, shortfalls
from yitang_funds.posting import post, reversal
from yitang_funds.verify import verify

AREAS = {f"1-1-{number}": 5_000 + 137 * number for number in range(101, 121)}
PARENTS = {
    "asset": "Assets",
    "liability": "Liabilities",
    "net_asset": "Equity",
    "income": "Income",
    "expense": "Expenses",
}


def to_beancount(book, *, wrong_fen=0):
    """Write a book as text; the balances it claims are stated as assertions."""
    names = {a.code: f"{PARENTS[a.kind]}:A{a.code}" for a in book.accounts()}
    lines = []
    totals = {}
    for voucher in book.vouchers():
        lines.append(f'{date.fromordinal(voucher.posted_day)} * "{voucher.number}"')
        for entry in voucher.entries:
            unit = f":U{entry.unit}" if entry.unit else ""
            name = names[entry.account] + unit
            lines.append(f"  {name}  {yuan(entry.amount_fen)} CNY")
            totals.setdefault(name, 0)
    opened = [f"2000-01-01 open {name} CNY" for name in totals]
    end = date.fromordinal(book.last_posted_day) + timedelta(days=1)
    claims = []
    for account in book.accounts():
        if account.code in {e.account for v in book.vouchers() for e in v.entries}:
            name = names[account.code]
            if name not in totals:
                opened.append(f"2000-01-01 open {name} CNY")
            total = book.totals()[account.code] + (wrong_fen if account.code == 1001 else 0)
            claims.append(f"{end} balance {name}  {yuan(total)} ~ 0.00 CNY")
    return "\n".join([*opened, *lines, *claims]) + "\n"


def yuan(amount_fen):
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


@pytest.fixture
def book():
    chance = random.Random(258)
    book = make_book(AREAS)
    for number in range(200):
        deposit(book, chance.choice(list(AREAS)), chance.randint(1, 900_000), f"A{number}")
    for number in range(40):
        scope = chance.sample(list(AREAS), chance.randint(1, len(AREAS)))
        shares = share_out(
            chance.randint(1, 2_000_000), {unit: AREAS[unit] for unit in scope}, "area"
        ).shares
        if not shortfalls(book, shares):
            pairs = [(share.unit, share.amount_fen) for share in shares]
            post(book, drawdown_draft(f"d{number}", pairs), NOW)
    for seq in chance.sample(range(201, book.last_seq + 1), 5):
        post(book, reversal(book, seq, "冲销", MAKER, CHECKER), NOW)
    assert verify(book) == []
    return book


@pytest.mark.clause("MF-8.1.1.d")
def test_beancount_accepts_the_book_and_its_balances(book):
    entries, errors, _ = loader.load_string(to_beancount(book))
    assert errors == []

    by_unit = {}
    for entry in entries:
        for posting in getattr(entry, "postings", ()):
            if ":U" in posting.account:
                unit = int(posting.account.rpartition(":U")[2])
                by_unit[unit] = by_unit.get(unit, 0) - posting.units.number * 100
    assert by_unit == dict(book.balance)


def test_beancount_sees_one_fen_too_much(book):
    _, errors, _ = loader.load_string(to_beancount(book, wrong_fen=1))
    assert len(errors) == 1
