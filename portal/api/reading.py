"""Reading a request strictly (请求检查): decoded once, then checked against its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from pyramid.httpexceptions import HTTPRequestEntityTooLarge, HTTPUnsupportedMediaType

from portal.api.operations import JSON, Operation
from portal.edge import is_clean
from portal.errors import PortalError

MAX_JSON = 256 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
CHUNK = 1024 * 1024
# Keywords of JSON Schema that have a sentence of their own.
TOLD = frozenset(
    (
        *("type", "required", "additionalProperties", "enum", "pattern", "uniqueItems"),
        *("minLength", "maxLength", "minimum", "maximum"),
        *("minItems", "maxItems", "maxProperties"),
    )
)
LONGEST_NAME = 80


def query(request: Any, operation: Operation) -> dict[str, Any]:
    """Return the checked query; a repeated or unknown name is refused."""
    found: dict[str, Any] = {}
    for name, value in request.GET.items():
        if name in found:
            raise malformed("api.repeated", name)
        found[name] = _typed(value, operation.query.get(name, {}))
    check(found, operation.query_validator)
    return found


def body(request: Any, operation: Operation) -> dict[str, Any]:
    """Return the checked JSON body, or ``{"upload": bytes}`` for an operation that takes a file.

    Raises PortalError 400 for what is no JSON, 422 for what the schema refuses.
    """
    if operation.body is None:
        return {}
    if request.content_type != operation.takes:
        raise HTTPUnsupportedMediaType
    if operation.takes != JSON:
        return {"upload": _bytes(request, MAX_UPLOAD)}
    data = parse(_bytes(request, MAX_JSON))
    check(data, operation.body_validator)
    return dict(data)


def parse(raw: bytes) -> Any:
    """Return JSON that means the same to everybody: UTF-8, no name twice, no odd numbers."""
    try:
        data = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_constant,
        )
        clean = is_clean(_texts(data))
    except (ValueError, RecursionError):
        raise malformed("api.no_json") from None
    if not clean:
        raise malformed("api.no_json")
    return data


def check(data: Any, validator: Any) -> None:
    """Refuse what a schema does not allow, naming the first field at fault."""
    errors = sorted(validator.iter_errors(data), key=_place)
    if not errors:
        return
    error = errors[0]
    name, values = _place(error), {}
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        name = f"{name}.{missing}" if name else missing
    elif error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = min(set(error.instance) - set(known))
        name = f"{name}.{unknown}" if name else unknown
    elif isinstance(error.validator_value, int | str):
        values = {"limit": error.validator_value}
    told = error.validator if error.validator in TOLD else "other"
    field = name[:LONGEST_NAME]
    raise PortalError(f"api.invalid.{told}", field=field, name=field or "—", **values)


def malformed(message_id: str, name: str = "") -> PortalError:
    """Return the refusal of a request that cannot be understood."""
    field = name[:LONGEST_NAME]
    return PortalError(message_id, status=400, field=field, name=field)


def _place(error: Any) -> str:
    return ".".join(str(part) for part in error.absolute_path)


def _typed(value: str, schema: Any) -> Any:
    whole = value.removeprefix("-")
    if schema.get("type") == "integer" and whole.isascii() and whole.isdigit() and len(whole) < 16:
        return int(value)
    return value


def _bytes(request: Any, most: int) -> bytes:
    if (request.content_length or 0) > most:
        raise _too_large(request)
    stream, parts, size = request.body_file, [], 0
    while part := stream.read(CHUNK):
        size += len(part)
        if size > most:
            raise _too_large(request)
        parts.append(part)
    return b"".join(parts)


def _too_large(request: Any) -> HTTPRequestEntityTooLarge:
    # Nobody reads the rest, so the file it was spooled to is given up at once.
    request.body_file_raw.close()
    return HTTPRequestEntityTooLarge()


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for name, value in data.items():
            yield name
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")
