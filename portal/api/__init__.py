"""The JSON interface under ``/api/v1`` (接口): for mini-programs and other programs."""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    """Give every operation its address; called when all operations are known."""
    from portal.api.views import add_routes

    add_routes(config)
