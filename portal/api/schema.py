"""Words for schemas (数据格式): what an operation takes and answers, as JSON Schema 2020-12.

The same objects check a request and stand in the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]

FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
# The name of a place in an address; opaque to clients.
NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 80,
    "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
}
# Every text of a request: no control characters (portal.edge refuses them anyway).
CLEAN = r"^[^\u0000-\u0008\u000e-\u001f\u007f]*$"
PAGE: Schema = {"type": "integer", "minimum": 1, "maximum": 100_000}


def text(longest: int = 0, **more: Any) -> Schema:
    """Return the schema of a text; requests always say the longest."""
    limits = {"maxLength": longest, "pattern": CLEAN} if longest else {}
    return {"type": "string", **limits, **more}


def one_of(values: Iterable[str]) -> Schema:
    """Return the schema of a text out of a list."""
    return {"type": "string", "enum": list(values)}


def whole(least: int = 0, **more: Any) -> Schema:
    """Return the schema of a whole number."""
    return {"type": "integer", "minimum": least, **more}


def maybe(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def array(items: Schema, longest: int = 0) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **({"maxItems": longest} if longest else {})}


def record(fields: dict[str, Schema], optional: Iterable[str] = ()) -> Schema:
    """Return the schema of an object that has exactly these fields."""
    left_out = set(optional)
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in left_out],
        "additionalProperties": False,
    }


def personal(schema: Schema) -> Schema:
    """Mark a field as a person's own; only operations about oneself may answer with it."""
    return schema | {"x-data-class": "personal"}


def listing(items: Schema) -> Schema:
    """Return the schema of one page of a list."""
    return record(
        {"items": array(items), "page": whole(1), "pages": whole(1), "total": whole()},
    )


def problem() -> Schema:
    """Return the schema of a refusal (RFC 9457) with the clause and the field at fault."""
    fields = {
        "type": text(),
        "title": text(),
        "status": whole(400),
        "detail": text(),
        "clause": text(),
        "field": text(),
        "reference": text(),
        "code": text(),
    }
    return record(fields, optional=("clause", "field", "reference", "code"))
