"""Import of deposits (交存导入): read a sheet, list what is wrong, book all rows or none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from content_types.owner_register import normalise
from portal.clock import local
from portal.errors import PortalError
from portal.rules.errors import RuleError
from portal.rules.money import parse_amount
from yitang_funds.book import FundBook, Voucher
from yitang_funds.posting import open_unit, post
from yitang_funds.scope import UnitKey, unit_key
from yitang_funds.sheet import cell_text, digits_lost, read_rows, records
from yitang_funds.templates import build

BUILDING, ENTRANCE, ROOM = "楼栋", "单元", "房号"
AMOUNT, DAY, RECEIPT = "交存金额", "交存日期", "票据号"
COLUMNS = (BUILDING, ENTRANCE, ROOM, AMOUNT, DAY, RECEIPT)

_TOTAL_WORDS = ("合计", "总计", "小计")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong in one cell: `rule` names the message, its advice is `rule + ".advice"`.

    A finding that is not `refused` was put right or needs a look; it does not stop the import.
    """

    row: int
    column: str
    value: str
    rule: str
    refused: bool = True
    other_row: int = 0


@dataclass(frozen=True, slots=True)
class Deposit:
    """One row that can be booked; `known` when its receipt is booked already."""

    row: int
    unit: str
    amount_fen: int
    value_on: date
    receipt: str
    known: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What booking a sheet would do."""

    deposits: tuple[Deposit, ...]
    findings: tuple[Finding, ...]

    @property
    def new(self) -> tuple[Deposit, ...]:
        """Return the rows that are not booked yet."""
        return tuple(deposit for deposit in self.deposits if not deposit.known)

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Return the findings that stop the import."""
        return tuple(finding for finding in self.findings if finding.refused)

    @property
    def total_fen(self) -> int:
        """Return the sum of the rows that are not booked yet, in 分."""
        return sum(deposit.amount_fen for deposit in self.new)


def preview(
    book: FundBook, data: bytes, filename: str, units: Mapping[UnitKey, str], now: datetime
) -> Preview:
    """Read a sheet and say what would be booked and what is wrong; changes nothing.

    `units` maps the place of every unit in the register to its code. Raises PortalError when the
    file is no sheet with the columns 楼栋 单元 房号 交存金额 交存日期 票据号 (MF-5.2.1-2.b).
    """
    reader = _Reader(book, units, local(now).date())
    for number, cells in records(read_rows(data, filename), COLUMNS):
        reader.read(number, cells)
    if not reader.deposits and not reader.findings:
        raise PortalError("funds.error.sheet_empty", clause="MF-5.2.1-2.b", field="file")
    return Preview(tuple(reader.deposits), tuple(reader.findings))


def book_deposits(
    book: FundBook, sheet: Preview, maker: str, checker: str, now: datetime
) -> list[Voucher]:
    """Book every new row of a sheet with a voucher each, or none; return the new vouchers.

    Raises PortalError when a row is refused. Booked receipts are left as they are, so that the
    same sheet books once (MF-5.2.1-2.b).
    """
    if sheet.refused:
        raise PortalError(
            "funds.error.sheet_refused", clause="MF-5.2.1-2.b", count=len(sheet.refused)
        )
    for deposit in sheet.new:
        open_unit(book, deposit.unit)
    return [
        post(
            book,
            build(
                "deposit",
                key=receipt_key(deposit.receipt),
                summary="交存",
                shares=[(deposit.unit, deposit.amount_fen)],
                value_on=deposit.value_on,
                maker=maker,
                checker=checker,
                document=deposit.receipt,
            ),
            now,
        )
        for deposit in sheet.new
    ]


def receipt_key(receipt: str) -> str:
    """Return the idempotency key of a receipt."""
    return f"receipt:{receipt}"


