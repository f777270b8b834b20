"""Records of units that joined a ballot later (追加并入记录): a commitment and its opening.

The leaf tells nothing; the opening names units and the leaf of their owners' ballot, which stays
as it was sealed, and is published to those who may see the per-unit table (level P2).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from portal.evidence.canonical import Record, canonical, digest
from portal.evidence.promise import milliseconds

LEAF = "joined-units"


def opening(meeting: str, ballot: int, units: Iterable[str], at: datetime) -> Record:
    """Return which units joined the ballot at a leaf of the log, with a fresh salt."""
    return {
        "type": "join-opening",
        "v": 1,
        "meeting": meeting,
        "ballot": ballot,
        "units": list(units),
        "at": milliseconds(at),
        "salt": secrets.token_hex(16),
    }


def leaf(opened: Record) -> Record:
    """Return the public leaf of a join: its salted digest."""
    return {
        "type": LEAF,
        "v": 1,
        "meeting": opened["meeting"],
        "join": digest(canonical(opened)),
    }
