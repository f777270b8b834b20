"""The audit log as a sheet (审计导出)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any, TextIO

from portal.audit_log import canonical

COLUMNS = (
    *("index", "at", "actor", "role", "action", "path", "oid"),
    *("before", "after", "detail", "request", "digest"),
)
# A sheet program runs a cell that starts like this as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_csv(entries: Iterable[dict[str, Any]], file: TextIO) -> int:
    """Write entries as CSV, no cell a formula; return how many. Open the file with newline=''."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    number = 0
    for entry in entries:
        detail = canonical(entry["detail"]).decode() if entry["detail"] else ""
        writer.writerow([safe_cell({**entry, "detail": detail}[name]) for name in COLUMNS])
        number += 1
    return number


def safe_cell(value: Any) -> Any:
    """Return a cell that no sheet program takes for a formula."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return "'" + value
    return "" if value is None else value
