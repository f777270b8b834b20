"""Fund book (资金账簿): an append-only double-entry book with a sub-account per unit.

This module holds the stored structure and everything that reads it; `posting` is the only module
that writes it. Amounts are integer 分 and signed: debit positive, credit negative.
"""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import NamedTuple

import yaml
from BTrees.IIBTree import IIBTree
from BTrees.LLBTree import LLBTree
from BTrees.LOBTree import LOBTree
from BTrees.OLBTree import OLBTree
from BTrees.OOBTree import OOBTree
from persistent import Persistent

UNIT_SHIFT = 36
"""A key of `by_unit` is `unit << UNIT_SHIFT | seq`, so that one unit's entries are neighbours."""

LARGE_VOUCHER_LINES = 50
"""Vouchers with more lines get a record of their own.

Inline they would be rewritten with their bucket at every later posting: 58 KB per deposit.
"""


class Account(NamedTuple):
    """One account of the chart; `by_unit` says that its lines move unit sub-accounts."""

    code: int
    name: str
    name_en: str
    kind: str
    by_unit: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One side of an entry before posting; `amount_fen` is positive for debit, negative for credit.

    `unit` is the code of a unit, or empty where the account has no sub-accounts.
    """

    account: int
    amount_fen: int
    value_on: date
    unit: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A voucher that is not posted yet.

    `key` names the business fact (a receipt, a drawdown): the same key posts once.
    `corrects` is the sequence of the voucher that a reversal takes back.
    `release` is the key of the hold that this voucher uses up.
    """

    kind: str
    key: str
    summary: str
    lines: tuple[Line, ...]
    maker: str
    checker: str
    corrects: int = 0
    release: str = ""


class Entry(NamedTuple):
    """One posted line; `unit` is the number of the sub-account or 0, `value_day` an ordinal."""

    account: int
    unit: int
    amount_fen: int
    value_day: int
    document: str


class Voucher(NamedTuple):
    """A posted voucher, as read from the journal; changing it changes nothing in the book."""

    seq: int
    number: str
    kind: str
    key: str
    summary: str
    maker: str
    checker: str
    posted_at: str
    posted_day: int
    corrects: int
    release: str
    entries: tuple[Entry, ...]
    digest: bytes


class Record(Persistent):
    """One immutable tuple in its own database record."""

    value: tuple = ()

    def __init__(self, value: tuple) -> None:
        self.value = value


