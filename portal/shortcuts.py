"""What the framework works out anew for each request, worked out once (请求的固定部分)."""

from __future__ import annotations

from typing import Any

from pyramid.interfaces import IRequestExtensions, IRequestFactory, IRoutesMapper
from pyramid.request import Request
from pyramid.urldispatch import RoutesMapper


def settle(registry: Any) -> None:
    """Settle requests and routes of a complete configuration."""
    _settle_requests(registry)
    registry.registerUtility(Signpost(registry.getUtility(IRoutesMapper)), IRoutesMapper)


def _settle_requests(registry: Any) -> None:
    """Make one class of requests with all their attributes.

    The framework would make another class for every single request, which takes as long as a
    small view.
    """
    extensions = registry.getUtility(IRequestExtensions)
    kind = type("Request", (Request,), {**extensions.descriptors, **extensions.methods})
    extensions.descriptors.clear()
    extensions.methods.clear()
    registry.registerUtility(kind, IRequestFactory)


class Signpost:
    """Tries only the routes that begin with the first name of an address; most have none."""

    def __init__(self, mapper: RoutesMapper) -> None:
        self._mapper, self._none = mapper, RoutesMapper()
        self._groups: dict[str, RoutesMapper] = {}
        for route in mapper.routelist:
            group = self._groups.setdefault(_first_name(route.pattern), RoutesMapper())
            group.routelist.append(route)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mapper, name)

    def __call__(self, request: Any) -> dict[str, Any]:
        """Return route and match of a request, both None when there is none."""
        name = _first_name(request.environ.get("PATH_INFO", ""))
        found: dict[str, Any] = self._groups.get(name, self._none)(request)
        return found


def _first_name(path: str) -> str:
    return path.lstrip("/").partition("/")[0]
