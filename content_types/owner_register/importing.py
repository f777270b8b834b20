"""Import of a register (名册导入): a checked file waits for a decision, a job carries it out."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from persistent import Persistent
from ZODB.blob import Blob

from content_types.owner_register.check import Check, check_sheet
from content_types.owner_register.findings import Finding, Severity
from content_types.owner_register.plan import (
    ImportPlan,
    Totals,
    UnitRecord,
    build_units,
    compare,
    total,
)
from content_types.owner_register.sheet import Sheet, read_sheet
from content_types.owner_register.store import carry_out, existing
from portal import clock, content, workflow
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.outbox import job, periodic
from portal.security import Permission, Role
from portal.workflow import guard, on_transition

# A file nobody decided about is thrown away after this time: it is full of personal data.
KEEP_UNDECIDED = timedelta(days=7)
_PURPOSE = "register-import"


class Examined(NamedTuple):
    """A file read, checked and compared with the register."""

    sheet: Sheet
    check: Check
    units: tuple[UnitRecord, ...]
    plan: ImportPlan


class FindingList(Persistent):
    """The findings of one import, apart from it, so that a list of imports stays light."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.rows = tuple((f.row, f.column, f.value, f.rule, f.values) for f in findings)

    def __iter__(self) -> Any:
        return (Finding(*row) for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@content_type("register_import", workflow="register_import", catalogued=False)
class RegisterImport(ContentItem):
    """One file and what it would change; the file itself is kept sealed until it is decided."""

    access = {  # noqa: RUF012 - constant of the class
        Permission.VIEW: (Role.STREET_OFFICER, Role.CONVENOR),
        Permission.EDIT: (),
        Permission.DELETE: (),
    }

    title = ""
    sha256 = ""
    size = 0
    sheet = ""
    unknown_columns: tuple[str, ...] = ()
    lines = 0
    counts: dict[str, int] = {}  # noqa: RUF012 - replaced as a whole, never changed in place
    good_units = 0
    refused_units = 0
    additions = 0
    changes = 0
    unchanged = 0
    untouched = 0
    totals = Totals(0, 0, 0, 0, 0, 0)
    revision = 0
    findings: FindingList | tuple[()] = ()
    only_good = False
    failure = ""
    decided_by = ""
    _sealed: Blob | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether the register already says what the good units of the file say."""
        return not self.additions and not self.changes

    def count(self, severity: str) -> int:
        """Return the number of findings of one weight."""
        return self.counts.get(severity, 0)

    def keep_file(self, data: bytes, request: Any) -> None:
        """Keep the file sealed."""
        text = base64.b64encode(data).decode("ascii")
        self._sealed = Blob(request.vault.seal(text, _PURPOSE))

    def file(self, request: Any) -> bytes:
        """Return the bytes of the file; raises PortalError when it was thrown away."""
        if self._sealed is None:
            raise PortalError("register.import.file_gone", status=410)
        with self._sealed.open("r") as stored:
            return base64.b64decode(request.vault.open(stored.read(), _PURPOSE))

    def drop_file(self) -> None:
        """Throw the file away; what was found and done stays."""
        self._sealed = None


def examine(register: Any, data: bytes, request: Any) -> Examined:
    """Read and check a file against the register; nothing is written. Raises PortalError."""
    sheet = read_sheet(data)
    known = list(register.buildings.values())
    check = check_sheet(
        sheet,
        clock.local(clock.now()).date(),
        project=register.community.title,
        buildings=[building.title for building in known],
        entrances=[name for building in known for name in building.entrances],
    )
    units = build_units(check)
    return Examined(sheet, check, units, compare(units, existing(register, request.vault)))


def prepare(register: Any, data: bytes, filename: str, request: Any) -> RegisterImport:
    """Check a file and put it into the register as an import that waits for a decision."""
    return _put(register, data, filename, request, examine(register, data, request))


def _put(
    register: Any, data: bytes, filename: str, request: Any, examined: Examined
) -> RegisterImport:
    sheet, check, units, plan = examined
    item = content.create(
        "register_import",
        request,
        title=filename.replace("\\", "/").rsplit("/", 1)[-1][:120] or "register",
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        sheet=sheet.name,
        unknown_columns=sheet.unknown,
        lines=check.lines,
        counts={str(severity): check.count(severity) for severity in Severity},
        good_units=len(check.units),
        refused_units=check.refused_units,
        additions=len(plan.add),
        changes=len(plan.change),
        unchanged=len(plan.unchanged),
        untouched=len(plan.untouched),
        totals=total(units),
        revision=register.revision,
        findings=FindingList(check.findings),
    )
    item.keep_file(data, request)
    content.add(register, item, request)
    return item


def import_now(
    register: Any,
    data: bytes,
    filename: str,
    request: Any,
    examined: Examined,
    *,
    only_good: bool,
) -> RegisterImport:
    """Carry out a file that was just examined, for the operator's command.

    Raises PortalError when a line is refused and ``only_good`` is not set.
    """
    item = _put(register, data, filename, request, examined)
    item.only_good = only_good
    workflow.transition(item, "confirm", request, system=True)
    _carry_out(item, request, examined)
    return item


@guard("import_decided")
def import_decided(item: RegisterImport, request: Any) -> bool:
    """Refused lines ask for a decision: nothing, or only the good units."""
    if item.refused_units and not item.only_good:
        raise PortalError("register.import.refused_lines", clause="MF-4.2.1-1.a", status=409)
    if not item.good_units:
        raise PortalError("register.import.no_good_unit", status=409)
    return True


@guard("import_is_current")
def import_is_current(item: RegisterImport, request: Any) -> bool:
    """The register has not changed since the preview."""
    if item.revision != item.__parent__.revision:
        raise PortalError("register.import.outdated", status=409)
    return True


@on_transition("register_import.confirm")
def enqueue(event: Any) -> None:
    """Promise the import in the transaction of the decision."""
    event.item.decided_by = event.actor
    event.request.site.outbox.put("register.import", {"oid": event.item.__oid__})


@on_transition("register_import.discard", "register_import.complete", "register_import.fail")
def throw_file_away(event: Any) -> None:
    """Keep personal data no longer than the decision about it."""
    event.item.drop_file()


@job("register.import")
def run_import(request: Any, oid: int) -> None:
    """Carry out a confirmed import, all of it or nothing, in one transaction."""
    item = content.by_oid(request.site, oid)
    if item is None or item.workflow_state != "queued":
        return
    try:
        # Everything that can be refused is asked before the first object is touched.
        import_is_current(item, request)
        examined = examine(item.__parent__, item.file(request), request)
    except PortalError as error:
        item.failure = error.message_id
        workflow.transition(item, "fail", request, error.message_id, system=True)
        return
    _carry_out(item, request, examined)


def _carry_out(item: RegisterImport, request: Any, examined: Examined) -> None:
    _sheet, check, _units, plan = examined
    item.counts = {str(severity): check.count(severity) for severity in Severity}
    item.good_units, item.refused_units = len(check.units), check.refused_units
    item.additions, item.changes = len(plan.add), len(plan.change)
    item.unchanged, item.untouched = len(plan.unchanged), len(plan.untouched)
    if not plan.is_empty:
        request.import_actor = item.decided_by
        carry_out(item.__parent__, plan, request, ("import", item.__name__))
    workflow.transition(item, "complete", request, system=True)


@periodic(seconds=3600)
def discard_undecided(request: Any, now: datetime) -> None:
    """Discard uploads that nobody decided about for a week."""
    for community in request.site["communities"].values():
        register = community.get("owners")
        for item in register.values() if register is not None else ():
            if item.workflow_state == "checked" and item.created_at + KEEP_UNDECIDED <= now:
                workflow.transition(item, "discard", request, system=True)
