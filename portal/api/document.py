"""The OpenAPI 3.1 document (接口说明), made of the operations themselves."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from portal.api.operations import Operation
from portal.api.schema import NAME, Schema, problem
from portal.i18n import message

BASE = "/api/v1"
PROBLEM = "application/problem+json"
ALWAYS = (400, 401, 429)
WITH_BODY = (403, 413, 415, 422)


def document(request: Any) -> dict[str, Any]:
    """Return the document in the language of the request."""
    say = request.localizer.translate
    paths: dict[str, dict[str, Any]] = {}
    for one in request.registry.api_operations:
        paths.setdefault(BASE + one.path, {})[one.method.lower()] = _operation(one, say)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": str(request.registry.settings["yitang"].title),
            "version": "1",
            "description": say(message("api.about")),
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {"problem": problem()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def statuses(operation: Operation) -> list[int]:
    """Return every status with which an operation may refuse."""
    found = {*ALWAYS, *operation.refusals}
    found |= {404} if operation.parameters else set()
    found |= {422} if operation.query else set()
    found |= set(WITH_BODY) if operation.body is not None else set()
    found |= {403} if operation.method != "GET" else set()
    return sorted(found)


def _operation(one: Operation, say: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": one.name,
        "summary": say(message(f"api.op.{one.name}")),
        "tags": [one.name.partition(".")[0]],
        "parameters": list(_parameters(one)),
        "responses": _responses(one),
        # Where no log-in is asked for, a token still opens what its holder may see.
        "security": [{"token": []}] if one.login else [{}, {"token": []}],
    }
    if one.body is not None:
        entry["requestBody"] = {"required": True, "content": {one.takes: {"schema": one.body}}}
    return entry


def _parameters(one: Operation) -> Iterator[dict[str, Any]]:
    for name in one.parameters:
        yield {"name": name, "in": "path", "required": True, "schema": NAME}
    for name, schema in one.query.items():
        yield {"name": name, "in": "query", "required": name in one.needs, "schema": schema}


def _responses(one: Operation) -> dict[str, Any]:
    refusal = {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}}
    found: dict[str, Any] = {
        str(status): {"description": HTTPStatus(status).phrase, "content": refusal}
        for status in statuses(one)
    }
    done: dict[str, Any] = {"description": HTTPStatus(one.status).phrase}
    if one.answer is not None:
        done["content"] = {one.gives: {"schema": one.answer}}
    found[str(one.status)] = done
    return found


def page(request: Any) -> dict[str, Any]:
    """Return what the page for people shows: every operation with what it takes and answers."""
    say = request.localizer.translate
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in request.registry.api_operations:
        groups.setdefault(one.name.partition(".")[0], []).append(
            {
                "id": one.name,
                "method": one.method,
                "path": BASE + one.path,
                "summary": say(message(f"api.op.{one.name}")),
                "login": one.login,
                "takes": _fields(_whole(one)),
                "answers": _fields(one.answer or {}),
                "statuses": " ".join(str(status) for status in (one.status, *statuses(one))),
            }
        )
    return {"groups": sorted(groups.items()), "document_url": f"{BASE}/openapi.json"}


def _whole(one: Operation) -> Schema:
    body = one.body or {}
    if body and "properties" not in body:
        return {"properties": dict(one.query) | {one.takes: body}}
    return {"properties": dict(one.query) | body.get("properties", {})}


def _fields(schema: Schema, prefix: str = "") -> list[tuple[str, str]]:
    """Return the fields of a schema with their types, nested ones by dotted names."""
    for inner in schema.get("anyOf", ()):
        if inner != {"type": "null"}:
            return _fields(inner, prefix)
    if schema.get("type") == "array":
        return _fields(schema["items"], f"{prefix}[]")
    found = []
    for name, inner in schema.get("properties", {}).items():
        dotted = f"{prefix}.{name}" if prefix else name
        found += _fields(inner, dotted) or [(dotted, _kind(inner))]
    return found or ([(prefix, _kind(schema))] if prefix.endswith("[]") else [])


def _kind(schema: Schema) -> str:
    inner = next((one for one in schema.get("anyOf", ()) if one != {"type": "null"}), schema)
    kind = str(inner.get("format") or inner.get("type", "—"))
    if "enum" in inner:
        kind = " | ".join(inner["enum"])
    return f"{kind} | null" if inner is not schema else kind
