"""Verification of a fund book (账簿校验): derive everything again from the journal and compare."""

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from yitang_funds.book import UNIT_SHIFT, FundBook, Voucher, first_digest, voucher_digest


class Problem(NamedTuple):
    """One difference: what was compared, for which voucher, unit or account, and both values."""

    check: str
    subject: Any
    expected: Any
    found: Any


class Derived:
    """What the journal alone says about a book."""

    def __init__(self) -> None:
        self.by_unit: dict[int, int] = {}
        self.balance: dict[int, int] = defaultdict(int)
        self.totals: dict[int, int] = defaultdict(int)
        self.idem: dict[str, int] = {}
        self.reversed: dict[int, int] = {}
        self.numbers: dict[int, int] = defaultdict(int)


def verify(book: FundBook) -> list[Problem]:
    """Return every difference between the journal and what the book says; none means it is whole.

    Checks the hash chain, numbering, Σ debit = Σ credit, all indexes, holds and INV 1 to 4.
    """
    problems: list[Problem] = []
    derived = Derived()
    head = first_digest(book.identity)
    last = 0
    for voucher in book.vouchers():
        last += 1
        if voucher.seq != last:
            problems.append(Problem("sequence", voucher.seq, last, voucher.seq))
            last = voucher.seq
        head = _check_voucher(book, derived, voucher, head, problems)
    _compare(problems, "head", {"seq": last, "digest": head}, _stored_head(book))
    _compare(problems, "idem", derived.idem, dict(book.idem))
    _compare(problems, "reversed", derived.reversed, dict(book.reversed))
    _compare(problems, "numbers", derived.numbers, dict(book.numbers))
    _compare(problems, "by_unit", derived.by_unit, dict(book.by_unit))
    _compare(problems, "balance", derived.balance, dict(book.balance))
    _compare(problems, "units", {n: c for c, n in book.units.items()}, dict(book.unit_codes))
    _check_holds(book, problems)
    _check_invariants(book, derived, problems)
    return problems


def _check_voucher(
    book: FundBook, derived: Derived, voucher: Voucher, head: bytes, problems: list[Problem]
) -> bytes:
    """Check one voucher alone, add it to what is derived and return its digest."""
    seq = voucher.seq
    unknown = [e.unit for e in voucher.entries if e.unit and e.unit not in book.unit_codes]
    if unknown:
        problems.append(Problem("unit", seq, "a sub-account", unknown))
        return voucher.digest
    digest = voucher_digest(book, head, voucher)
    if digest != voucher.digest:
        problems.append(Problem("digest", seq, digest.hex(), voucher.digest.hex()))
    total = sum(entry.amount_fen for entry in voucher.entries)
    if total:
        problems.append(Problem("voucher balance", seq, 0, total))
    if voucher.maker == voucher.checker:
        problems.append(Problem("checker", seq, "another person", voucher.checker))
    day = date.fromordinal(voucher.posted_day)
    month = day.year * 100 + day.month
    derived.numbers[month] += 1
    number = f"{month}-{derived.numbers[month]:05d}"
    if number != voucher.number:
        problems.append(Problem("number", seq, number, voucher.number))
    derived.idem[voucher.key] = seq
    if voucher.corrects:
        derived.reversed[voucher.corrects] = seq
    for entry in voucher.entries:
        derived.totals[entry.account] += entry.amount_fen
        if entry.unit:
            key = entry.unit << UNIT_SHIFT | seq
            derived.by_unit[key] = derived.by_unit.get(key, 0) - entry.amount_fen
            derived.balance[entry.unit] -= entry.amount_fen
    snapshot = book.snapshots.get(seq)
    if snapshot is not None:
        found = {account: total for account, total in snapshot if total}
        expected = {account: total for account, total in derived.totals.items() if total}
        _compare(problems, f"snapshot {seq}", expected, found)
    # The chain goes on from the stored digest, so that one change is reported once.
    return voucher.digest


def _stored_head(book: FundBook) -> dict[str, Any]:
    return {"seq": book.last_seq, "digest": book.head}


def _check_holds(book: FundBook, problems: list[Problem]) -> None:
    """The reserved amounts are the sum of the open holds, and no unit holds more than it has."""
    held: dict[int, int] = defaultdict(int)
    for record in book.holds.values():
        for unit, amount_fen in record.value:
            held[unit] += amount_fen
    stored = dict(book.held)
    _compare(
        problems,
        "held",
        {unit: amount_fen for unit, amount_fen in held.items() if amount_fen},
        {unit: amount_fen for unit, amount_fen in stored.items() if amount_fen},
    )
    for unit, balance in book.balance.items():
        if balance < stored.get(unit, 0):
            problems.append(Problem("available", book.unit_codes.get(unit), ">= 0", balance))


def _check_invariants(book: FundBook, derived: Derived, problems: list[Problem]) -> None:
    """INV 2 and 3 of the catalogue, in signed amounts: debit positive, credit negative."""
    by_kind: dict[str, int] = defaultdict(int)
    pools = 0
    for account in book.accounts():
        total = derived.totals.get(account.code, 0)
        by_kind[account.kind] += total
        if not account.by_unit and account.kind in ("net_asset", "income", "expense"):
            pools -= total
    fund = -(by_kind["net_asset"] + by_kind["income"] + by_kind["expense"])
    if sum(book.balance.values()) + pools != fund:
        found = sum(book.balance.values()) + pools
        problems.append(Problem("INV 2: units and pools = fund", "book", fund, found))
    if by_kind["asset"] != -by_kind["liability"] + fund:
        expected = -by_kind["liability"] + fund
        problems.append(
            Problem("INV 3: assets = liabilities + fund", "book", expected, by_kind["asset"])
        )
    _compare(problems, "totals", {a: t for a, t in derived.totals.items() if t}, _totals(book))


def _totals(book: FundBook) -> dict[int, int]:
    return {account: total for account, total in book.totals().items() if total}


def _compare(problems: list[Problem], check: str, expected: dict, found: dict) -> None:
    problems.extend(
        Problem(check, key, expected.get(key), found.get(key))
        for key in expected.keys() | found.keys()
        if expected.get(key) != found.get(key)
    )
