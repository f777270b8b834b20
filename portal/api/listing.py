"""What every operation answers with (序列化): pages of lists, times, public fields, places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from portal import catalog
from portal.errors import ConfigurationError, NotFoundError
from portal.i18n import message
from portal.paging import SIZE
from portal.security import Permission, permits


def time(instant: datetime | None) -> str | None:
    """Return an instant as RFC 3339 in UTC."""
    if instant is None:
        return None
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")


def paged(given: dict[str, Any], total: int, items: list[Any]) -> dict[str, Any]:
    """Return the page that was asked for; a page after the last one is empty."""
    return {
        "items": items,
        "page": given.get("page", 1),
        "pages": max(1, -(-total // SIZE)),
        "total": total,
    }


def found(
    request: Any, given: dict[str, Any], show: Callable[[Any], dict[str, Any]], **wanted: Any
) -> dict[str, Any]:
    """Return a page of what the catalogue holds and the caller may see."""
    number = given.get("page", 1)
    results = catalog.find(request, start=(number - 1) * SIZE, limit=SIZE, **wanted)
    return paged(given, results.total, [show(one) for one in results])


def newest_first(items: Iterable[Any]) -> list[Any]:
    """Return objects in the order a list shows them; those of one instant by their names."""
    return sorted(items, key=lambda one: (one.created_at, one.__name__), reverse=True)


def fields(item: Any, *names: str) -> dict[str, Any]:
    """Return fields that everybody who sees the object may read.

    Raises ConfigurationError for a field whose data class is not public.
    """
    classes = {node.name: node.data_class for node in item.schema().children}
    closed = [name for name in names if classes.get(name) != "public"]
    if closed:
        raise ConfigurationError(f"{item.content_type_name}: {closed} are no public fields.")
    return {name: getattr(item, name) for name in names}


def place(request: Any, start: Any, *names: str) -> Any:
    """Return the object at the end of a path of which the caller may see every part.

    Raises NotFoundError alike for what does not exist and what is hidden.
    """
    item = start
    for name in names:
        item = item.get(name) if hasattr(item, "get") else None
        if item is None or not permits(item, Permission.VIEW, request.principals):
            raise NotFoundError("error.404_detail")
    return item


def text_of(request: Any, message_id: str, **values: Any) -> str:
    """Return a message in the language of the request."""
    return str(request.localizer.translate(message(message_id, **values)))
