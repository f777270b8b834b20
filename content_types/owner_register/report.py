"""The findings of an import as files people can open (核对意见表)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

# A cell that starts so would be run as a formula by a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_csv(lines: Iterable[Sequence[Any]]) -> bytes:
    """Return lines as CSV that Chinese Excel opens rightly (UTF-8 with its mark)."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([safe(cell) for cell in line] for line in lines)
    return out.getvalue().encode("utf-8-sig")


def as_workbook(lines: Iterable[Sequence[Any]]) -> bytes:
    """Return lines as a workbook, every text cell a plain text."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 3, 16)
        sheet.set_column(4, 5, 48)
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, [safe(cell) for cell in line])
    return out.getvalue()
