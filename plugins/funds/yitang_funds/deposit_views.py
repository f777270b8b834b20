"""Pages of a deposit sheet (交存清单页面): upload, preview with findings, result."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import files, i18n, scanner, workflow
from portal.errors import PortalError
from portal.paging import batch
from portal.security import Permission
from yitang_funds.deposit_sheet import DepositSheet, add_sheet
from yitang_funds.deposits import COLUMNS, Finding
from yitang_funds.fund import Fund, community_of
from yitang_funds.pages import BATCH, TEMPLATES, download
from yitang_funds.permissions import FundPermission
from yitang_funds.register import units_of
from yitang_funds.tables import Column, Table

VIEW = Permission.VIEW.value
PREVIEW_ROWS = 20


@view_config(
    context=Fund,
    name="upload",
    renderer=f"{TEMPLATES}/deposit_upload.pt",
    permission=FundPermission.PREPARE.value,
)
def upload(context: Fund, request: Any) -> Any:
    """Take a deposit sheet; a wrong file is answered with the reason and nothing is kept."""
    error = None
    if request.method == "POST":
        chosen = request.POST.get("file")
        try:
            sheet = add_sheet(context, *_uploaded(chosen, request), request)
            return HTTPSeeOther(request.resource_url(sheet))
        except PortalError as problem:
            request.tm.doom()
            request.response.status_int = problem.status
            error = i18n.of_error(problem)
    return {"item": context, "error": error, "columns": COLUMNS}


@view_config(context=DepositSheet, renderer=f"{TEMPLATES}/deposit_sheet.pt", permission=VIEW)
def show_sheet(context: DepositSheet, request: Any) -> Any:
    """Show what booking would do, or what it did."""
    prepared = context.workflow_state == "prepared"
    found = context.preview() if prepared else None
    findings = found.findings if found else ()
    if request.GET.get("format") and found:
        return download(_findings_table(findings, request), request.GET["format"], "findings")
    labels = {unit.code: unit.label for unit in units_of(community_of(context))}
    pages = batch(request, len(findings), BATCH)
    shown = findings[pages["start"] : pages["start"] + BATCH]
    return {
        "item": context,
        "actions": workflow.possible(context, request),
        "preview": found,
        "findings": [(one, *_texts(one)) for one in shown],
        "rows": [(labels[one.unit], one) for one in found.new[:PREVIEW_ROWS]] if found else [],
        "batch": pages,
    }


@view_config(context=DepositSheet, name="source", permission=VIEW)
def source(context: DepositSheet, _request: Any) -> Any:
    """Send the file as it came."""
    return files.respond(context.stored)


def _uploaded(chosen: Any, request: Any) -> tuple[bytes, str]:
    """Return bytes and name of an uploaded file that the virus scanner let pass."""
    if not hasattr(chosen, "file"):
        raise PortalError("funds.error.file_missing", field="file")
    data = chosen.file.read()
    scanner.check_upload(data, chosen.filename, request)
    return data, chosen.filename


def _texts(finding: Finding) -> tuple[Any, Any]:
    """Return what is wrong and what to do."""
    values = {"value": finding.value, "row": finding.other_row}
    return (
        i18n.message(finding.rule, **values),
        i18n.message(f"{finding.rule}.advice", **values),
    )


def _findings_table(findings: tuple[Finding, ...], request: Any) -> Table:
    translate = request.localizer.translate

    def text(message_id: str, default: str) -> str:
        return translate(i18n.message(message_id, default))

    return Table(
        text("deposit_sheet.findings", "问题清单"),
        (),
        (
            Column(text("deposit_sheet.row", "行")),
            Column(text("deposit_sheet.column", "列")),
            Column(text("deposit_sheet.value", "内容")),
            Column(text("deposit_sheet.rule", "问题")),
            Column(text("deposit_sheet.advice", "建议")),
        ),
        tuple(
            (str(one.row), one.column, one.value, *(translate(part) for part in _texts(one)))
            for one in findings
        ),
    )
