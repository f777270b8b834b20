"""Reading of a sheet (电子表格): cells of an XLSX or CSV file as text, dates and nothing else."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from content_types.owner_register.workbook_guard import MAX_FILE_BYTES, check_package
from portal.errors import PortalError

EXCEL_DIGITS = 15
"""Excel computes and shows 15 digits; what a stored number has beyond them was never typed."""

_HEADER_SEARCH_ROWS = 10


def read_rows(data: bytes, filename: str) -> list[list[Any]]:
    """Return the rows of the first sheet; raises PortalError when the file is no sheet."""
    if len(data) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 2**20
        raise PortalError("register.file.too_large", field="file", limit=limit)
    if filename.lower().endswith(".csv"):
        try:
            return list(csv.reader(io.StringIO(_decode(data), newline=""), strict=True))
        except csv.Error as error:
            raise PortalError("register.file.damaged", field="file") from error
    check_package(data)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise PortalError("register.file.damaged", field="file") from error


def records(
    rows: list[list[Any]], columns: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row number as in the file, cells by column) after the row of the headings.

    Raises PortalError naming the columns that are missing.
    """
    best: set[str] = set()
    for index, row in enumerate(rows[:_HEADER_SEARCH_ROWS]):
        headings = [cell_text(cell) for cell in row]
        found = set(columns) & set(headings)
        if len(found) == len(columns):
            places = {column: headings.index(column) for column in columns}
            for number, cells in enumerate(rows[index + 1 :], start=index + 2):
                yield (
                    number,
                    {
                        column: cells[place] if place < len(cells) else ""
                        for column, place in places.items()
                    },
                )
            return
        best = max(best, found, key=len)
    missing = "、".join(column for column in columns if column not in best)
    raise PortalError("funds.error.columns_missing", field="file", columns=missing)


def cell_text(cell: Any) -> str:
    """Return a cell as normalised text; number cells with the digits that Excel shows."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        # Text, not arithmetic: the money and area parsers take it from here.
        whole = f"{cell:.0f}" if cell.is_integer() else ""
        return whole or f"{cell:.{EXCEL_DIGITS}g}"
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    return unicodedata.normalize("NFKC", str(cell)).strip()


def digits_lost(cell: Any) -> bool:
    """Say whether a number cell has more digits than a sheet keeps, so that the last are wrong."""
    return isinstance(cell, float) and abs(cell) >= 10**EXCEL_DIGITS


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PortalError("register.file.damaged", field="file")
