"""The four entries of an owner's home page (四个入口): vote, rate, ask, read (BJ-0.1)."""

from __future__ import annotations

from typing import Any

from content_types.service import NAME
from portal.layout import Layout
from portal.security import Role


def communities_of(request: Any) -> list[Any]:
    """Return the communities in which the asking person is an owner."""
    account = request.account
    if account is None:
        return []
    scopes = {scope for role, scope in account.grants if role == Role.OWNER}
    places = request.site["communities"].values()
    return [place for place in places if place.scope_id in scopes]


def entries(layout: Layout, communities: list[Any]) -> list[dict[str, Any]]:
    """Return the entries of each community for the component ``tiles``."""
    found = []
    for community in communities:
        desk = community.get(NAME)
        wanted = [("vote", layout.url("votes"), "check2-square")]
        if desk is not None:
            wanted += [
                ("rate", layout.url(desk, "rate"), "star"),
                ("request", layout.url(desk), "chat-left-text"),
            ]
        wanted.append(("notice", layout.url(community["announcements"]), "megaphone"))
        note = community.title if len(communities) > 1 else ""
        found += [
            {"title": layout.translate(f"entry.{name}"), "url": url, "icon": icon, "note": note}
            for name, url, icon in wanted
        ]
    return found
