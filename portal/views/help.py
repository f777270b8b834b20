"""Help and rules (帮助与规定): plain texts of the site."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from portal import catalog, texts
from portal.layout import Layout
from portal.shared_pages import same_roles
from portal.views import law

MOST_NOTICES = 50
POLICIES = ("rules", "privacy", "accessibility", "limits")


def _texts(request: Any) -> dict[str, texts.Text]:
    return texts.texts(request.locale_name if request.locale_name == "en" else texts.CHINESE)


@view_config(route_name="help", renderer="skins:default/help.pt", shared=same_roles)
def show_help(request: Any) -> dict[str, Any]:
    """List the texts of help."""
    layout = Layout(request, request.site)
    return {
        "topics": [
            {
                "title": text.title,
                "url": layout.url(f"help/{text.name}"),
                "text": text.summary,
                "icon": text.icon,
            }
            for text in _texts(request).values()
        ],
        "context": request.site,
    }


@view_config(route_name="help_page", renderer="skins:default/help_page.pt", shared=same_roles)
def show_page(request: Any) -> dict[str, Any]:
    """Show one text."""
    found = _texts(request)
    text = found.get(request.matchdict["page"])
    if text is None:
        raise HTTPNotFound
    layout = Layout(request, request.site)
    return {
        "heading": text.title,
        "body": text.html,
        "updated_text": layout.translate("help.version", version=text.version),
        "siblings": [
            (one.title, layout.url(f"help/{one.name}"), one.name == text.name)
            for one in found.values()
        ],
        "context": request.site,
    }


@view_config(route_name="policies", renderer="skins:default/policies.pt", shared=same_roles)
def show_policies(request: Any) -> dict[str, Any]:
    """Show which law the site computes by, what departments published, and the site's own rules."""
    layout = Layout(request, request.site)
    found = _texts(request)
    laws = [
        {
            "title": law.name_of(profile, layout),
            "url": layout.url(f"law/{profile.id}"),
            "meta": [
                *law.dated(profile, layout),
                "、".join(f"《{name}》" for name in profile.legal_basis),
            ],
        }
        for profile in request.registry.profiles.values()
    ]
    own = [
        {
            "title": found[name].title,
            "url": layout.url(f"help/{name}"),
            "meta": [layout.translate("help.version", version=found[name].version)],
            "summary": found[name].summary,
        }
        for name in POLICIES
    ]
    notices = [
        {
            "title": one.title,
            "url": layout.url(one),
            "meta": [one.__parent__.title, layout.date(one.published_at)],
        }
        for one in catalog.find(
            request, types=("office_notice",), states=("published",), limit=MOST_NOTICES
        )
    ]
    groups = (("laws", laws), ("notices", notices), ("own", own))
    return {
        "groups": [
            (layout.translate(f"policies.{name}"), found) for name, found in groups if found
        ],
        "context": request.site,
    }
