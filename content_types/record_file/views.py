"""Pages of a file in the archive: its parts, its list, its number."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.record_file import (
    OPEN,
    RESTRICTED,
    RESTRICTED_ROLES,
    Entry,
    RecordFile,
    classes,
    decide,
)
from portal import audit, i18n, present
from portal.csv_answer import csv_answer
from portal.files import respond
from portal.forms import Field, Form, FormSchema, offer
from portal.i18n import message
from portal.layout import Layout
from portal.security import Permission, principals_for


class FilingSchema(FormSchema):
    """What the records officer decides."""

    class_code = Field(
        colander.String(),
        title=message("record_file.field.class_code"),
        data_class="public",
    )
    retention_years = Field(
        colander.Integer(),
        title=message("record_file.field.retention_years"),
        description=message("record_file.field.retention_help"),
        validator=colander.Range(0, 100),
        data_class="public",
    )


@view_config(
    context=RecordFile, renderer="skins:default/record_file.pt", permission=Permission.VIEW.value
)
def show(context: RecordFile, request: Any) -> dict[str, Any]:
    """Show a file with its parts."""
    layout = Layout(request, context)
    links = []
    if layout.may(context, Permission.RECORD_FILE) and context.workflow_state == "captured":
        links.append(
            present.link(layout.translate("record_file.classify"), layout.url(context, "classify"))
        )
    if layout.may(context, Permission.RECORD_FILE):
        archive = layout.url(context.__parent__, "appraise")
        links.append(present.link(layout.translate("appraisal.title"), archive))
    links.append(
        present.link(layout.translate("record_file.manifest"), layout.url(context, "manifest.json"))
    )
    links.append(
        present.link(layout.translate("record_file.list"), layout.url(context, "list.csv"))
    )
    return {
        "item": context,
        "entries": [_line(entry, context, layout) for entry in context.entries],
        "class_title": classes().get(context.class_code, {}).get("title", ""),
        "complete": len({e.kind for e in context.entries}),
        "wanted": len({e.kind for e in context.entries}) + len(context.missing),
        "missing": [layout.translate(f"record.kind.{kind}") for kind in context.missing],
        "destroyed": layout.time(context.destroyed_at),
        "retention_ends": layout.date(context.retention_ends),
        "faults": context.found_faults,
        "checked": layout.time(context.checked_at),
        "may_check": layout.may(context, Permission.RECORD_FILE),
        "history": present.history(context, layout),
        "actions": present.steps(context, layout, *links),
    }


def _line(entry: Entry, item: RecordFile, layout: Layout) -> dict[str, Any]:
    return {
        "number": entry.number,
        "kind": layout.translate(f"record.kind.{entry.kind}"),
        "title": entry.title,
        "url": layout.url(item, "part", str(entry.number)) if may_open(entry, layout) else "",
        "size_text": present.size_text(entry.size),
        "sha256": entry.sha256,
        "restricted": entry.access == RESTRICTED,
    }


def may_open(entry: Entry, layout: Layout) -> bool:
    """Say whether the person may open a part of a file he may see; a destroyed one nobody may."""
    if layout.context.destroyed_at is not None:
        return False
    if entry.access == OPEN:
        return True
    allowed = principals_for(layout.context, RESTRICTED_ROLES)
    return not allowed.isdisjoint(layout.request.principals)


@view_config(context=RecordFile, name="part", permission=Permission.VIEW.value)
def show_part(context: RecordFile, request: Any) -> Any:
    """Send one part; opening a restricted one is audited."""
    number = request.subpath[0] if request.subpath else ""
    entry = next((one for one in context.entries if str(one.number) == number), None)
    if entry is None or not may_open(entry, Layout(request, context)):
        raise HTTPNotFound
    if entry.access != OPEN:
        audit.record(request, "record_file.open", context, part=entry.number)
    return respond(context.file(entry.file_id), data=context.read(entry, request.vault))


@view_config(
    context=RecordFile,
    name="check",
    request_method="POST",
    permission=Permission.RECORD_FILE.value,
)
def check_again(context: RecordFile, request: Any) -> HTTPSeeOther:
    """Read every part again now."""
    faults = context.check(request)
    done = ["warning", "record_file.checked_bad"] if faults else ["success", "record_file.checked"]
    request.session.flash(done)
    return HTTPSeeOther(request.resource_url(context))


@view_config(context=RecordFile, name="file", permission=Permission.VIEW.value)
def no_direct_file(context: RecordFile, request: Any) -> Any:
    """Parts are opened by number only, where their access is checked."""
    raise HTTPNotFound


@view_config(context=RecordFile, name="manifest.json", permission=Permission.VIEW.value)
def send_manifest(context: RecordFile, request: Any) -> Response:
    """Send the manifest with its digest."""
    body = context.manifest() | {"digest": f"sha256:{context.manifest_digest}"}
    return Response(json_body=body, content_type="application/json", charset="utf-8")


@view_config(context=RecordFile, name="list.csv", permission=Permission.VIEW.value)
def send_list(context: RecordFile, request: Any) -> Response:
    """Send the list of parts (卷内目录) as CSV."""
    headings = ["序号", "档号", "题名", "字节", "SHA-256", "SM3"]
    number = context.record_number
    rows = [
        [one.number, f"{number}-{one.number:03d}", one.title, one.size, one.sha256, one.sm3]
        for one in context.entries
    ]
    return csv_answer([headings, *rows], f"{context.__name__}.csv")


@view_config(
    context=RecordFile,
    name="classify",
    renderer="skins:default/form.pt",
    permission=Permission.RECORD_FILE.value,
)
def classify(context: RecordFile, request: Any) -> Any:
    """Take class and retention period and give the record number."""
    if context.workflow_state != "captured":
        raise HTTPNotFound
    known = classes()
    schema = FilingSchema()
    offer(schema["class_code"], ((code, f"{code} {one['title']}") for code, one in known.items()))
    form = Form(
        schema,
        request,
        button="record_file.classify",
        values={"class_code": context.class_code or "YDH.HY", "retention_years": 0},
    )
    if form.take(lambda values: decide(context, request=request, **values)):
        request.session.flash(["success", "record_file.classified"])
        return HTTPSeeOther(request.resource_url(context))
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message("record_file.classify"),
    }
