"""The state of the site's protection (防护状况), for its administrator."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from portal import protection
from portal.layout import Layout
from portal.security import Permission


@view_config(
    route_name="protection",
    renderer="skins:default/protection.pt",
    permission=Permission.ACCOUNT_MANAGE.value,
)
def show(request: Any) -> dict[str, Any]:
    """Show what protects the site, and what is switched off or missing."""
    layout = Layout(request, request.site)
    return {
        "lines": [
            {
                "title": layout.translate(f"protection.{line.name}"),
                "text": layout.translate(
                    f"protection.{line.name}.{line.state}", **dict(line.values)
                ),
                "good": line.good,
            }
            for line in protection.lines(request)
        ],
        "context": request.site,
    }
