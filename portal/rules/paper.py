"""Paper ballots (书面选票): serial numbers with a check digit, and sums that must agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from portal.rules.errors import RuleError

DIGITS = 6
_TEN, _NINE = 10, 9


def serial(number: int) -> str:
    """Return the serial number of the ``number``-th ballot, such as ``000017-8``."""
    body = f"{number:0{DIGITS}d}"
    return f"{body}-{_check_digit(body)}"


def read_serial(text: str) -> str:
    """Return the serial number that was typed, with or without blanks, zeros and hyphen.

    RuleError when the check digit does not fit, so that a slip of the finger books nothing.
    """
    digits = "".join(text.split()).replace("-", "")
    well_formed = digits.isascii() and digits.isdigit() and 1 < len(digits) <= DIGITS + 1
    if not well_formed or serial(int(digits[:-1])) != f"{int(digits[:-1]):06d}-{digits[-1]}":
        raise RuleError("paper.serial_wrong", clause="EV-8.1.3", field="serial", serial=text[:40])
    return serial(int(digits[:-1]))


def _check_digit(body: str) -> int:
    """Return the Luhn digit, which finds every wrong digit and nearly every exchanged pair."""
    total = 0
    for place, char in enumerate(reversed(body)):
        value = int(char) * (2 - place % 2)
        total += value - _NINE if value > _NINE else value
    return -total % _TEN


@dataclass(frozen=True)
class PaperNumbers:
    """Every number of a paper round: from the ledger, from the entry, and counted by hand.

    ``stock``, ``spoiled_stock``, ``returned``, ``unreturned`` and ``spoiled`` are states of the
    ledger, ``issued`` counts its issues; ``box_count``, ``stock_count`` and ``spoiled_count``
    are what people counted by hand; ``foreign`` are papers in the box that are no ballots.
    """

    printed: int
    stock: int
    spoiled_stock: int
    issued: int
    returned: int
    unreturned: int
    spoiled: int
    box_count: int
    foreign: int
    stock_count: int
    spoiled_count: int
    valid: int
    invalid: int
    disputed: int


class SumLine(NamedTuple):
    """One equation of the reconciliation sheet: the number, its parts and their sum."""

    key: str
    number: int
    parts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """The sum of the parts."""
        return sum(part for _, part in self.parts)

    @property
    def met(self) -> bool:
        """Whether both sides agree."""
        return self.number == self.total


def reconciliation(numbers: PaperNumbers) -> tuple[SumLine, ...]:
    """Return every equation that must hold before paper ballots are counted (SZ-24.3)."""
    n = numbers
    return (
        SumLine("printed", n.printed, _parts(n, "issued", "stock", "spoiled_stock")),
        SumLine("issued", n.issued, _parts(n, "returned", "unreturned", "spoiled")),
        SumLine("box_count", n.box_count, _parts(n, "returned", "foreign")),
        SumLine("stock_count", n.stock_count, _parts(n, "stock")),
        SumLine("spoiled_count", n.spoiled_count, _parts(n, "spoiled", "spoiled_stock")),
        SumLine("returned", n.returned, _parts(n, "valid", "invalid")),
        SumLine("disputed", n.disputed, ()),
    )


def check_reconciliation(numbers: PaperNumbers) -> tuple[SumLine, ...]:
    """Return the equations; RuleError with both numbers for the first that does not hold."""
    lines = reconciliation(numbers)
    for line in lines:
        if not line.met:
            raise RuleError(
                f"paper.sum.{line.key}",
                clause="EV-8.6.3",
                field=line.key,
                number=line.number,
                total=line.total,
                difference=line.number - line.total,
            )
    return lines


def _parts(numbers: PaperNumbers, *names: str) -> tuple[tuple[str, int], ...]:
    return tuple((name, getattr(numbers, name)) for name in names)
