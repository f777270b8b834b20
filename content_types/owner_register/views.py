"""Pages of the register of owners and of its imports."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.owner_register import OwnerRegister
from content_types.owner_register.columns import COLUMNS
from content_types.owner_register.findings import Finding, Severity
from content_types.owner_register.importing import RegisterImport, prepare
from content_types.owner_register.report import as_csv, as_workbook
from content_types.owner_register.store import search
from content_types.owner_register.workbook_guard import MAX_FILE_BYTES, MAX_ROWS
from content_types.unit import person_token
from portal import audit, i18n, scanner, workflow
from portal.errors import PortalError
from portal.files import disposition
from portal.security import Permission, permits

# The page shows this many findings; the downloads hold all of them.
SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@view_config(
    context=OwnerRegister,
    renderer="skins:default/owner_register.pt",
    permission=Permission.VIEW.value,
)
def show_register(context: OwnerRegister, request: Any) -> dict[str, Any]:
    """Show totals, progress of authentication per building (BJ-G3.1) and the imports."""
    return {
        "item": context,
        "totals": context.totals,
        "buildings": [building_line(b) for b in context.buildings.values()],
        "imports": _newest(context, "register_import"),
        "corrections": [
            one
            for one in _newest(context, "register_correction")
            if permits(one, Permission.VIEW, request.principals)
        ],
        "can_correct": permits(context, Permission.REGISTER_CORRECT, request.principals),
        "can_import": permits(context, Permission.REGISTER_IMPORT, request.principals),
        "can_search": permits(context, Permission.REGISTER_VIEW, request.principals),
    }


def _newest(register: OwnerRegister, kind: str) -> list[Any]:
    found = [one for one in register.values() if one.content_type_name == kind]
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def building_line(building: Any) -> dict[str, Any]:
    """Return one building with its units by state."""
    states = building.progress()
    return {
        "building": building,
        "states": states,
        "units": states.total(),
        "sources": building.changes,
    }


@view_config(
    context=OwnerRegister,
    name="import",
    renderer="skins:default/register_upload.pt",
    permission=Permission.REGISTER_IMPORT.value,
)
def upload(context: OwnerRegister, request: Any) -> Any:
    """Show the upload form; check an uploaded file and lead to its preview."""
    error = None
    if request.method == "POST":
        upload = request.POST.get("file")
        try:
            if not hasattr(upload, "file"):
                raise PortalError("register.file.none", field="file")  # noqa: TRY301
            with upload.file as stream:
                data = stream.read(MAX_FILE_BYTES + 1)
            scanner.check_upload(data, upload.filename, request)
            item = prepare(context, data, upload.filename, request)
        except PortalError as refused:
            request.tm.doom()
            request.response.status_int = refused.status
            error = i18n.of_error(refused)
        else:
            return HTTPSeeOther(request.resource_url(item))
    return {
        "item": context,
        "error": error,
        "columns": [(column.headings[0], column.required) for column in COLUMNS],
        "megabytes": MAX_FILE_BYTES // 2**20,
        "lines": MAX_ROWS,
    }


@view_config(
    context=OwnerRegister,
    name="find",
    request_method="POST",
    renderer="skins:default/register_find.pt",
    permission=Permission.REGISTER_VIEW.value,
)
def find_units(context: OwnerRegister, request: Any) -> dict[str, Any]:
    """Find units by owner or place; a POST, because the words are personal."""
    words = request.POST.get("words", "")[:100]
    person = person_token(request.vault, words)
    units = search(context, words, request.vault, person)
    audit.record(request, "register.find", context, found=len(units))
    return {
        "item": context,
        "units": [(unit, unit.masked_owners(request.vault)) for unit in units[:SHOWN]],
        "found": len(units),
    }


@view_config(
    context=RegisterImport,
    renderer="skins:default/register_import.pt",
    permission=Permission.VIEW.value,
)
def show_import(context: RegisterImport, request: Any) -> dict[str, Any]:
    """Show what an import found and would change, how far it is, or what it did."""
    findings = list(context.findings)
    by_rule = Counter(finding.rule for finding in findings)
    # What keeps units out comes first, then warnings; corrections explain themselves.
    order = {severity: number for number, severity in enumerate(Severity)}
    findings.sort(key=lambda finding: (order[finding.severity], finding.row))
    return {
        "item": context,
        "state": context.workflow_state,
        "findings": [finding_line(finding) for finding in findings[:SHOWN]],
        "left_out": max(0, len(findings) - SHOWN),
        "by_rule": by_rule.most_common(),
        "severities": [(str(s), context.count(s)) for s in Severity],
        "failure": i18n.message(context.failure) if context.failure else None,
        "may_decide": context.workflow_state == "checked"
        and permits(context, Permission.REGISTER_IMPORT, request.principals),
    }


def finding_line(finding: Finding) -> dict[str, Any]:
    """Return a finding as the page and the downloads show it."""
    values = dict(finding.values)
    column = next((c.headings[0] for c in COLUMNS if c.key == finding.column), "")
    return {
        "row": finding.row,
        "column": column,
        "value": finding.value,
        "severity": str(finding.severity),
        "rule": finding.rule,
        "text": i18n.message(finding.message_id, **values),
        "advice": i18n.message(finding.advice_id, **values),
    }


@view_config(context=RegisterImport, name="decide", request_method="POST")
def decide(context: RegisterImport, request: Any) -> HTTPSeeOther:
    """Take the decision: nothing, or the good units."""
    choice = request.POST.get("choice", "")
    if choice not in ("nothing", "good"):
        raise PortalError("register.import.choose", field="choice")
    if choice == "good":
        if not permits(context, Permission.REGISTER_IMPORT, request.principals):
            raise HTTPForbidden
        context.only_good = True
    workflow.transition(context, "confirm" if choice == "good" else "discard", request)
    target = context if choice == "good" else context.__parent__
    return HTTPSeeOther(request.resource_url(target))


@view_config(context=RegisterImport, name="findings.csv", permission=Permission.VIEW.value)
def findings_csv(context: RegisterImport, request: Any) -> Response:
    """Send all findings as CSV."""
    return _download(context, as_csv(_lines(context, request)), "csv", "text/csv")


@view_config(context=RegisterImport, name="findings.xlsx", permission=Permission.VIEW.value)
def findings_workbook(context: RegisterImport, request: Any) -> Response:
    """Send all findings as a workbook."""
    return _download(context, as_workbook(_lines(context, request)), "xlsx", XLSX)


def _lines(context: RegisterImport, request: Any) -> list[list[Any]]:
    translate = request.localizer.translate
    heads = ("row", "severity", "column", "value", "finding", "advice")
    lines: list[list[Any]] = [[translate(i18n.message(f"register.report.{key}")) for key in heads]]
    for finding in context.findings:
        line = finding_line(finding)
        lines.append(
            [
                line["row"],
                translate(i18n.message(f"register.severity.{line['severity']}")),
                line["column"],
                line["value"],
                translate(line["text"]),
                translate(line["advice"]),
            ]
        )
    return lines


def _download(context: RegisterImport, body: bytes, ending: str, media_type: str) -> Response:
    response = Response(body=body, content_type=media_type)
    if media_type.startswith("text/"):
        response.charset = "utf-8"
    name = f"findings-{context.__name__}.{ending}"
    response.headers["Content-Disposition"] = disposition(name)
    return response
