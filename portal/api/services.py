"""Searching and checking proofs (检索、查验)."""

from __future__ import annotations

from typing import Any

from pyramid.traversal import resource_path

from portal import ratelimit
from portal.api.listing import found, time
from portal.api.operations import operation
from portal.api.schema import (
    FLAG,
    NAME,
    PAGE,
    TIME,
    array,
    listing,
    maybe,
    one_of,
    record,
    text,
)
from portal.errors import PortalError
from portal.evidence.standing import standing_of
from portal.evidence.verify import verify
from portal.type_registry import TYPES
from portal.views.search import LONGEST

HIT = record({"type": NAME, "title": text(), "path": text(), "modified_at": maybe(TIME)})
CHECK = record(
    {"name": text(), "status": one_of(("ok", "failed", "not_possible")), "file": text()}
    | {"detail": text()}
)


@operation(
    "search.run",
    "GET",
    "/search",
    query={"q": text(LONGEST, minLength=1), "type": NAME, "page": PAGE},
    needs=("q",),
    answer=listing(HIT),
)
def run_search(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return what holds the words and the caller may see, best match first."""
    ratelimit.hit(request, "search")
    wanted = given.get("type", "")
    if wanted and wanted not in TYPES:
        raise PortalError("content.unknown_type", field="type", type=wanted)
    return found(request, given, _hit, text=given["q"], types=(wanted,) if wanted else ())


def _hit(item: Any) -> dict[str, Any]:
    return {
        "type": item.content_type_name,
        "title": item.title,
        "path": resource_path(item),
        "modified_at": time(item.modified_at),
    }


@operation(
    "verify.check",
    "POST",
    "/verify",
    takes="application/octet-stream",
    body={"type": "string", "contentMediaType": "application/octet-stream"},
    answer=record({"ok": FLAG, "level": text(), "standing": text(), "checks": array(CHECK)}),
)
def check_proof(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Check a package or a voucher and say what was found; nothing is stored."""
    ratelimit.hit(request, "verify")
    if not given["upload"]:
        raise PortalError("verify.no_file", field="upload")
    report = verify(given["upload"])
    checks = [{key: str(one[key]) for key in CHECK["properties"]} for one in report.checks]
    return {
        "ok": report.ok,
        "level": str(report.level),
        # What became of the version since, in words; empty for one in force or of another site.
        "standing": standing_of(given["upload"], request),
        "checks": checks,
    }
