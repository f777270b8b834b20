"""Blind double entry (双人盲录): two persons, neither sees the other; a third decides disputes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from content_types import sealed_pictures
from content_types.meeting.paper import PaperRound
from content_types.meeting.paper.model import (
    INVALID_REASONS,
    RETURNED,
    UNREADABLE,
    Decision,
    Entry,
    Reading,
    Sheet,
    purpose,
    reading_of,
    scanned_serial,
)
from portal import audit, clock
from portal.errors import Forbidden, PortalError


def enter(paper: PaperRound, serial: str, reading: Reading, request: Any) -> Sheet:
    """Keep what one person read; the second entry either agrees or makes a dispute.

    Forbidden for whoever entered this ballot before (EV-8.6.2).
    """
    sheet = to_enter(paper, serial)
    by = request.account_id
    check_turn(sheet, by)
    text = checked(paper, reading).text()
    part = "first" if sheet.first is None else "second"
    entry = Entry(by, clock.now(), _seal(paper, sheet, part, text, request))
    if sheet.first is None:
        sheet.first = entry
    else:
        sheet.second = entry
        if _text(paper, sheet, "first", request) == text:
            _settle(paper, sheet, reading, text, request)
    # Which entry it was is no secret; what it says is.
    audit.record(request, "paper.enter", paper.meeting, serial=sheet.serial, entry=part)
    return sheet


def resolve(paper: PaperRound, serial: str, reading: Reading, reason: str, request: Any) -> Sheet:
    """Decide a dispute as a third person, with the paper in hand and a reason (EV-8.6.2)."""
    sheet = to_enter(paper, serial)
    if sheet.first is None or sheet.second is None or sheet.final:
        raise PortalError("paper.no_dispute", status=409, serial=sheet.serial)
    if request.account_id in (sheet.first.by, sheet.second.by):
        raise Forbidden("paper.third_person", clause="EV-8.6.2", serial=sheet.serial)
    text = checked(paper, reading).text()
    _settle(paper, sheet, reading, text, request)
    sheet.decision = Decision(request.account_id, clock.now(), reason)
    audit.record(request, "paper.resolve", paper.meeting, serial=sheet.serial, reason=reason)
    return sheet


def to_enter(paper: PaperRound, serial: str) -> Sheet:
    """Return a ballot that may be entered now: the box is open, it was returned."""
    profile = paper.meeting.profile
    if paper.opened_at is None:
        raise PortalError("paper.box_shut", clause=profile.box_roles.clause, status=409)
    if paper.closed_at is not None:
        raise PortalError("paper.entry_closed", clause=profile.clauses["paper_entry"], status=409)
    wanted = scanned_serial(serial, paper.meeting.ballot_box.meeting_id)
    sheet: Sheet | None = paper.sheet(wanted)
    if sheet is None:
        raise PortalError("paper.unknown_serial", clause="EV-8.1.3", field="serial", serial=wanted)
    if sheet.state != RETURNED:
        raise PortalError("paper.not_returned", clause="EV-8.1.4", field="serial", serial=wanted)
    return sheet


def checked(paper: PaperRound, reading: Reading) -> Reading:
    """Return the reading when it can stand on the paper: known motions, options and reasons.

    Too many marks are kept as they stand, the count takes them as invalid for the motion. A
    ballot without any mark must be said to be blank (EV-8.1.2).
    """
    specs = {spec.key: spec for spec in (motion.spec() for motion in paper.meeting.motions())}
    for key, marks in reading.choices.items():
        known = key in specs and set(marks) <= {*specs[key].options, UNREADABLE}
        if not known or len(set(marks)) < len(marks):
            raise PortalError("paper.unknown_mark", clause="EV-8.1.3", field=key)
    if reading.invalid and reading.invalid not in INVALID_REASONS:
        raise PortalError("paper.unknown_reason", field="invalid")
    choices = {
        key: tuple(mark for mark in (*spec.options, UNREADABLE) if mark in reading.choices[key])
        for key, spec in specs.items()
        if reading.choices.get(key)
    }
    if not choices and not reading.invalid:
        raise PortalError("paper.no_mark", clause="EV-8.1.2", field="invalid")
    # What an invalid ballot says is not counted and not kept.
    return Reading({}, reading.invalid) if reading.invalid else Reading(choices)


def final_reading(paper: PaperRound, sheet: Sheet, request: Any) -> Reading:
    """Return what counts of a ballot; PortalError before two persons agreed."""
    if not sheet.final:
        raise PortalError("paper.not_final", status=409, serial=sheet.serial)
    return reading_of(_text(paper, sheet, "final", request))


def readings(paper: PaperRound, sheet: Sheet, request: Any) -> list[Reading]:
    """Return both entries of a disputed ballot for the person who decides."""
    return [reading_of(_text(paper, sheet, part, request)) for part in ("first", "second")]


def attach_scan(paper: PaperRound, serial: str, upload: Any, request: Any) -> Sheet:
    """Keep a picture of a ballot, sealed, because it shows the choices."""
    sheet = to_enter(paper, serial)
    kind = f"scan-{len(sheet.scans)}"
    picture = sealed_pictures.take(upload, scan_owner(paper, sheet), kind, request, pdf=True)
    sheet.scans = (*sheet.scans, picture)
    audit.record(request, "paper.scan", paper.meeting, serial=sheet.serial, sha256=picture.sha256)
    return sheet


def scan_owner(paper: PaperRound, sheet: Sheet) -> str:
    """Return for what the pictures of a ballot are sealed."""
    return f"{paper.meeting.ballot_box.meeting_id}:{sheet.serial}"


def scan_files(paper: PaperRound, sheet: Sheet, vault: Any) -> Iterator[tuple[str, bytes]]:
    """Yield file name and bytes of every picture of a ballot."""
    for number, picture in enumerate(sheet.scans, 1):
        name = f"scan-{sheet.serial}-{number}.{sealed_pictures.ending_of(picture)}"
        yield name, sealed_pictures.opened(picture, scan_owner(paper, sheet), vault)


def check_turn(sheet: Sheet, account_id: str) -> None:
    """Refuse a ballot that was entered twice, or by the asking person before (EV-8.6.2)."""
    if sheet.second is not None:
        raise PortalError("paper.entered_twice", status=409, serial=sheet.serial)
    if sheet.first is not None and sheet.first.by == account_id:
        raise Forbidden("paper.other_person", clause="EV-8.6.2", serial=sheet.serial)


def left_for(paper: PaperRound, account_id: str) -> int:
    """Count the returned ballots that a person can still enter."""
    return sum(
        sheet.state == RETURNED
        and sheet.second is None
        and (sheet.first is None or sheet.first.by != account_id)
        for sheet in paper.sheets.values()
    )


def _settle(paper: PaperRound, sheet: Sheet, reading: Reading, text: str, request: Any) -> None:
    sheet.final = _seal(paper, sheet, "final", text, request)
    sheet.final_invalid = bool(reading.invalid)


def _seal(paper: PaperRound, sheet: Sheet, part: str, text: str, request: Any) -> bytes:
    name = purpose(paper.meeting.ballot_box.meeting_id, sheet.serial, part)
    return bytes(request.vault.seal(text, name))


def _text(paper: PaperRound, sheet: Sheet, part: str, request: Any) -> str:
    sealed = sheet.final if part == "final" else getattr(sheet, part).sealed
    name = purpose(paper.meeting.ballot_box.meeting_id, sheet.serial, part)
    return str(request.vault.open(sealed, name))
