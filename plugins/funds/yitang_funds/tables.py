"""Lists as files (表格导出): one table written as CSV, XLSX or PDF."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

import typst
import xlsxwriter

from portal.rules.money import format_amount

TEXT, MONEY, DAY = "text", "money", "day"
WIDE_FROM = 7
"""A table with at least so many columns is printed on a wide page."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the kind of its cells: text, money (integer 分) or day."""

    heading: str
    kind: str = TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """What is written: a title, facts above, rows, lines below and places to sign.

    A money cell is integer 分 or None, a day cell a date or None.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    closing: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    footer: str = ""
    lang: str = "zh"


def cell(kind: str, value: Any) -> str:
    """Return a cell as a person reads it."""
    if value is None:
        return ""
    if kind == MONEY:
        return format_amount(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def to_csv(table: Table) -> bytes:
    """Write the rows as CSV in UTF-8 with a mark that office programs know."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([column.heading for column in table.columns])
    for row in table.rows:
        writer.writerow(
            [
                _csv_cell(column.kind, value)
                for column, value in zip(table.columns, row, strict=True)
            ]
        )
    return target.getvalue().encode("utf-8-sig")


def to_xlsx(table: Table) -> bytes:
    """Write the table as a workbook; amounts are numbers, days are dates."""
    target = io.BytesIO()
    # Text stays text: a summary that begins with "=" is no formula.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as workbook:
        page = workbook.add_worksheet(table.title[:31])
        bold = workbook.add_format({"bold": True})
        formats = {
            MONEY: workbook.add_format({"num_format": "#,##0.00"}),
            DAY: workbook.add_format({"num_format": "yyyy-mm-dd"}),
            TEXT: workbook.add_format({"text_wrap": True, "valign": "top"}),
        }
        page.write_string(0, 0, table.title, workbook.add_format({"bold": True, "font_size": 14}))
        line = 1
        for label, value in table.facts:
            page.write_string(line, 0, f"{label}：{value}")
            line += 1
        for place, column in enumerate(table.columns):
            page.write_string(line, place, column.heading, bold)
            page.set_column(place, place, 30 if column.kind == TEXT else 15)
        page.freeze_panes(line + 1, 0)
        for row in table.rows:
            line += 1
            for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                if value is None:
                    continue
                if column.kind == MONEY:
                    page.write_number(line, place, Decimal(value).scaleb(-2), formats[MONEY])
                elif column.kind == DAY:
                    page.write_datetime(line, place, value, formats[DAY])
                else:
                    page.write_string(line, place, str(value), formats[TEXT])
        for number, text in enumerate(table.closing, start=line + 1):
            page.write_string(number, 0, text)
    return target.getvalue()


def to_pdf(table: Table) -> bytes:
    """Write the table as an A4 document with page numbers and places to sign."""
    data = {
        "title": table.title,
        "facts": table.facts,
        "columns": [{"heading": c.heading, "kind": c.kind} for c in table.columns],
        "rows": [
            [cell(column.kind, value) for column, value in zip(table.columns, row, strict=True)]
            for row in table.rows
        ],
        "closing": table.closing,
        "signatures": table.signatures,
        "footer": table.footer,
        "wide": len(table.columns) >= WIDE_FROM,
        "lang": table.lang,
    }
    source = files("yitang_funds").joinpath("skins/funds/table.typ").read_bytes()
    return typst.compile(source, sys_inputs={"data": json.dumps(data, ensure_ascii=False)})


WRITERS: dict[str, tuple[Callable[[Table], bytes], str]] = {
    "csv": (to_csv, "text/csv; charset=utf-8"),
    "xlsx": (to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": (to_pdf, "application/pdf"),
}


def _csv_cell(kind: str, value: Any) -> str:
    if kind == MONEY:
        return "" if value is None else format_amount(value, grouping=False)
    text = cell(kind, value)
    # A spreadsheet would compute text that begins like a formula (CWE-1236).
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
