"""Pages of an appraisal: the files that are due, a list, and the proof of destruction."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.record_file import RecordFile, appraisal, classes
from content_types.record_file.appraisal import OPINIONS, Appraisal, Opinion
from portal import clock, content, i18n, present
from portal.content import by_oid
from portal.errors import PortalError
from portal.files import disposition
from portal.layout import Layout
from portal.rules.days import local_date
from portal.sections import Section
from portal.security import Permission


@view_config(
    context=Section,
    name="appraise",
    renderer="skins:default/appraise.pt",
    permission=Permission.RECORD_FILE.value,
)
def appraise(context: Section, request: Any) -> Any:
    """Show the files whose retention has ended and take an opinion on each."""
    if context.section_name != "archives":
        raise HTTPNotFound
    found = appraisal.due(context, local_date(clock.now()))
    error = None
    if request.method == "POST":
        try:
            item = appraisal.propose(context, _opinions(found, request.POST), request)
        except PortalError as refused:
            request.tm.doom()
            request.response.status_int = refused.status
            error = i18n.of_error(refused)
        else:
            request.session.flash(["success", "appraisal.proposed"])
            return HTTPSeeOther(request.resource_url(item))
    layout = Layout(request, context)
    return {
        "item": context,
        "error": error,
        "opinions": [(one, layout.translate(f"appraisal.opinion.{one}")) for one in OPINIONS],
        "files": [_due_line(one, layout) for one in found],
    }


def _due_line(item: RecordFile, layout: Layout) -> dict[str, Any]:
    oid = content.oid(item)
    post = layout.request.POST
    return {
        "oid": oid,
        "number": item.record_number,
        "title": item.title,
        "url": layout.url(item),
        "class": classes().get(item.class_code, {}).get("title", item.class_code),
        "ended": layout.date(item.retention_ends),
        "held": appraisal.hold_on(item),
        "opinion": post.get(f"opinion-{oid}", ""),
        "years": post.get(f"years-{oid}", ""),
        "reason": post.get(f"reason-{oid}", ""),
    }


def _opinions(found: list[RecordFile], post: Any) -> list[Opinion]:
    """Return the opinions that were entered; a file without one stays for the next list."""
    opinions = []
    for item in found:
        oid = content.oid(item)
        opinion = post.get(f"opinion-{oid}", "")
        if opinion not in OPINIONS:
            continue
        years = post.get(f"years-{oid}", "").strip()
        opinions.append(
            Opinion(
                oid,
                item.record_number,
                item.title,
                opinion,
                int(years) if years.isascii() and years.isdigit() and len(years) < 4 else 0,
                post.get(f"reason-{oid}", "").strip()[:300],
            )
        )
    return opinions


@view_config(
    context=Appraisal,
    renderer="skins:default/record_appraisal.pt",
    permission=Permission.VIEW.value,
)
def show(context: Appraisal, request: Any) -> dict[str, Any]:
    """Show a list with its opinions, its steps and, at the end, its proof."""
    layout = Layout(request, context)
    extra = []
    if context.certificate:
        title = layout.translate("appraisal.certificate")
        extra = [present.link(title, layout.url(context, "certificate.json"))]
    return {
        "item": context,
        "opinions": [
            {
                "number": one.number,
                "title": one.title,
                "opinion": layout.translate(f"appraisal.opinion.{one.opinion}"),
                "years": one.years if one.opinion == appraisal.EXTEND else "",
                "reason": one.reason,
                "url": layout.url(file) if (file := by_oid(context, one.file_oid)) else "",
            }
            for one in context.opinions
        ],
        "digest": context.certificate_digest,
        "history": present.history(context, layout),
        "actions": present.steps(context, layout, *extra),
    }


@view_config(context=Appraisal, name="certificate.json", permission=Permission.VIEW.value)
def send_certificate(context: Appraisal, request: Any) -> Response:
    """Send the signed certificate of destruction."""
    return _certificate(context)


@view_config(context=RecordFile, name="destruction.json", permission=Permission.VIEW.value)
def send_destruction(context: RecordFile, request: Any) -> Response:
    """Send the certificate of a destroyed file to everybody who may see its number."""
    found = by_oid(context, context.destruction_oid) if context.destruction_oid else None
    if found is None:
        raise HTTPNotFound
    return _certificate(found)


def _certificate(item: Appraisal) -> Response:
    if not item.certificate:
        raise HTTPNotFound
    response = Response(
        body=item.certificate.encode(), content_type="application/json", charset="utf-8"
    )
    response.headers["Content-Disposition"] = disposition(f"destruction-{item.__name__}.json")
    return response
