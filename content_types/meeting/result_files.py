"""Result files (结果文件): PDF to sign and seal, XLSX and CSV to work with."""

from __future__ import annotations

import csv
import io
import json
import threading
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst
import xlsxwriter

from portal.layout import Layout

TEMPLATE = Path(__file__).with_name("result.typ")
# The compiler keeps the fonts and refuses a second thread.
_ONE_AT_A_TIME = threading.Lock()
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Rows = list[list[str]]


def safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def result_rows(shown: dict[str, Any], layout: Layout) -> Rows:
    """Return the result table: one line per option and measure, numbers beside denominators."""
    say = layout.translate
    head = ("motion", "option", "heads", "heads_share", "area", "area_share", "outcome", "clause")
    rows = [[say(f"result.column.{name}") for name in head]]
    for motion in shown["motions"]:
        rows += [
            [
                motion["title"],
                option["label"],
                option["heads"],
                f"{option['heads_percent']}%",
                option["area"],
                f"{option['area_percent']}%",
                motion["verdict"],
                motion["clause"],
            ]
            for option in motion["options"]
        ]
    return rows


def check_rows(shown: dict[str, Any], layout: Layout) -> Rows:
    """Return every comparison that decided, with numerator, denominator and clause."""
    say = layout.translate
    head = ("motion", "option", "check", "numerator", "denominator", "share", "needed", "met")
    rows = [[*(say(f"result.column.{name}") for name in head), say("result.column.clause")]]
    for motion in shown["motions"]:
        for label, check in _checks(motion):
            row = [motion["title"], label, check["label"], check["numerator"]]
            row += [check["denominator"], f"{check['percent']}%", check["needed"], check["word"]]
            rows.append([*row, check["clause"]])
    return rows


def frame_rows(shown: dict[str, Any], layout: Layout) -> Rows:
    """Return what the result stands on: totals, participation, channels, rules, digest."""
    say = layout.translate
    rows = [
        [say("result.community"), shown["community"]],
        [say("result.meeting"), shown["title"]],
        *[list(pair) for pair in shown["totals"]],
    ]
    if shown["standing"]:
        rows.append([say("standing.title"), shown["standing"]])
    rows += [
        [row["label"], f"{row['numerator']} / {row['denominator']}", f"{row['percent']}%"]
        for row in shown["participation"]
    ]
    rows += [
        [
            row["name"],
            say("result.ballots", number=row["ballots"]),
            say("result.ballots_counted", number=row["counted"]),
            row["heads"],
            row["area"],
        ]
        for row in shown["channels"]
    ]
    rows += [
        [say("result.excluded_ballot", index=row["index"]), row["reason"], row["clause"]]
        for row in shown["excluded"]
    ]
    return [
        *rows,
        [say("meeting.rules"), shown["profile"]],
        [say("result.counted_at"), shown["counted_at"]],
        [say("result.digest"), shown["digest"]],
        *[[say("result.word.head"), line] for line in shown["head"]],
    ]


def csv_file(shown: dict[str, Any], layout: Layout) -> bytes:
    """Return the result as CSV in UTF-8 with its mark, safe against formulas."""
    out = io.StringIO()
    writer = csv.writer(out)
    tables = (frame_rows(shown, layout), result_rows(shown, layout), check_rows(shown, layout))
    for number, rows in enumerate(tables):
        if number:
            writer.writerow([])
        writer.writerows([[safe(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def xlsx_file(tables: list[tuple[str, Rows]], made_at: datetime) -> bytes:
    """Return a workbook with one sheet per table; cells are always text, never formulas."""
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        # Equal input gives equal bytes.
        book.set_properties({"created": made_at.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "bottom": 1})
        for name, rows in tables:
            sheet = book.add_worksheet(name[:31])
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write_string(at, column, cell, bold if at == 0 else None)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    return out.getvalue()


def pdf_file(shown: dict[str, Any], layout: Layout, address: str) -> bytes:
    """Return the result as a document with places for seal and signatures."""
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", border=1, xmldecl=False)
    data = {"result": shown, "words": _words(layout), "address": address}
    inputs = {
        "data": json.dumps(data, ensure_ascii=False),
        "qr": picture.getvalue().decode("utf-8"),
    }
    return typeset(TEMPLATE, inputs)


def typeset(template: Path, inputs: dict[str, str]) -> bytes:
    """Return the PDF that a template makes of its inputs; equal inputs give equal bytes."""
    with _ONE_AT_A_TIME:
        made = _compiler().compile(
            template.read_bytes(), format="pdf", sys_inputs=inputs, timestamp=0
        )
    return bytes(made)


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler()


def _words(layout: Layout) -> dict[str, str]:
    names = (
        *("title", "counted_at", "digest", "participation", "channels", "options", "grounds"),
        *("outcome", "signature", "seal", "date", "convenor", "scrutineer", "ranking", "version"),
        *("community", "scan", "head", "meeting", "excluded", "effect"),
    )
    words = {name: layout.translate(f"result.word.{name}") for name in names}
    columns = (
        *("option", "heads", "heads_share", "area", "area_share", "check", "numerator"),
        *(
            "denominator",
            "share",
            "needed",
            "met",
            "clause",
            "rank",
            "status",
            "channel",
            "ballots",
        ),
    )
    return words | {f"c_{name}": layout.translate(f"result.column.{name}") for name in columns}


def _checks(motion: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = [("", check) for check in motion["checks"]]
    for standing in motion["standings"]:
        found += [(standing["label"], check) for check in standing["checks"]]
    return found