class FundBook(Persistent):
    """The journal of one accounting entity with its indexes.

    Every balance and index can be derived again from the journal; `verify` does so.
    """

    identity = ""
    edition = ""
    last_seq = 0
    last_posted_day = 0
    head = b""

    def __init__(self, identity: str, edition: str = "2020") -> None:
        self.identity = identity
        self.edition = edition
        self.head = first_digest(identity)
        self.journal = LOBTree()  # seq -> tuple, or Record for a large voucher
        self.by_unit = LLBTree()  # unit << 36 | seq -> change of the sub-account
        self.balance = LLBTree()  # unit -> balance of the sub-account
        self.held = LLBTree()  # unit -> part of the balance that is reserved
        self.holds = OOBTree()  # key -> Record of (unit, amount) pairs
        self.idem = OLBTree()  # key of the business fact -> seq
        self.reversed = LLBTree()  # seq -> seq of its reversal
        self.numbers = IIBTree()  # year * 100 + month -> last number given
        self.snapshots = LOBTree()  # seq -> ((account, total), ...) after that voucher
        self.units = OLBTree()  # unit code -> unit number
        self.unit_codes = LOBTree()  # unit number -> unit code
        self.chart = LOBTree()  # account code -> tuple of Account
        for account in load_chart(edition):
            self.chart[account.code] = tuple(account)

    def account(self, code: int) -> Account | None:
        """Return the account of a code, or None."""
        stored = self.chart.get(code)
        return None if stored is None else Account(*stored)

    def accounts(self) -> list[Account]:
        """Return the chart in the order of the codes."""
        return [Account(*stored) for stored in self.chart.values()]

    def voucher(self, seq: int) -> Voucher:
        """Return a posted voucher; KeyError when there is none."""
        return read_voucher(seq, self.journal[seq])

    def vouchers(self, first: int | None = None, last: int | None = None) -> Iterator[Voucher]:
        """Yield the posted vouchers in the order of posting."""
        for seq, stored in self.journal.items(first, last):
            yield read_voucher(seq, stored)

    def seq_of(self, number: str) -> int | None:
        """Return the sequence of a voucher number, or None; numbers ascend with the journal."""
        seqs = range(1, self.last_seq + 1)
        place = bisect_left(seqs, number, key=lambda seq: self.voucher(seq).number)
        found = place < len(seqs) and self.voucher(seqs[place]).number == number
        return seqs[place] if found else None

    def recent(self, count: int) -> list[Voucher]:
        """Return the last vouchers, the newest first."""
        newest = range(self.last_seq, max(0, self.last_seq - count), -1)
        return [self.voucher(seq) for seq in newest]

    def find(self, key: str) -> Voucher | None:
        """Return the voucher of a business fact, or None when it is not posted."""
        seq = self.idem.get(key)
        return None if seq is None else self.voucher(seq)

    def balance_of(self, code: str) -> int:
        """Return the balance of a unit's sub-account in 分; 0 before the first deposit."""
        unit = self.units.get(code)
        return 0 if unit is None else self.balance.get(unit, 0)

    def held_of(self, code: str) -> int:
        """Return the reserved part of a unit's balance in 分."""
        unit = self.units.get(code)
        return 0 if unit is None else self.held.get(unit, 0)

    def available_of(self, code: str) -> int:
        """Return what a unit may still spend, balance less holds, in 分."""
        return self.balance_of(code) - self.held_of(code)

    def unit_vouchers(self, code: str) -> Iterator[Voucher]:
        """Yield the vouchers that moved a unit's sub-account, oldest first."""
        unit = self.units.get(code)
        if unit is None:
            return
        for key in self.by_unit.keys(unit << UNIT_SHIFT, (unit + 1) << UNIT_SHIFT, False, True):
            yield self.voucher(key & ((1 << UNIT_SHIFT) - 1))

    def totals(self) -> dict[int, int]:
        """Return the signed total of every account in 分, from the last snapshot onward."""
        totals = dict.fromkeys(self.chart, 0)
        start = 0
        if self.snapshots:
            start = self.snapshots.maxKey()
            totals.update(self.snapshots[start])
        for voucher in self.vouchers(start + 1):
            for entry in voucher.entries:
                totals[entry.account] += entry.amount_fen
        return totals

    def fund_total(self) -> int:
        """Return the sum of all unit sub-accounts in 分."""
        return sum(self.balance.values())


def load_chart(edition: str) -> list[Account]:
    """Read an edition of the chart of accounts from its data file."""
    source = files("yitang_funds").joinpath(f"chart-{edition}.yaml").read_text("utf-8")
    return [
        Account(code, row["name"], row["name_en"], row["class"], row["unit"])
        for code, row in sorted(yaml.safe_load(source)["accounts"].items())
    ]


def read_voucher(seq: int, stored: tuple | Record) -> Voucher:
    """Turn a stored journal value into a voucher."""
    value = stored.value if isinstance(stored, Record) else stored
    *head, entries, digest = value
    return Voucher(seq, *head, tuple(Entry(*entry) for entry in entries), digest)


def first_digest(identity: str) -> bytes:
    """Return the digest that the first voucher of a book is chained to."""
    return hashlib.sha256(f"fund book {identity}".encode()).digest()


def voucher_digest(book: FundBook, previous: bytes, voucher: Voucher) -> bytes:
    """Chain a voucher to the previous digest.

    Unit codes are hashed, not their numbers, so that renaming a sub-account is found as well.
    """
    lines = [
        [account, book.unit_codes[unit] if unit else "", amount_fen, value_day, document]
        for account, unit, amount_fen, value_day, document in voucher.entries
    ]
    content = json.dumps([*voucher[:-2], lines], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + content.encode()).digest()
