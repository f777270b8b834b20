"""Checks of an XLSX package before a reader unpacks it (压缩炸弹防护)."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from portal.errors import PortalError

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PARTS = 2_000
MAX_ROWS = 100_000
MAX_COLUMNS = 104

_CHUNK = 1 << 18
_LOCAL_HEADER = struct.Struct("<26xHH")
# A reader allocates the whole rectangle between the first and the last cell. Two cells far
# apart would cost gigabytes, so a cell beyond column CZ or row 199,999 is refused unread.
_FAR_CELL = re.compile(
    rb"\br\s*=\s*[\"']\s*(?:(?:[A-Z]{3,}|[D-Z][A-Z])\d+|[A-Z]+(?:[2-9]\d{5}|\d{7,}))\s*[\"']",
    re.IGNORECASE,
)


def check_package(data: bytes) -> None:
    """Refuse a package that is no workbook, or would unpack to more than the limits.

    The sizes a package states about itself are not believed: every part is unpacked piece by
    piece and counted. Raises PortalError.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, struct.error, UnicodeDecodeError, NotImplementedError) as error:
        raise PortalError("register.file.damaged", field="file") from error
    parts = package.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise PortalError("register.file.wrong_type", field="file")
    if len(parts) > MAX_PARTS:
        raise PortalError("register.file.too_many_parts", field="file", limit=MAX_PARTS)
    left = MAX_UNPACKED_BYTES
    for part in parts:
        left -= _unpacked_size(data, part, left)


def _unpacked_size(data: bytes, part: zipfile.ZipInfo, left: int) -> int:
    """Count the bytes of one part and look for cells far away."""
    if part.flag_bits & 0x1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise PortalError("register.file.wrong_type", field="file")
    try:
        name_length, extra_length = _LOCAL_HEADER.unpack_from(data, part.header_offset)
    except struct.error as error:
        raise PortalError("register.file.damaged", field="file") from error
    start = part.header_offset + 30 + name_length + extra_length
    packed = memoryview(data)[start : start + part.compress_size]
    is_sheet = part.filename.lower().startswith("xl/worksheets/")
    size = 0
    tail = b""
    for piece in _pieces(packed, part.compress_type):
        size += len(piece)
        if size > left:
            limit = MAX_UNPACKED_BYTES // 2**20
            raise PortalError("register.file.unpacks_too_large", field="file", limit=limit)
        if is_sheet:
            if _FAR_CELL.search(tail + piece):
                raise PortalError(
                    "register.file.too_wide_or_long",
                    field="file",
                    rows=MAX_ROWS,
                    columns=MAX_COLUMNS,
                )
            tail = piece[-64:]
    return size


def _pieces(packed: memoryview, method: int) -> Iterator[bytes]:
    """Yield the content of a part in pieces of bounded size."""
    if method == zipfile.ZIP_STORED:
        for start in range(0, len(packed), _CHUNK):
            yield bytes(packed[start : start + _CHUNK])
        return
    inflater = zlib.decompressobj(-15)
    waiting: bytes | memoryview = packed
    try:
        while waiting and not inflater.eof:
            piece = inflater.decompress(waiting, _CHUNK)
            waiting = inflater.unconsumed_tail
            if not piece and not waiting:
                break
            yield piece
    except zlib.error as error:
        raise PortalError("register.file.damaged", field="file") from error
