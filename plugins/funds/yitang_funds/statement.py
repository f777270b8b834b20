"""Statement of a unit (分户对账单): opening balance, entries and closing balance, exact."""

from dataclasses import dataclass
from datetime import date

from yitang_funds.book import FundBook


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One entry of a unit; a reversal has a negative amount in the column of what it takes back."""

    seq: int
    number: str
    kind: str
    summary: str
    document: str
    posted_on: date
    value_on: date
    in_fen: int
    out_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class UnitStatement:
    """A unit's sub-account from one day to another, both included, by day of posting."""

    unit: str
    start: date
    end: date
    opening_fen: int
    rows: tuple[StatementRow, ...]
    closing_fen: int
    balance_fen: int
    held_fen: int

    @property
    def in_fen(self) -> int:
        """Return the sum of what came in."""
        return sum(row.in_fen for row in self.rows)

    @property
    def out_fen(self) -> int:
        """Return the sum of what went out."""
        return sum(row.out_fen for row in self.rows)

    @property
    def available_fen(self) -> int:
        """Return the present balance less what is reserved."""
        return self.balance_fen - self.held_fen


def unit_statement(book: FundBook, unit: str, start: date, end: date) -> UnitStatement:
    """Return the statement of a unit; a unit without a sub-account has an empty one.

    Opening + in - out = closing, always. Days are local days of posting.
    """
    opening = balance = 0
    number = book.units.get(unit)
    rows = []
    for voucher in book.unit_vouchers(unit):
        if voucher.posted_day > end.toordinal():
            break
        for entry in voucher.entries:
            if entry.unit != number:
                continue
            change = -entry.amount_fen
            balance += change
            if voucher.posted_day < start.toordinal():
                opening = balance
                continue
            # A reversal (红字) shows in the column of its original, with the opposite sign.
            incoming = (change > 0) != bool(voucher.corrects)
            rows.append(
                StatementRow(
                    voucher.seq,
                    voucher.number,
                    voucher.kind,
                    voucher.summary,
                    entry.document,
                    date.fromordinal(voucher.posted_day),
                    date.fromordinal(entry.value_day),
                    change if incoming else 0,
                    0 if incoming else -change,
                    balance,
                )
            )
    return UnitStatement(
        unit, start, end, opening, tuple(rows), balance, book.balance_of(unit), book.held_of(unit)
    )
