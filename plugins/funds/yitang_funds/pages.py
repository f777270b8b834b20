"""Small helpers of the fund's pages (页面工具): batches of rows, files and masked places."""

import re
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response

from portal.files import disposition
from yitang_funds.tables import WRITERS, Table

TEMPLATES = "yitang_funds:skins/funds"
BATCH = 50


def batch(context: Any, request: Any, total: int, size: int = BATCH) -> dict[str, Any]:
    """Return the page that is asked for, as the `pages` macro takes it, with start and end."""
    pages = max(1, -(-total // size))
    asked = request.GET.get("page", "1")
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < len("1000000") else 1
    page = min(max(page, 1), pages)

    def url(number: int) -> str:
        query = {**request.GET, "page": str(number)}
        return request.resource_path(context, request.view_name, *request.subpath, query=query)

    near = [n for n in range(1, pages + 1) if n in (1, pages) or abs(n - page) <= 1]
    links: list[tuple[str, str | None, bool]] = []
    for before, number in zip([0, *near], near, strict=False):
        if number - before > 1:
            links.append(("…", None, False))
        links.append((str(number), url(number), number == page))
    return {
        "page": page,
        "pages": pages,
        "total": total,
        "previous_url": url(page - 1) if page > 1 else None,
        "next_url": url(page + 1) if page < pages else None,
        "links": links,
        "start": (page - 1) * size,
        "end": min(page * size, total),
    }


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
