"""The audit log as a page and as a sheet (审计日志), for the audit administrator alone."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from pyramid.response import Response
from pyramid.view import view_config

from portal import audit, clock, ratelimit
from portal.audit_export import write_csv
from portal.audit_log import canonical
from portal.errors import PortalError
from portal.files import disposition
from portal.layout import Layout
from portal.paging import batch
from portal.security import Permission

VIEW = Permission.AUDIT_VIEW.value
SIZE = 50
MOST = 5000
EXPORT_MOST = 100_000
# So many failed log-ins within a day are worth a look (EV-5.5.2).
SUSPICIOUS = 5


@view_config(route_name="audit_log", renderer="skins:default/audit.pt", permission=VIEW)
def show_log(request: Any) -> dict[str, Any]:
    """Show entries, newest first, filtered by actor, action, place and days."""
    layout = Layout(request, request.site)
    query = _query(request)
    found = list(islice(audit.entries(request, **query), MOST))
    pages = batch(request, len(found), SIZE)
    shown = found[pages["start"] : pages["start"] + SIZE]
    names = ("actor", "action", "path", "since", "until")
    filters = {name: request.GET.get(name, "") for name in names}
    return {
        "entries": [_line(entry, layout) for entry in shown],
        "kinds": Counter(entry["action"] for entry in found).most_common(),
        "batch": pages,
        "filters": filters,
        "csv_url": request.route_path(
            "audit_csv", _query={name: value for name, value in filters.items() if value}
        ),
        "suspicious": _suspicious(request),
        "context": request.site,
    }


def _line(entry: dict[str, Any], layout: Layout) -> dict[str, Any]:
    return {
        "index": entry["index"],
        "at_text": layout.time(datetime.fromisoformat(entry["at"])),
        "actor": entry["actor"],
        "actor_text": layout.actor(entry["actor"]),
        "action": entry["action"],
        "path": entry["path"],
        "detail": canonical(entry["detail"]).decode() if entry["detail"] else "",
        "digest": entry["digest"],
    }


def _query(request: Any) -> dict[str, Any]:
    """Read the filters; a log-in name stands for its account."""
    actor = request.GET.get("actor", "").strip()
    if actor and request.site.accounts.get(actor) is None:
        account = request.site.accounts.find(request.vault, actor)
        actor = account.id if account is not None else actor
    return {
        "actor": actor,
        "action": request.GET.get("action", "").strip(),
        "path": request.GET.get("path", "").strip(),
        "since": _day(request, "since"),
        "until": _day(request, "until", 1),
    }


def _day(request: Any, name: str, later: int = 0) -> datetime | None:
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
    except (ValueError, OverflowError):
        raise PortalError("audit.bad_day", field=name) from None
    return datetime.combine(day, time.min, clock.SITE_ZONE)


def _suspicious(request: Any) -> list[tuple[str, int]]:
    """Return accounts with many failed log-ins within a day, the worst first."""
    since = clock.now() - timedelta(days=1)
    failed = audit.entries(request, action="account.login_failed", since=since, limit=MOST)
    counts = Counter(entry["detail"].get("account") or "-" for entry in failed)
    return [(name, count) for name, count in counts.most_common(10) if count >= SUSPICIOUS]


@view_config(route_name="audit_csv", permission=VIEW)
def export(request: Any) -> Response:
    """Send the filtered entries as CSV; the export itself is logged."""
    ratelimit.hit(request, "export", request.account_id)
    out = io.StringIO(newline="")
    write_csv(islice(audit.entries(request, **_query(request)), EXPORT_MOST), out)
    audit.record(request, "audit.export")
    response = Response(body="\ufeff".encode() + out.getvalue().encode(), content_type="text/csv")
    response.charset = "utf-8"
    response.headers["Content-Disposition"] = disposition("audit.csv")
    return response
