"""Issue and return ledger (发放与回收台账): append-only, each right at most one live ballot."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from content_types.meeting.paper import PaperRound
from content_types.meeting.paper.model import (
    ISSUED,
    RETURNED,
    SPOILED,
    STOCK,
    UNRETURNED,
    Batch,
    Line,
    Sheet,
    scanned_serial,
)
from content_types.meeting.roll import Right
from portal import audit, clock
from portal.content import oid
from portal.errors import PortalError
from portal.rules.paper import serial as serial_of

MOST_PRINTED = 20_000
BATCH = 100
BEFORE = timedelta(seconds=1)


def print_ballots(
    paper: PaperRound, request: Any, *, number: int | None = None, large: bool = False
) -> list[Batch]:
    """Make numbered ballots in batches: ``number`` blank ones, or one for each right without.

    A right that has voted electronically or has a ballot already gets none. PortalError when the
    vote is not open or there is nothing to print.
    """
    _while_voting(paper, request)
    meant = _rights_without(paper) if number is None else []
    wanted = len(meant) if number is None else number
    if not 0 < wanted <= MOST_PRINTED - paper.printed:
        most = MOST_PRINTED - paper.printed
        clause = _rules(paper, request).paper_mode.clause
        raise PortalError("paper.print_number", clause=clause, field="number", most=most)
    made = []
    for start in range(0, wanted, BATCH):
        size = min(BATCH, wanted - start)
        first = paper.printed + 1
        batch = Batch(
            len(paper.batches) + 1,
            first,
            first + size - 1,
            large,
            number is None,
            request.account_id,
            clock.now(),
        )
        for offset in range(size):
            sheet = Sheet(serial_of(first + offset), batch.number)
            if meant:
                sheet.meant = meant[start + offset]
            paper.sheets[sheet.serial] = sheet
        paper.printed = batch.last
        paper.batches = (*paper.batches, batch)
        made.append(batch)
    audit.record(
        request, "paper.print", paper.meeting, first=made[0].first, last=made[-1].last, large=large
    )
    return made


def note_printout(paper: PaperRound, number: int, request: Any) -> None:
    """Note that a batch was printed, also again; its serial numbers stay."""
    batch = paper.batches[number - 1]._replace(printouts=paper.batches[number - 1].printouts + 1)
    paper.batches = (*paper.batches[: number - 1], batch, *paper.batches[number:])
    audit.record(request, "paper.printout", paper.meeting, batch=number, times=batch.printouts)


def issue(
    paper: PaperRound,
    serial: str,
    unit: str,
    request: Any,
    *,
    person: str = "",
    witness: str = "",
    note: str = "",
    photo: Any = None,
    although_voted: bool = False,
) -> Sheet:
    """Hand a ballot to the right of a unit; ``unit`` is its code or the number of the right.

    PortalError when the right has a ballot, and as a warning when it voted electronically, unless
    ``although_voted``: then the profile decides which ballot counts.
    """
    _while_voting(paper, request)
    sheet = _sheet(paper, serial)
    right = right_named(paper, unit)
    if sheet.state != STOCK:
        raise PortalError("paper.not_in_stock", clause="EV-8.1.4", field="serial", serial=serial)
    if sheet.meant and sheet.meant != right.key:
        raise PortalError("paper.meant_for_other", field="serial", right=sheet.meant)
    other = paper.live.get(right.key)
    if other is not None:
        clause = _rules(paper, request).refusals["already_voted"].clause
        raise PortalError("paper.right_has_ballot", clause=clause, field="unit", serial=other)
    if not although_voted and paper.meeting.ballot_box.slots[right.key].is_cast:
        precedence = _rules(paper, request).cross_channel_precedence
        raise PortalError(
            f"paper.voted_{precedence.value}", clause=precedence.clause, field="although_voted"
        )
    sheet.state, sheet.right, sheet.issued_at = ISSUED, right.key, clock.now()
    paper.live[right.key] = sheet.serial
    _write(paper, request, "issue", sheet, person=person, witness=witness, note=note, photo=photo)
    return sheet


def take_back(
    paper: PaperRound,
    serial: str,
    request: Any,
    *,
    received_at: datetime | None = None,
    note: str = "",
) -> Sheet:
    """Book a filled-in ballot as returned, by when it was received (SZ-11.3).

    A ballot received in time may be booked later, until the box is opened.
    """
    now = clock.now()
    at = received_at or now
    if paper.opened_at is not None:
        raise PortalError("paper.box_opened", clause=_box_clause(paper), status=409)
    sheet = _issued(paper, serial)
    if at >= paper.meeting.voting_closes_at:
        raise _rules(paper, request).refuse("paper_too_late", field="received_at")
    if at > now or at < sheet.issued_at:
        clause = _rules(paper, request).refusals["paper_too_late"].clause
        raise PortalError("paper.received_when", field="received_at", clause=clause)
    _return(paper, sheet, at, request, "return", note)
    return sheet


def found_in_box(paper: PaperRound, serial: str, request: Any, *, note: str) -> Sheet:
    """Book an issued ballot that lay in the box although nobody booked its return."""
    if paper.opened_at is None or paper.closed_at is not None:
        raise PortalError("paper.not_counting", status=409, clause=_box_clause(paper))
    sheet = paper.sheet(scanned_serial(serial, paper.meeting.ballot_box.meeting_id))
    if sheet is None or sheet.state not in (ISSUED, UNRETURNED):
        raise PortalError("paper.not_issued", field="serial", clause="EV-8.1.4", serial=serial)
    paper.live[sheet.right] = sheet.serial
    # The box was shut when the vote closed, so it was put in before.
    at = paper.meeting.voting_closes_at - BEFORE
    _return(paper, sheet, at, request, "found", note)
    return sheet


def spoil(
    paper: PaperRound, serial: str, request: Any, *, note: str, replacement: str = ""
) -> Sheet:
    """Cancel a ballot in stock or issued; ``replacement`` is issued to the same right."""
    sheet = _sheet(paper, serial)
    if sheet.state not in (STOCK, ISSUED):
        raise PortalError("paper.not_spoilable", field="serial", clause="EV-8.1.4", serial=serial)
    right = sheet.right
    if replacement and not right:
        raise PortalError("paper.nothing_to_replace", field="replacement")
    sheet.spoiled_from, sheet.state = sheet.state, SPOILED
    if right:
        del paper.live[right]
    _write(paper, request, "spoil", sheet, note=note)
    if replacement:
        issue(paper, replacement, right, request, note=note, although_voted=True)
    return sheet


def declare_unreturned(paper: PaperRound, request: Any) -> int:
    """Book every ballot still out as not returned, once the vote has closed; return the number."""
    if paper.meeting.workflow_state != "counting" or paper.closed_at is not None:
        raise PortalError("paper.not_counting", status=409, clause=_box_clause(paper))
    out = [sheet for sheet in paper.sheets.values() if sheet.state == ISSUED]
    for sheet in out:
        sheet.state = UNRETURNED
        del paper.live[sheet.right]
        _write(paper, request, "unreturned", sheet)
    return len(out)


def right_named(paper: PaperRound, text: str) -> Right:
    """Return a right by its number (``r00012`` or ``12``) or by the code or label of a unit."""
    roll, wanted = paper.meeting.ballot_box.roll, text.strip()
    key = f"r{int(wanted):05d}" if wanted.isascii() and wanted.isdigit() else wanted
    right = roll.rights.get(key) or roll.right_of(wanted) if wanted else None
    if right is None:
        raise PortalError("paper.no_such_right", clause="EV-8.1.3", field="unit", unit=text[:40])
    return right


def label_of(paper: PaperRound, right: Right | None) -> str:
    """Return the units of a right in words, without any name."""
    if right is None:
        return ""
    return str(paper.meeting.community["owners"].labels(right.units))


def _rights_without(paper: PaperRound) -> list[str]:
    box = paper.meeting.ballot_box
    waiting = {sheet.meant for sheet in paper.sheets.values() if sheet.state == STOCK}
    return [
        key
        for key in box.roll.rights
        if key not in paper.live and key not in waiting and not box.slots[key].is_cast
    ]


def _while_voting(paper: PaperRound, request: Any) -> None:
    meeting = paper.meeting
    if meeting.workflow_state != "voting" or clock.now() >= meeting.voting_closes_at:
        clause = meeting.rules(request.registry).refusals["paper_too_late"].clause
        raise PortalError("paper.not_voting", clause=clause, status=409)


def _box_clause(paper: PaperRound) -> str:
    return str(paper.meeting.profile.box_roles.clause)


def _rules(paper: PaperRound, request: Any) -> Any:
    return paper.meeting.rules(request.registry)


def _sheet(paper: PaperRound, text: str) -> Sheet:
    serial = scanned_serial(text, paper.meeting.ballot_box.meeting_id)
    sheet: Sheet | None = paper.sheet(serial)
    if sheet is None:
        raise PortalError("paper.unknown_serial", clause="EV-8.1.3", field="serial", serial=serial)
    return sheet


def _issued(paper: PaperRound, text: str) -> Sheet:
    sheet = _sheet(paper, text)
    if sheet.state != ISSUED:
        raise PortalError(
            "paper.not_issued", clause="EV-8.1.4", field="serial", serial=sheet.serial
        )
    return sheet


def _return(
    paper: PaperRound, sheet: Sheet, at: datetime, request: Any, action: str, note: str
) -> None:
    sheet.state, sheet.returned_at = RETURNED, at
    _write(paper, request, action, sheet, note=note)
    request.site.outbox.put("paper.tell", {"paper": oid(paper), "right": sheet.right})


def _write(
    paper: PaperRound, request: Any, action: str, sheet: Sheet, *, person: str = "", **detail: Any
) -> None:
    sealed = b""
    if person:
        number = len(paper.ledger)
        purpose = f"paper:{paper.meeting.ballot_box.meeting_id}:ledger:{number}"
        sealed = request.vault.seal(person, purpose)
    by = request.account_id or "system"
    line = Line(clock.now(), action, sheet.serial, sheet.right, by, sealed, **detail)
    paper.ledger.append(line)
    audit.record(request, f"paper.{action}", paper.meeting, serial=sheet.serial, right=sheet.right)


def person_of(paper: PaperRound, number: int, vault: Any) -> str:
    """Return who came to the desk by the number of the ledger's line."""
    line: Line = paper.ledger[number]
    purpose = f"paper:{paper.meeting.ballot_box.meeting_id}:ledger:{number}"
    return str(vault.open(line.person, purpose))
