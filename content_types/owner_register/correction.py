"""Correction of one unit (数据维护、信息更正): applied for with evidence, then decided.

The values are kept sealed as they were entered and go through the same checks as an import.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from content_types.owner_register.check import Check, check_sheet
from content_types.owner_register.columns import COLUMNS
from content_types.owner_register.plan import ImportPlan, build_units, compare
from content_types.owner_register.sheet import Sheet, SheetRow
from content_types.owner_register.store import carry_out, record_of
from portal import clock, content, notify
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.files import FileHolder
from portal.security import Permission, Role
from portal.workflow import guard, on_transition

MAX_OWNERS = 20
UNIT_COLUMNS = (
    "building",
    "entrance",
    "room",
    "floor",
    "use",
    "exclusive_area",
    "area_source",
    "note",
)
OWNER_COLUMNS = ("owner_name", "id_kind", "id_number", "share", "phone", "registered_on")
# While votes are cast the roll stands; doubts about it are objections (C-24).
CLOSED_WHILE = frozenset(("voting", "counting"))
_PURPOSE = "register-correction"

Lines = list[dict[str, str]]


@content_type("register_correction", workflow="register_correction", catalogued=False)
class RegisterCorrection(FileHolder, ContentItem):
    """One unit as it should read, with reason and evidence (SZ-7.3, BJ-G4)."""

    access = {  # noqa: RUF012 - constant of the class
        Permission.VIEW: ("creator", Role.STREET_OFFICER),
        Permission.EDIT: (),
        Permission.DELETE: (),
    }

    title = ""
    reason = ""
    unit_code = ""  # empty for a missing unit that is to be added
    unit_seen_at: datetime | None = None
    sealed_lines = b""

    def lines(self, request: Any) -> Lines:
        """Return what was entered: one line per owner."""
        return json.loads(request.vault.open(self.sealed_lines, _PURPOSE))


def sheet_of(lines: Lines) -> Sheet:
    """Return entered lines as a sheet, so that the checks of an import apply."""
    rows = tuple(
        SheetRow(number, tuple(line.get(column.key, "") for column in COLUMNS))
        for number, line in enumerate(lines, start=1)
    )
    return Sheet("", 0, (*UNIT_COLUMNS, *OWNER_COLUMNS), (), rows)


def examine_lines(register: Any, lines: Lines, request: Any) -> tuple[Check, ImportPlan]:
    """Check entered lines and compare them with the unit they name."""
    known = list(register.buildings.values())
    check = check_sheet(
        sheet_of(lines),
        clock.local(clock.now()).date(),
        buildings=[building.title for building in known],
        entrances=[name for building in known for name in building.entrances],
    )
    units = build_units(check)
    present = {}
    for unit in units:
        building = next((b for b in known if b.title == unit.building), None)
        if building is None:
            # A whole building is the street office's matter, with the authority (BJ-GQ11).
            clause = clause_of(register, request)
            raise PortalError("register.correction.new_building", clause=clause, status=409)
        found = building.find(unit.entrance, unit.room)
        if found is not None:
            present[unit.key] = record_of(found, request.vault)
    return check, compare(units, present)


def clause_of(register: Any, request: Any) -> str:
    """Return the clause by which the place corrects its register."""
    return str(register.community.rules(request.registry).clauses["register_correction"])


def apply_for(
    register: Any, unit: Any, lines: Lines, request: Any, *, reason: str, evidence: list[Any]
) -> RegisterCorrection:
    """Submit a correction; raises PortalError without real name, evidence, reason or change."""
    refuse_while_voting(register)
    account, clause = request.account, clause_of(register, request)
    if account is None or account.verified_at is None:
        raise PortalError("register.correction.real_name", clause=clause, status=403)
    if not reason.strip():
        raise PortalError("register.correction.reason", clause=clause, field="reason")
    if not evidence:
        raise PortalError("register.correction.evidence", clause=clause, field="upload")
    check, plan = examine_lines(register, lines, request)
    if check.refused_units or not check.units:
        raise PortalError("register.correction.refused", clause=clause)
    if plan.is_empty:
        raise PortalError("register.correction.no_change", clause=clause)
    label = "".join(lines[0].get(key, "") for key in ("building", "entrance", "room"))
    item = content.create(
        "register_correction",
        request,
        title=label[:60],
        reason=reason.strip()[:2000],
        unit_code="" if unit is None else unit.code,
        unit_seen_at=None if unit is None else unit.modified_at,
        sealed_lines=request.vault.seal(json.dumps(lines, ensure_ascii=False), _PURPOSE),
    )
    for stored in evidence:
        item.attach(stored)
    content.add(register, item, request)
    return item


def refuse_while_voting(register: Any) -> None:
    """Raise PortalError while votes are cast or counted."""
    meetings = register.community["meetings"].values()
    if any(meeting.workflow_state in CLOSED_WHILE for meeting in meetings):
        raise PortalError("register.correction.voting", clause="C-24", status=409)


@guard("correction_is_current")
def correction_is_current(item: RegisterCorrection, request: Any) -> bool:
    """The unit still reads as the applicant saw it, and no vote is under way."""
    register = item.__parent__
    refuse_while_voting(register)
    unit = register.unit(item.unit_code) if item.unit_code else None
    if item.unit_code and (unit is None or unit.modified_at != item.unit_seen_at):
        raise PortalError("register.correction.outdated", status=409)
    check, plan = examine_lines(register, item.lines(request), request)
    if check.refused_units or plan.is_empty or (plan.change and not item.unit_code):
        raise PortalError("register.correction.outdated", status=409)
    return True


@on_transition("register_correction.approve")
def write_into_register(event: Any) -> None:
    """Change the register in the transaction of the approval."""
    item, request = event.item, event.request
    register = item.__parent__
    _check, plan = examine_lines(register, item.lines(request), request)
    untouched = tuple(
        unit.key
        for unit in register.units()
        if unit.key not in {change.after.key for change in plan.change}
    )
    whole = ImportPlan(plan.add, plan.change, (), untouched)
    carry_out(register, whole, request, ("correction", item.__name__))


@on_transition("register_correction.approve", "register_correction.return")
def tell_applicant(event: Any) -> None:
    """Tell the applicant how it was decided."""
    notify.send(
        event.request,
        event.item.creator,
        "register.correction_decided",
        {"title": event.item.title, "answer": event.comment or "—"},
        link=event.request.resource_path(event.item),
    )


def entered_lines(post: Mapping[str, str], fixed: Mapping[str, str]) -> Lines:
    """Collect a form's unit fields and its rows of owners (``owner_name-0`` and on)."""
    place = {key: post.get(key, "").strip()[:200] for key in UNIT_COLUMNS} | dict(fixed)
    lines = []
    for number in range(MAX_OWNERS):
        owner = {key: post.get(f"{key}-{number}", "").strip()[:200] for key in OWNER_COLUMNS}
        if owner["owner_name"] or owner["id_number"]:
            lines.append(place | owner)
    return lines or [place]
