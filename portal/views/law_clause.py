"""One clause for everybody (条款): its source, and what each rule of the site draws from it."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from portal.clauses import Clause, clause_of
from portal.law_table import Row, rows
from portal.layout import Layout
from portal.views.law import name_of


@view_config(route_name="law_clause", renderer="skins:default/law_clause.pt")
def show_clause(request: Any) -> dict[str, Any]:
    """Show where a clause comes from and every setting that rests on it; 404 for an unknown one."""
    clause = clause_of(request.matchdict["clause"])
    if clause is None:
        raise HTTPNotFound
    layout = Layout(request, request.site)
    places = []
    for profile in request.registry.profiles.values():
        found = rows(profile, layout.translate)
        exact = [row for row in found if clause.code in (row.clause, row.conflict)]
        near = [row for row in found if row not in exact and _beside(clause, row)]
        groups = {
            "exact": [row for row in exact if not _refuses(row)],
            "near": [row for row in near if not _refuses(row)],
            "refusals": [row for row in (*exact, *near) if _refuses(row)],
        }
        if exact or near:
            places.append(
                {
                    "id": profile.id,
                    "title": name_of(profile, layout),
                    "url": layout.url(f"law/{profile.id}"),
                    "groups": list(groups.items()),
                }
            )
    return {
        "context": request.site,
        "code": clause.code,
        "heading": clause.words(layout.translate),
        "places": places,
    }


def _beside(clause: Clause, row: Row) -> bool:
    """Say whether a setting rests on the same article as the clause."""
    other = clause_of(row.clause)
    return other is not None and other.whole == clause.whole


def _refuses(row: Row) -> bool:
    return row.key.startswith("refusals.")
