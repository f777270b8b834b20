"""What `yitang import-register` does (命令导入): check a file, say what is wrong, carry it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from content_types.owner_register.columns import BY_KEY
from content_types.owner_register.findings import Finding, Severity
from content_types.owner_register.importing import Examined, examine, import_now
from content_types.owner_register.plan import total
from portal import i18n


@dataclass(frozen=True, slots=True)
class Report:
    """Lines for the operator; ``blocked`` when refused rows kept the file from being written."""

    written: bool
    blocked: bool
    lines: tuple[str, ...]


def import_file(
    register: Any, request: Any, data: bytes, filename: str, *, only_good: bool, check_only: bool
) -> Report:
    """Import a file into a register in the request's transaction, and report.

    With a refused line nothing is written unless ``only_good``. Raises PortalError for a file
    that cannot be read.
    """
    examined = examine(register, data, request)
    check, plan = examined.check, examined.plan
    blocked = bool(check.refused_units) and not only_good
    written = not (check_only or blocked or plan.is_empty)
    if written:
        import_now(register, data, filename, request, examined, only_good=only_good)
    return Report(written, blocked, tuple(_lines(request, examined, written=written)))


def _lines(request: Any, examined: Examined, *, written: bool) -> list[str]:
    check, plan = examined.check, examined.plan

    def say(message_id: str, **values: Any) -> str:
        return str(request.localizer.translate(i18n.message(message_id, **values)))

    lines = [
        _finding(finding, say) for finding in check.findings if finding.severity != Severity.IGNORED
    ]
    totals = total(examined.units)
    numbers = {
        "units": totals.units,
        "heads": totals.heads,
        "additions": len(plan.add),
        "changes": len(plan.change),
        "unchanged": len(plan.unchanged),
        "refused_units": check.refused_units,
    }
    lines += [f"{say(f'register.{name}')}: {number}" for name, number in numbers.items()]
    if written:
        verdict = "register.imported"
    elif plan.is_empty and not check.refused_units:
        verdict = "register.nothing_changed"
    else:
        verdict = "register.not_written"
    return [*lines, say(verdict)]


def _finding(finding: Finding, say: Any) -> str:
    """Return one finding as a line; personal values are masked in it already."""
    values = dict(finding.values)
    return "\t".join(
        (
            str(finding.row),
            say(f"register.severity.{finding.severity}"),
            BY_KEY[finding.column].headings[0] if finding.column else "",
            finding.value,
            say(finding.message_id, **values),
            say(finding.advice_id, **values),
        )
    )
