"""Pages of a long list (分页)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

SIZE = 20
NEAR = 2


def batch(request: Any, total: int, size: int = SIZE) -> dict[str, Any]:
    """Return the numbers and links of a paged list for the component ``pages``.

    The page comes from the query's ``page``; what is no sound number is page 1.
    """
    pages = max(1, -(-total // max(1, size)))
    page = min(pages, max(1, _number(request.GET.get("page", "1"))))

    def url(number: int) -> str:
        query = {key: value for key, value in request.GET.items() if key != "page"}
        return f"{request.path}?{urlencode(query | {'page': str(number)})}"

    wanted = sorted({1, pages, *range(max(1, page - NEAR), min(pages, page + NEAR) + 1)})
    links: list[tuple[str, str | None, bool]] = []
    for number in wanted:
        if links and number - int(links[-1][0]) > 1:
            links.append((str(number - 1), None, False))
        links.append((str(number), url(number), number == page))
    return {
        "page": page,
        "pages": pages,
        "total": total,
        "start": (page - 1) * size,
        "previous_url": url(page - 1) if page > 1 else None,
        "next_url": url(page + 1) if page < pages else None,
        "links": links,
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
