"""Which types of content there are (类型登记): filled by `portal.content.content_type`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.errors import PortalError

TYPES: dict[str, Any] = {}


def type_named(name: str) -> Any:
    """Return the class of a content type; raises PortalError 404 for an unknown name."""
    try:
        return TYPES[name]
    except KeyError:
        raise PortalError("content.unknown_type", status=404, type=name) from None


def addable_types(container: Any) -> Iterator[Any]:
    """Yield the types that may be put into a container."""
    keys = {container.content_type_name, getattr(container, "section_name", "")} - {""}
    yield from (cls for cls in TYPES.values() if keys & cls.addable_to)
