"""Signed sheets (签章结果表): the printed, sealed and signed result goes to the street (SZ-25.4).

The scans lie sealed and stay with the meeting, until its file is destroyed by appraisal; who may
open which of them follows from the law of the place. Their digests stand in the audit log, so that
a scan cannot be exchanged later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from content_types.meeting import Meeting, panels
from content_types.meeting.procedure import people_of, separate_reviewer
from content_types.record_file.appraisal import DESTROY
from content_types.sealed_pictures import Picture, take
from portal import audit, clock, content, notify
from portal.errors import PortalError
from portal.layout import Layout
from portal.security import Permission, Role
from portal.workflow import on_transition

RESULT, UNITS, MORE = "result_sheet", "units_sheet", "more_sheet"
STATES = ("counted", "result_review", "resolved", "published")


@dataclass(frozen=True)
class Submission:
    """One hand-over: who, when, of which result, the sealed scans, and the receipt."""

    number: int
    at: datetime
    by: str
    version: int
    digest: str
    scans: tuple[Picture, ...]
    received_at: datetime | None = None
    received_by: str = ""


def owner_of(meeting: Meeting, number: int) -> str:
    """Return what the scans of a submission are sealed for."""
    return f"{content.oid(meeting)}:sheets:{number}"


def may_submit(meeting: Meeting, layout: Layout) -> bool:
    """Say whether the person can hand over signed sheets now."""
    return (
        meeting.result is not None
        and meeting.workflow_state in STATES
        and layout.may(meeting, Permission.MEETING_RUN)
    )


def clause_of(meeting: Meeting, request: Any) -> str:
    """Return the clause that says what a result consists of."""
    return meeting.rules(request.registry).documents["result"].clause


def submit(meeting: Meeting, uploads: dict[str, Any], request: Any) -> Submission:
    """Seal the scans of the signed result, note the hand-over and tell the street office.

    Raises PortalError at the scan that is neither picture nor PDF, or carries a virus.
    """
    if meeting.result is None or meeting.workflow_state not in STATES:
        raise PortalError("sheets.not_now", clause=clause_of(meeting, request), status=409)
    number = len(meeting.signed_sheets) + 1
    owner = owner_of(meeting, number)
    scans = tuple(
        take(upload, owner, kind, request, pdf=True)
        for kind, upload in uploads.items()
        if upload is not None
    )
    result = meeting.result
    one = Submission(number, clock.now(), request.account_id, result.version, result.digest, scans)
    meeting.signed_sheets = (*meeting.signed_sheets, one)
    meeting.remember(request.account_id, "sheets_submitted")
    digests = {scan.kind: scan.sha256 for scan in scans}
    audit.record(
        request,
        "meeting.sheets_submitted",
        meeting,
        number=number,
        version=result.version,
        result=result.digest,
        **digests,
    )
    _tell(meeting, request, Role.STREET_OFFICER, "review.sheets_submitted")
    return one


def receive(meeting: Meeting, number: int, request: Any) -> None:
    """Note that the street office received a submission; raises PortalError for a second time."""
    separate_reviewer(meeting, request)
    one = submission(meeting, number)
    if one is None or one.received_at is not None:
        raise PortalError("sheets.received_already", clause=clause_of(meeting, request), status=409)
    if one.by == request.account_id:
        clause = meeting.rules(request.registry).refusals["own_review"].clause
        raise PortalError("sheets.own", clause=clause, status=403)
    received = replace(one, received_at=clock.now(), received_by=request.account_id)
    meeting.signed_sheets = tuple(
        received if other is one else other for other in meeting.signed_sheets
    )
    meeting.remember(request.account_id, "sheets_received")
    audit.record(request, "meeting.sheets_received", meeting, number=number, result=one.digest)
    _tell(meeting, request, Role.CONVENOR, "review.sheets_received")


def submission(meeting: Meeting, number: int) -> Submission | None:
    """Return one submission of a meeting, or None."""
    return next((one for one in meeting.signed_sheets if one.number == number), None)


def may_open(meeting: Meeting, kind: str, layout: Layout) -> bool:
    """Say whether the person may open a kind of scan.

    What says how single units voted goes only to whom the place gives the table per unit (C-25),
    and never to owners: they read that table on the page where the law publishes it.
    """
    if kind == RESULT:
        return panels.is_staff(meeting, layout)
    # A secret vote has no sheet per unit; what else was signed goes to the same people.
    return panels.reads_units(meeting, layout, "recorded")


@on_transition("record_appraisal.carry_out")
def drop_with_file(event: Any) -> None:
    """Delete the scans of a meeting whose file is destroyed; their digests stay (R16)."""
    for _, file in event.item.files_to(DESTROY):
        meeting = content.by_oid(file, file.source_oid)
        sheets = meeting.signed_sheets if isinstance(meeting, Meeting) else ()
        if any(scan.stored for one in sheets for scan in one.scans):
            meeting.signed_sheets = tuple(
                replace(one, scans=tuple(replace(scan, stored=None) for scan in one.scans))
                for one in sheets
            )
            meeting.remember(event.actor, "sheets_destroyed")
            audit.record(
                event.request, "meeting.sheets_destroyed", meeting, file=file.record_number
            )


def record(meeting: Meeting) -> list[dict[str, Any]]:
    """Return the submissions as plain data for the file of the meeting, digests for scans."""
    return [
        {
            "number": one.number,
            "at": one.at.isoformat(),
            "version": one.version,
            "result": one.digest,
            "scans": {scan.kind: scan.sha256 for scan in one.scans},
            "received_at": "" if one.received_at is None else one.received_at.isoformat(),
        }
        for one in meeting.signed_sheets
    ]


def _tell(meeting: Meeting, request: Any, role: Role, template: str) -> None:
    values = {"title": meeting.title, "community": meeting.community.title}
    link = request.resource_path(meeting, "signed-sheets")
    for account_id in people_of(request, meeting, role):
        notify.send(request, account_id, template, values, link=link)
