"""The state of the site's protection (防护状况), for its administrator."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response
from pyramid.view import view_config

from portal import clock, protection
from portal.files import disposition
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
    report = request.site.protection
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
        "report": None if report is None else layout.time(report.at),
        "changes": [] if report is None else list(report.changes),
        "packages": len(protection.packages()),
        "context": request.site,
    }


@view_config(route_name="sbom", permission=Permission.ACCOUNT_MANAGE.value)
def send_sbom(request: Any) -> Response:
    """Send the list of installed packages as CycloneDX JSON (v5.0.0-15.1.1)."""
    response = Response(
        json_body=protection.sbom(clock.now()),
        content_type="application/vnd.cyclonedx+json",
        charset="utf-8",
    )
    response.headers["Content-Disposition"] = disposition("yitang-sbom.json")
    return response