class _Reader:
    """Checks row after row; knows what earlier rows of the sheet said."""

    def __init__(self, book: FundBook, units: Mapping[UnitKey, str], today: date) -> None:
        self.book = book
        self.units = units
        self.today = today
        self.deposits: list[Deposit] = []
        self.findings: list[Finding] = []
        self.receipts: dict[str, int] = {}
        self.payments: dict[tuple[str, int, date], int] = {}

    def read(self, row: int, cells: dict[str, Any]) -> None:
        """Turn one row into a deposit or into findings; empty rows count as nothing."""
        texts = {column: cell_text(cell) for column, cell in cells.items()}
        if not any(texts.values()):
            return
        if any(text.startswith(_TOTAL_WORDS) for text in texts.values()):
            self._check_total(row, texts)
            return
        unit = self._unit(row, texts)
        amount_fen = self._amount(row, texts)
        value_on = self._day(row, cells, texts)
        receipt = self._receipt(row, cells, texts)
        if not unit or not amount_fen or value_on is None or not receipt:
            return
        known = self._known(row, unit, amount_fen, value_on, receipt)
        if known is None:
            return
        first = self.payments.setdefault((unit, amount_fen, value_on), row)
        if first != row:
            place = " ".join(filter(None, (texts[c] for c in (BUILDING, ENTRANCE, ROOM))))
            self._find(row, ROOM, place, "payment_looks_double", refused=False, other_row=first)
        self.deposits.append(Deposit(row, unit, amount_fen, value_on, receipt, known))

    def _find(self, row: int, column: str, value: str, rule: str, **more: Any) -> None:
        self.findings.append(Finding(row, column, value, f"funds.finding.{rule}", **more))

    def _unit(self, row: int, texts: dict[str, str]) -> str:
        for column in (BUILDING, ROOM):
            if not texts[column]:
                self._find(row, column, "", "place_missing")
                return ""
        places = [texts[column] for column in (BUILDING, ENTRANCE, ROOM)]
        try:
            code = self.units.get(unit_key(*places), "")
        except normalise.Unreadable:
            code = ""
        if not code:
            self._find(row, ROOM, " ".join(filter(None, places)), "unit_unknown")
        return code

    def _amount(self, row: int, texts: dict[str, str]) -> int:
        text = texts[AMOUNT]
        try:
            amount_fen = parse_amount(text)
        except RuleError as error:
            self._find(row, AMOUNT, text, error.message_id.removeprefix("rules.").replace(".", "_"))
            return 0
        if amount_fen <= 0:
            self._find(row, AMOUNT, text, "amount_not_positive")
            return 0
        return amount_fen

    def _day(self, row: int, cells: dict[str, Any], texts: dict[str, str]) -> date | None:
        try:
            day = normalise.day(cells[DAY])[0]
        except normalise.Unreadable:
            self._find(row, DAY, texts[DAY], "day_malformed")
            return None
        if day is None:
            self._find(row, DAY, "", "day_missing")
        elif day > self.today:
            self._find(row, DAY, texts[DAY], "day_ahead")
            return None
        return day

    def _receipt(self, row: int, cells: dict[str, Any], texts: dict[str, str]) -> str:
        receipt = "".join(texts[RECEIPT].split())
        if not receipt:
            self._find(row, RECEIPT, "", "receipt_missing")
        elif digits_lost(cells[RECEIPT]):
            self._find(row, RECEIPT, receipt, "receipt_digits_lost")
            return ""
        return receipt

    def _known(
        self, row: int, unit: str, amount_fen: int, value_on: date, receipt: str
    ) -> bool | None:
        """Say whether a receipt is booked with the same content; None when it says otherwise."""
        first = self.receipts.setdefault(receipt, row)
        if first != row:
            self._find(row, RECEIPT, receipt, "receipt_twice", other_row=first)
            return None
        voucher = self.book.find(receipt_key(receipt))
        if voucher is None:
            return False
        if voucher.seq in self.book.reversed:
            self._find(row, RECEIPT, receipt, "receipt_reversed")
            return None
        # The credit line of a deposit names the unit.
        entry = voucher.entries[-1]
        booked = (self.book.unit_codes[entry.unit], -entry.amount_fen, entry.value_day)
        if booked != (unit, amount_fen, value_on.toordinal()):
            self._find(row, RECEIPT, receipt, "receipt_booked_differently")
            return None
        return True

    def _check_total(self, row: int, texts: dict[str, str]) -> None:
        """A total row is no deposit, but what it says has to be true."""
        if not texts[AMOUNT] or self.findings:
            return
        try:
            total_fen = parse_amount(texts[AMOUNT])
        except RuleError:
            self._find(row, AMOUNT, texts[AMOUNT], "total_differs")
            return
        if total_fen != sum(deposit.amount_fen for deposit in self.deposits):
            self._find(row, AMOUNT, texts[AMOUNT], "total_differs")
