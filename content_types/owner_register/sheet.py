"""Reading a register from an XLSX or CSV file into rows numbered as Excel shows them (读表)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from content_types.owner_register.columns import BY_KEY, COLUMNS, INDEX, recognise
from content_types.owner_register.workbook_guard import MAX_FILE_BYTES, MAX_ROWS, check_package
from portal.errors import PortalError

# The heading is looked for under titles and notes, but not deeper than this.
HEADER_SEARCH_ROWS = 20
# Fewer known headings than this and a row is text, not a heading.
HEADER_MIN_KNOWN = 3

_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_UNIT_COLUMNS = ("project", "building", "entrance", "room", "floor", "use", "exclusive_area")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line: its number as Excel shows it and its cells in the order of COLUMNS."""

    number: int
    cells: tuple[Any, ...]

    def __getitem__(self, key: str) -> Any:
        """Return the raw cell of a column; a column the file lacks reads as empty."""
        return self.cells[INDEX[key]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows under the heading; ``columns`` are those found, ``unknown`` the headings not."""

    name: str
    header_row: int
    columns: tuple[str, ...]
    unknown: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(data: bytes) -> Sheet:
    """Read the register out of the bytes of an XLSX or CSV file.

    The type is told from the content, never from the file's name. Raises PortalError.
    """
    if not data.strip():
        raise PortalError("register.file.empty", field="file")
    if len(data) > MAX_FILE_BYTES:
        raise PortalError("register.file.too_large", field="file", limit=MAX_FILE_BYTES // 2**20)
    if data.startswith(_ZIP_MAGIC):
        return _read_workbook(data)
    if data.startswith(_OLE_MAGIC):
        # The old .xls format and workbooks under a password share this container.
        raise PortalError("register.file.old_or_locked", field="file")
    return _pick([("CSV", _read_csv(data), ())])


def _read_workbook(data: bytes) -> Sheet:
    check_package(data)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        tables = [
            _table(workbook, meta.name)
            for meta in workbook.sheets_metadata
            if meta.visible == SheetVisibleEnum.Visible
        ]
    except CalamineError as error:
        raise PortalError("register.file.damaged", field="file") from error
    return _pick(tables)


def _table(workbook: CalamineWorkbook, name: str) -> tuple[str, list[list[Any]], Any]:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.end is not None and sheet.end[0] >= MAX_ROWS + HEADER_SEARCH_ROWS:
        raise PortalError("register.file.too_many_rows", field="file", limit=MAX_ROWS)
    # skip_empty_area=False keeps leading empty lines, so that numbers match what Excel shows.
    return name, sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or ()


def _read_csv(data: bytes) -> list[list[Any]]:
    text = _decode(data)
    first = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    lines: list[list[Any]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            lines.append(line)
            if len(lines) > MAX_ROWS + HEADER_SEARCH_ROWS:
                raise PortalError("register.file.too_many_rows", field="file", limit=MAX_ROWS)
    except csv.Error as error:
        raise PortalError("register.file.damaged", field="file") from error
    return lines


def _decode(data: bytes) -> str:
    """Decode UTF-8, or what Chinese Excel saves as CSV (GB 18030)."""
    if b"\x00" in data:
        raise PortalError("register.file.wrong_type", field="file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PortalError("register.file.wrong_type", field="file")


def _pick(tables: list[tuple[str, list[list[Any]], Any]]) -> Sheet:
    """Take the first sheet with a complete heading; else explain the best one."""
    best: tuple[int, PortalError] = (
        0,
        PortalError(
            "register.sheet.no_heading",
            field="file",
            columns="、".join(_title(column.key) for column in COLUMNS if column.required),
        ),
    )
    for name, lines, merged in tables:
        position, found = _find_heading(lines)
        if not found:
            continue
        missing = [c.key for c in COLUMNS if c.required and c.key not in found]
        if not missing:
            return _build(name, lines, merged, position, found)
        if len(found) > best[0]:
            error = PortalError(
                "register.sheet.missing_columns",
                field="file",
                sheet=name,
                columns="、".join(_title(key) for key in missing),
            )
            best = (len(found), error)
    raise best[1]


def _find_heading(lines: list[list[Any]]) -> tuple[int, dict[str, int]]:
    """Return the line that knows most headings and where each column stands in it."""
    best: tuple[int, dict[str, int]] = (0, {})
    for position, line in enumerate(lines[:HEADER_SEARCH_ROWS]):
        found: dict[str, int] = {}
        twice = ""
        for place, value in enumerate(line):
            key = recognise(value)
            if key and key in found:
                twice = key
            elif key:
                found[key] = place
        if len(found) >= HEADER_MIN_KNOWN and len(found) > len(best[1]):
            if twice:
                raise PortalError("register.sheet.column_twice", field="file", column=_title(twice))
            best = (position, found)
    return best


def _build(
    name: str, lines: list[list[Any]], merged: Any, position: int, found: dict[str, int]
) -> Sheet:
    body = lines[position + 1 :]
    if len(body) > MAX_ROWS:
        raise PortalError("register.file.too_many_rows", field="file", limit=MAX_ROWS)
    _fill_merged(lines, merged, position, {found[key] for key in _UNIT_COLUMNS if key in found})
    places = [found.get(column.key, -1) for column in COLUMNS]
    rows = [
        SheetRow(number, tuple(line[p] if 0 <= p < len(line) else "" for p in places))
        for number, line in enumerate(body, start=position + 2)
    ]
    while rows and not any(str(cell).strip() for cell in rows[-1].cells):
        rows.pop()
    unknown = tuple(
        str(value).strip()
        for value in lines[position]
        if str(value).strip() and not recognise(value)
    )
    columns = tuple(column.key for column in COLUMNS if column.key in found)
    return Sheet(name, position + 1, columns, unknown, tuple(rows))


def _fill_merged(lines: list[list[Any]], merged: Any, position: int, places: set[int]) -> None:
    """Copy a cell merged over several lines into each: co-owners often share one unit cell."""
    for (top, left), (bottom, _right) in merged:
        if top > position and left in places:
            for line in range(top + 1, min(bottom + 1, len(lines))):
                lines[line][left] = lines[top][left]


def _title(key: str) -> str:
    return BY_KEY[key].headings[0]
