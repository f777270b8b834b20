"""Sheets, ledger lines and entries of a paper round (选票、台账与录入)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from persistent import Persistent

from portal.errors import PortalError
from portal.evidence.canonical import Record, canonical_value
from portal.rules.paper import read_serial

STOCK, ISSUED, RETURNED, SPOILED, UNRETURNED = (
    "stock",
    "issued",
    "returned",
    "spoiled",
    "unreturned",
)
STATES = (STOCK, ISSUED, RETURNED, SPOILED, UNRETURNED)
# Why a whole ballot does not count.
INVALID_REASONS = ("blank", "unreadable", "not_genuine", "unsigned", "withdrawn")
# The mark of a motion whose answer cannot be read; no motion has such an option.
UNREADABLE = "unreadable"
MARK = "YT1"


class Batch(NamedTuple):
    """Ballots printed at once, from number ``first`` to ``last``; ``printouts`` times printed."""

    number: int
    first: int
    last: int
    large: bool
    addressed: bool
    by: str
    at: datetime
    printouts: int = 0

    @property
    def size(self) -> int:
        """How many ballots it has."""
        return self.last - self.first + 1


class Line(NamedTuple):
    """One line of the ledger; ``person`` is sealed, because it names who came to the desk."""

    at: datetime
    action: str
    serial: str
    right: str
    by: str
    person: bytes = b""
    witness: str = ""
    note: str = ""
    photo: Any = None


class Entry(NamedTuple):
    """What one person entered from a ballot, sealed."""

    by: str
    at: datetime
    sealed: bytes


class Decision(NamedTuple):
    """How a dispute or an error was decided, by whom and why."""

    by: str
    at: datetime
    reason: str


class Reading(NamedTuple):
    """What a paper ballot says: marks by motion, or the reason why it is invalid as a whole."""

    choices: dict[str, tuple[str, ...]]
    invalid: str = ""

    def text(self) -> str:
        """Return the one text by which two readings are compared."""
        marks = {key: list(value) for key, value in self.choices.items() if value}
        return canonical_value({"choices": marks, "invalid": self.invalid}).decode()


def reading_of(text: str) -> Reading:
    """Return the reading a text was made from."""
    plain = json.loads(text)
    choices = {key: tuple(value) for key, value in plain["choices"].items()}
    return Reading(choices, plain["invalid"])


class Sheet(Persistent):
    """One numbered ballot: where it is, and what two persons read on it."""

    state = STOCK
    # The right it was printed for, and the right it was issued to.
    meant = ""
    right = ""
    spoiled_from = ""
    issued_at: datetime | None = None
    returned_at: datetime | None = None
    first: Entry | None = None
    second: Entry | None = None
    # The text that counts once both agree or a third person decided, sealed.
    final = b""
    final_invalid = False
    decision: Decision | None = None
    # The opening of its leaf, sealed; older ones stand before it.
    openings: tuple[bytes, ...] = ()
    scans: tuple[Any, ...] = ()

    def __init__(self, serial: str, batch: int) -> None:
        self.serial = serial
        self.batch = batch

    @property
    def is_disputed(self) -> bool:
        """Whether both entries are in and nobody decided between them."""
        return self.second is not None and not self.final


def scanned_serial(text: str, meeting_id: str) -> str:
    """Return the serial number that was typed or read from the code on a ballot.

    PortalError for the code of another meeting, RuleError for a mistyped number.
    """
    parts = text.strip().split(":")
    if parts[0] == MARK and len(parts) == 4:
        if parts[1] != meeting_id:
            raise PortalError("paper.other_meeting", clause="EV-8.1.3", field="serial")
        return read_serial(parts[2])
    return read_serial(text)


def code_of(meeting_id: str, serial: str, settings_digest: str) -> str:
    """Return the text of the code on a ballot: meeting, serial and settings, never a name."""
    short = settings_digest.partition(":")[2][:16]
    return f"{MARK}:{meeting_id}:{serial}:{short}"


def purpose(meeting_id: str, serial: str, part: str) -> str:
    """Return for which purpose a part of a sheet is sealed."""
    return f"paper:{meeting_id}:{serial}:{part}"


def opened(sheet: Sheet, vault: Any, meeting_id: str) -> list[Record]:
    """Return the openings of the leaves of a sheet, the one in force last."""
    return [
        json.loads(vault.open(sealed, purpose(meeting_id, sheet.serial, f"opening-{at}")))
        for at, sealed in enumerate(sheet.openings)
    ]
