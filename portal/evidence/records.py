"""Public records of a meeting (公开记录): what is appended to the log beside the ballots.

Every function returns a record for ``canonical()``; times are UTC milliseconds, areas 0.01 m²,
pairs ``[heads, area]``. The formats stand in docs/package-format.md.
"""

import secrets
from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from typing import Any

from portal.evidence.canonical import HASHES, Record, canonical, canonical_value, digest
from portal.evidence.promise import milliseconds
from portal.rules import merkle
from portal.rules.decision import AppliedRule, Verdict
from portal.rules.election import Standing
from portal.rules.heads import Measure
from portal.rules.strict import as_plain
from portal.rules.tally import MotionCount, MotionSpec


def deadline(
    name: str, clause: str, relation: str, limit: datetime, actual: datetime | None
) -> Record:
    """Return a statutory date and what happened; ``relation`` is not_before or not_after."""
    met = None
    if actual is not None:
        met = actual >= limit if relation == "not_before" else actual <= limit
    return {
        "name": name,
        "clause": clause,
        "relation": relation,
        "limit": milliseconds(limit),
        "actual": None if actual is None else milliseconds(actual),
        "met": met,
    }


def notice(notice_id: str, title: str, kind: str, posted_at: datetime, content: bytes) -> Record:
    """Return a posted notice with the digest of its content."""
    return {
        "notice": notice_id,
        "title": title,
        "kind": kind,
        "posted_at": milliseconds(posted_at),
        "digest": digest(content),
    }


def motion_settings(
    spec: MotionSpec,
    title: str,
    labels: Sequence[str],
    rule: AppliedRule,
    *,
    agree: str = "for",
    seats: int = 0,
    order: Sequence[str] = ("heads", "area"),
    tie: str = "further_vote",
    amount: int = 0,
    scope: Sequence[str] = (),
    explanation: Record | None = None,
    files: Sequence[str] = (),
) -> Record:
    """Return one motion as it is put to the vote; ``seats`` above 0 makes it an election.

    ``agree`` is the option whose votes carry the motion, ``labels`` stand in the order of the
    options, ``order`` ranks the candidates and ``tie`` says what decides between equal ones.
    ``amount`` in 分 is the ceiling of a use of the fund and ``scope`` names who bears it; of the
    ``explanation`` and the attached files the digests are kept.
    """
    options = zip(spec.options, labels, strict=True)
    return {
        "motion": spec.key,
        "title": title,
        "mode": spec.mode,
        "options": [{"option": option, "label": label} for option, label in options],
        "max_marks": spec.max_marks,
        "agree": agree,
        "seats": seats,
        "order": list(order),
        "tie": tie,
        "amount": amount,
        "scope": list(scope),
        "explanation": digest(canonical_value(explanation or {})),
        "files": list(files),
        "rule": as_plain(rule),
    }


def settings_record(
    meeting: str,
    *,
    community: str,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    profile: Record,
    sealing: Record,
    motions: list[Record],
    mode: str = "recorded",
    step: int = 0,
    notices: Iterable[Record] = (),
    deadlines: Iterable[Record] = (),
) -> Record:
    """Return the settings of a meeting, logged before the first ballot.

    ``profile`` is ``{"id", "version", "digest"}`` with a digest such as ``sha256:…``;
    ``sealing`` says who opens the ballots, see ``portal.evidence.seal``; ``mode`` is recorded or
    secret; ``step`` above 0 says that votes per option were shown while voting, in such steps.
    """
    figures: Record = {"figures_while_voting": {"step": step}} if step else {}
    return {
        "type": "meeting-settings",
        "v": 1,
        "meeting": meeting,
        "community": community,
        "title": title,
        "mode": mode,
        "opens_at": milliseconds(opens_at),
        "closes_at": milliseconds(closes_at),
        "profile": {name: profile[name] for name in ("id", "version", "digest")},
        "sealing": sealing,
        "motions": motions,
        "notices": list(notices),
        "deadlines": list(deadlines),
        **figures,
    }


