"""A sheet to download (CSV 下载): every row, however many, and no cell a formula."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

from pyramid.response import FileIter, Response

from portal.audit_export import safe_cell
from portal.files import disposition

IN_MEMORY = 2**20  # bytes; more than this waits on the disk


def csv_answer(rows: Iterable[Iterable[Any]], filename: str) -> Response:
    """Return rows as a file that sheet programs read as UTF-8.

    The rows are asked for now, one by one: the database is closed while an answer is sent.
    """
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the answer closes it once it is sent
    writer = csv.writer(codecs.getwriter("utf-8-sig")(file))
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    size = file.tell()
    file.seek(0)
    response = Response(app_iter=FileIter(file), content_type="text/csv", charset="utf-8")
    response.content_length = size
    response.headers["Content-Disposition"] = disposition(filename)
    return response
