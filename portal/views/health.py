"""The health check (健康检查): answers when the object database does."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response
from pyramid.view import view_config


@view_config(route_name="health", request_method="GET")
def health(request: Any) -> Response:
    """Say ok after reading the site; an unreachable database ends in an error before that."""
    return Response(f"ok {len(request.site)}\n", content_type="text/plain", charset="utf-8")
