"""Serving the operations (接口入口): who calls, what is asked, the answer, the documents."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pyramid.csrf import check_csrf_origin, check_csrf_token
from pyramid.httpexceptions import HTTPForbidden, HTTPMethodNotAllowed
from pyramid.response import Response

from portal.api import reading
from portal.api.document import BASE, document, page
from portal.api.operations import JSON, SAFE, Operation

PAGE = "skins:default/api.pt"


def add_routes(config: Any) -> None:
    """Give every path one route; the method chooses the operation."""
    by_path: dict[str, dict[str, Operation]] = defaultdict(dict)
    for one in config.registry.api_operations:
        by_path[one.path][one.method] = one
    config.registry.api_paths = {f"api:{path}": methods for path, methods in by_path.items()}
    for path in by_path:
        name = f"api:{path}"
        config.add_route(name, BASE + path)
        # The session of a cookie is checked below; a token in the header needs no CSRF token.
        config.add_view(serve, route_name=name, require_csrf=False)
    for name, path, view, more in (
        ("api_document", f"{BASE}/openapi.json", send_document, {}),
        ("api_page", BASE, show_page, {"renderer": PAGE}),
    ):
        config.add_route(name, path)
        config.add_view(view, route_name=name, request_method="GET", **more)


def serve(request: Any) -> Response:
    """Run one operation."""
    methods = request.registry.api_paths[request.matched_route.name]
    operation = methods.get("GET" if request.method == "HEAD" else request.method)
    if operation is None:
        raise HTTPMethodNotAllowed(headers={"Allow": ", ".join(sorted(methods))})
    check_caller(request, operation)
    given = reading.query(request, operation) | reading.body(request, operation)
    result = operation.run(request, given)
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=204, content_type=None)
    return Response(json_body=result, status=operation.status, content_type=JSON)


def check_caller(request: Any, operation: Operation) -> None:
    """Refuse a token that is not valid, and a stranger where a person is asked for.

    A session of a browser must prove with its token that its own page sent the request.
    """
    by_header = "Authorization" in request.headers
    if request.account is None and (by_header or operation.login):
        raise HTTPForbidden
    by_token = request.headers.get("Authorization", "").startswith("Bearer ")
    if request.account is not None and not by_token and request.method not in SAFE:
        check_csrf_origin(request)
        check_csrf_token(request)


def send_document(request: Any) -> Response:
    """Send the OpenAPI document."""
    return Response(json_body=document(request), content_type=JSON)


def show_page(request: Any) -> dict[str, Any]:
    """Show the operations to people."""
    return {"context": request.site} | page(request)