def roll_entry(unit: str, head: str, area: int, salt: str | None = None) -> Record:
    """Return one unit of the roll; the random salt keeps its leaf hash from being guessed.

    ``head`` names the owner or group of owners without naming a person.
    """
    return {
        "type": "roll-entry",
        "v": 1,
        "unit": unit,
        "head": head,
        "area": area,
        "salt": salt or secrets.token_hex(16),
    }


def roll_commitment(meeting: str, entries: Sequence[Record]) -> Record:
    """Return totals and roots of the roll, logged before the first ballot."""
    leaves = [canonical(entry) for entry in entries]
    roots = {
        f"root_{name}": merkle.root(hash_, [merkle.leaf_hash(hash_, leaf) for leaf in leaves]).hex()
        for name, hash_ in HASHES.items()
    }
    return {
        "type": "roll-commitment",
        "v": 1,
        "meeting": meeting,
        "units": len(entries),
        "heads": len({entry["head"] for entry in entries}),
        "area": sum(entry["area"] for entry in entries),
        **roots,
    }


def keys_released(meeting: str, releases: Record) -> Record:
    """Return the public word which keys opened the ballots, with the digest of their release."""
    return {
        "type": "keys-released",
        "v": 1,
        "meeting": meeting,
        "keys": [row["key"] for row in releases["releases"]],
        "release": digest(canonical(releases)),
    }


def motion_result(
    count: MotionCount,
    verdict: Verdict | None = None,
    standings: Sequence[Standing] | None = None,
) -> Record:
    """Return the counted motion: ``verdict`` of a decision, ``standings`` of an election."""
    return {
        "motion": count.key,
        "options": [
            {"option": option.option, "votes": list(option.votes)} for option in count.options
        ],
        "blank": list(count.blank),
        "invalid": list(count.invalid),
        "verdict": None if verdict is None else as_plain(verdict),
        "standings": None if standings is None else [as_plain(row) for row in standings],
    }


def channel(name: str, ballots: int, counted: int, votes: Measure) -> Record:
    """Return the ballots received and counted through one channel, and their weight."""
    return {"channel": name, "ballots": ballots, "counted": counted, "votes": list(votes)}


def result_record(
    meeting: str,
    *,
    version: int,
    counted_at: datetime,
    totals: Measure,
    participation: Measure,
    channels: list[Record],
    motions: list[Record],
    excluded: Iterable[Record] = (),
    deadlines: Iterable[Record] = (),
) -> Record:
    """Return the result; ``excluded`` rows are ``{"index", "reason", "clause"}`` of ballots."""
    return {
        "type": "result",
        "v": 1,
        "meeting": meeting,
        "version": version,
        "counted_at": milliseconds(counted_at),
        "totals": list(totals),
        "participation": list(participation),
        "channels": channels,
        "excluded": list(excluded),
        "motions": motions,
        "deadlines": list(deadlines),
    }


def unit_results(roll: Sequence[Record], ballots: Iterable[Record]) -> list[Record]:
    """Return the per-unit table in the order of the roll; ``ballots`` are the counted ones."""
    by_unit: dict[str, Any] = {unit: ballot for ballot in ballots for unit in ballot["units"]}
    rows = []
    for entry in roll:
        ballot = by_unit.get(entry["unit"])
        rows.append(
            {
                "type": "unit-result",
                "v": 1,
                "unit": entry["unit"],
                "head": entry["head"],
                "area": entry["area"],
                "channel": ballot["channel"] if ballot else None,
                "choices": ballot["choices"] if ballot else None,
            }
        )
    return rows


def unit_marks(roll: Sequence[Record], voted: Container[str]) -> list[Record]:
    """Return which units a secret vote has ballots of, in the order of the roll."""
    return [
        {
            "type": "unit-mark",
            "v": 1,
            "unit": entry["unit"],
            "head": entry["head"],
            "area": entry["area"],
            "voted": entry["unit"] in voted,
        }
        for entry in roll
    ]
