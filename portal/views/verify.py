"""Checking a result without trusting the site (结果查验): packages, vouchers, the verifier."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response
from pyramid.view import view_config

from portal import catalog, present, ratelimit
from portal.evidence.bundle import verifier_source
from portal.evidence.standing import standing_of
from portal.evidence.verifier.report import CHECKS
from portal.evidence.verify import verify
from portal.files import disposition
from portal.layout import Layout

MAX_BYTES = 50 * 1024 * 1024
RECENT = 10


@view_config(route_name="verify", renderer="skins:default/verify.pt")
def verify_page(request: Any) -> dict[str, Any]:
    """Show the form; check what was uploaded. Nothing is stored."""
    layout = Layout(request, request.site)
    result, error = None, None
    if request.method == "POST":
        ratelimit.hit(request, "verify")
        upload = request.POST.get("package")
        data = upload.file.read(MAX_BYTES + 1) if hasattr(upload, "file") else b""
        if not data:
            error = layout.translate("verify.no_file")
        elif len(data) > MAX_BYTES:
            error = layout.translate("verify.too_large", most=MAX_BYTES // 2**20)
        else:
            result = outcome(data, layout) | {"standing": standing_of(data, request)}
        if error or not result["ok"]:
            request.response.status_int = 422
    found = catalog.find(
        request, types=("meeting",), states=("published", "archived"), limit=RECENT
    )
    return {
        "context": request.site,
        "result": result,
        "error": error,
        "recent": [
            present.line(one, layout, layout.community_title(one))
            | {"url": layout.url(one, "result")}
            for one in found
        ],
        "script_url": request.route_path("verify_script"),
        "max_size_text": present.size_text(MAX_BYTES),
    }


def outcome(data: bytes, layout: Layout) -> dict[str, Any]:
    """Return the verifier's report for the page, in the page's language."""
    report = verify(data)
    language = 0 if layout.lang == "zh-CN" else 1
    failures = report.failures
    where = "；".join(
        " ".join(filter(None, (CHECKS[f["name"]][language], f["file"], f["detail"])))
        for f in failures
    )
    skipped = [check for check in report.checks if check["status"] == "not_possible"]
    return {
        "ok": report.ok,
        "title": layout.translate("verify.true" if report.ok else "verify.false"),
        "where": where or None,
        "checks": [
            (check["status"] == "ok", CHECKS[check["name"]][language])
            for check in report.checks
            if check["status"] != "not_possible"
        ],
        "facts": [
            (layout.translate("verify.level"), report.level or "—"),
            (layout.translate("verify.skipped"), str(len(skipped))),
        ],
        "skipped": [(CHECKS[check["name"]][language], check["detail"]) for check in skipped],
        "notes": report.notes,
    }


@view_config(route_name="verify_script")
def send_verifier(request: Any) -> Response:
    """Send the single-file verifier."""
    response = Response(verifier_source(), content_type="text/x-python", charset="utf-8")
    response.headers["Content-Disposition"] = disposition("verify.py")
    return response
