"""The way in for a phone (手机入口): one picture to scan or to print (BJ-O1)."""

from __future__ import annotations

from typing import Any

import segno
from pyramid.view import view_config


@view_config(route_name="entry", renderer="skins:default/entry.pt")
def show_entry(request: Any) -> dict[str, Any]:
    """Show the address of the site as a QR code with the steps that follow."""
    address = str(request.registry.settings["yitang"].base_url)
    picture = segno.make(f"{address}/register", micro=False, error="m")
    return {
        "address": address,
        "qr": picture.svg_data_uri(scale=8, border=4),
        "context": request.site,
    }
