"""Roster for the notary (名册提交公证): frozen, given over, receipt noted, then voted by."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from content_types.meeting import roll
from content_types.meeting.roll import meeting_id
from portal import audit, clock
from portal.audit_export import safe_cell
from portal.errors import PortalError
from portal.evidence import records
from portal.evidence.canonical import Record, canonical, digests
from portal.evidence.promise import milliseconds
from portal.evidence.verifier.container import write_archive
from portal.workflow import guard

CLAUSE = "EV-4.1.6"
# States in which the roster can be frozen for the notary.
OPEN = ("approved", "noticed")


@dataclass(frozen=True)
class Handover:
    """The roster as it was given over; ``digests`` are those of the archive with the names."""

    roll: Any
    prepared_at: datetime
    prepared_by: str
    digests: tuple[str, ...]
    notary: str = ""
    receipt: str = ""
    received_at: datetime | None = None
    noted_by: str = ""


def prepare(meeting: Any, request: Any) -> Handover:
    """Freeze the roster as the register stands now; an earlier one and its receipt are void."""
    if meeting.workflow_state not in OPEN:
        raise PortalError("roster.not_now", clause=CLAUSE)
    frozen = roll.freeze(meeting, meeting.rules(request.registry).voting_uses.value)
    archive = archive_of(meeting, frozen, request)
    found = Handover(frozen, clock.now(), request.account_id, tuple(digests(archive)))
    meeting.handover = found
    audit.record(request, "meeting.roster_prepared", meeting, digest=found.digests[0])
    return found


def note_receipt(
    meeting: Any, request: Any, *, notary: str, receipt: str, received_at: datetime
) -> None:
    """Note that the notary received the roster that was prepared."""
    if meeting.workflow_state not in OPEN or meeting.handover is None:
        raise PortalError("roster.not_now", clause=CLAUSE)
    if not is_current(meeting, request):
        raise PortalError("roster.changed", clause=CLAUSE)
    given: Handover = meeting.handover
    if not given.prepared_at <= received_at <= clock.now():
        raise PortalError("roster.received_when", clause=CLAUSE, field="received_at")
    meeting.handover = replace(
        given,
        notary=notary,
        receipt=receipt,
        received_at=received_at,
        noted_by=request.account_id,
    )
    meeting.remember(request.account_id, "roster_handed_over", comment=receipt)
    audit.record(
        request, "meeting.roster_handed_over", meeting, receipt=receipt, digest=given.digests[0]
    )


def is_current(meeting: Any, request: Any) -> bool:
    """Say whether the register still is what the notary was given."""
    given: Handover | None = meeting.handover
    if given is None:
        return False
    now = roll.freeze(meeting, meeting.rules(request.registry).voting_uses.value)
    if [one._replace(salts=()) for one in now.rights.values()] != [
        one._replace(salts=()) for one in given.roll.rights.values()
    ]:
        return False
    return tuple(digests(archive_of(meeting, given.roll, request))) == given.digests


@guard("roster_handed_over")
def roster_handed_over(item: Any, request: Any) -> bool:
    """The notary has the roster that will be voted by, where the rules ask for it (EV-4.1.6)."""
    rule = item.rules(request.registry).roster_to_notary
    if not rule.value:
        return True
    if item.handover is None or item.handover.received_at is None:
        raise PortalError("roster.not_handed_over", clause=rule.clause)
    if not is_current(item, request):
        raise PortalError("roster.changed", clause=rule.clause)
    return True


def roll_of(meeting: Any, request: Any) -> Any:
    """Return the roll of the vote: the one the notary has, else a fresh one."""
    if meeting.handover is not None and is_current(meeting, request):
        return meeting.handover.roll
    return roll.freeze(meeting, meeting.rules(request.registry).voting_uses.value)


def archive_of(meeting: Any, frozen: Any, request: Any) -> bytes:
    """Return what the notary gets: entries under the commitment, and rooms with their owners."""
    entries = list(frozen.entries())
    commitment = records.roll_commitment(meeting_id(meeting), entries)
    register = meeting.community["owners"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["unit", "room", "area_0.01_m2", "right", "owners"])
    for entry in entries:
        unit = register.unit(entry["unit"])
        names = [owner["name"] for owner in unit.owners(request.vault)]
        row = (entry["unit"], unit.label, str(entry["area"]), entry["head"], "、".join(names))
        writer.writerow([safe_cell(cell) for cell in row])
    return write_archive(
        {
            "roll.jsonl": b"".join(canonical(entry) + b"\n" for entry in entries),
            "roll-commitment.json": canonical(commitment),
            "roster.csv": ("\ufeff" + out.getvalue()).encode(),
        }
    )


def receipt_record(meeting: Any) -> Record | None:
    """Return the hand-over as a record for the package, None when there was none."""
    given: Handover | None = meeting.handover
    if given is None or given.received_at is None:
        return None
    commitment = records.roll_commitment(meeting_id(meeting), list(given.roll.entries()))
    return {
        "type": "roster-handover",
        "v": 1,
        "meeting": meeting_id(meeting),
        "root_sha256": commitment["root_sha256"],
        "root_sm3": commitment["root_sm3"],
        "archive": list(given.digests),
        "notary": given.notary,
        "receipt": given.receipt,
        "prepared_at": milliseconds(given.prepared_at),
        "received_at": milliseconds(given.received_at),
    }
