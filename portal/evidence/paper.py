"""Records of a paper vote (书面投票记录): commitments in the log, their openings, sums and audit.

A leaf binds serial number, units and choices of one paper ballot by salted digests, so that it
tells nothing; the opening is published to those who may see the per-unit table (level P2).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from portal.evidence.canonical import Record, canonical, digest
from portal.evidence.promise import milliseconds
from portal.rules.paper import PaperNumbers
from portal.rules.strict import as_plain

CHANNEL = "paper"
LEAF = "paper-ballot"


def opening(
    meeting: str,
    serial: str,
    units: Iterable[str],
    choices: dict[str, list[str]],
    *,
    invalid: str = "",
    scans: Iterable[str] = (),
) -> Record:
    """Return what a paper ballot says, with fresh salts; ``scans`` are digests of its pictures.

    ``invalid`` is the reason why the whole ballot does not count, empty when it does.
    """
    return {
        "type": "paper-opening",
        "v": 1,
        "meeting": meeting,
        "serial": serial,
        "units": list(units),
        "choices": choices,
        "channel": CHANNEL,
        "invalid": invalid,
        "scans": list(scans),
        "salt": secrets.token_hex(16),
        "right_salt": secrets.token_hex(16),
    }


def right_opening(opened: Record) -> Record:
    """Return the part of an opening that proves to an owner that his ballot is in the log.

    It has a salt of its own: with the other one the choices could be guessed.
    """
    return {
        "type": "paper-right",
        "v": 1,
        "meeting": opened["meeting"],
        "serial": opened["serial"],
        "units": opened["units"],
        "salt": opened["right_salt"],
    }


def leaf(opened: Record) -> Record:
    """Return the leaf of a paper ballot: its serial number and two salted digests."""
    return {
        "type": LEAF,
        "v": 1,
        "meeting": opened["meeting"],
        "serial": opened["serial"],
        "right": digest(canonical(right_opening(opened))),
        "ballot": digest(canonical(opened)),
    }


def reconciliation_record(
    meeting: str,
    numbers: PaperNumbers,
    *,
    opened_at: datetime,
    present: Iterable[str],
    closed_at: datetime,
    ledger: str,
) -> Record:
    """Return the sums of a paper round; ``present`` are roles, ``ledger`` digests its lines."""
    return {
        "type": "paper-reconciliation",
        "v": 1,
        "meeting": meeting,
        "opened_at": milliseconds(opened_at),
        "present": list(present),
        "closed_at": milliseconds(closed_at),
        "numbers": as_plain(numbers),
        "ledger": ledger,
    }


def sample_record(meeting: str, seed: str, population: int, sample: Iterable[int]) -> Record:
    """Return the drawn sample: places of ballots in the order of their serial numbers."""
    return {
        "type": "paper-sample",
        "v": 1,
        "meeting": meeting,
        "seed": seed,
        "population": population,
        "sample": list(sample),
    }


def audit_record(
    meeting: str, *, compared: int, differences: int, wrong: int, found_permille: int
) -> Record:
    """Return the outcome of the sample audit.

    Had ``wrong`` ballots been entered wrongly, at least one of them would have been drawn with a
    chance of ``found_permille`` thousandths, rounded down.
    """
    return {
        "type": "paper-audit",
        "v": 1,
        "meeting": meeting,
        "compared": compared,
        "differences": differences,
        "wrong": wrong,
        "found_permille": found_permille,
    }
