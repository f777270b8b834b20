"""Small helpers of the fund's pages (页面工具): size of a page, files and masked places."""

import re

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response

from portal.files import disposition
from yitang_funds.tables import WRITERS, Table

TEMPLATES = "yitang_funds:skins/funds"
BATCH = 50


def download(table: Table, format_name: str, filename: str) -> Response:
    """Answer with a table as a file; an unknown format is not found."""
    if format_name not in WRITERS:
        raise HTTPNotFound
    writer, media_type = WRITERS[format_name]
    response = Response(body=writer(table), content_type=media_type.split(";")[0])
    response.headers["Content-Disposition"] = disposition(f"{filename}.{format_name}")
    return response


def masked(label: str) -> str:
    """Return a unit's place with the number of the room covered: 1栋1单元***."""
    return re.sub(r"[0-9A-Za-z]+(室)?$", "***", label)
