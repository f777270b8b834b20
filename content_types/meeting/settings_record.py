"""The settings of a meeting as one record (设置记录), and what differs between two of them."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable
from typing import Any

import rfc8785

from portal import clock
from portal.content import public_values
from portal.rules.money import format_amount
from portal.rules.profile import Profile
from portal.rules.profile_files import digest


def settings_record(
    meeting: Any, profile: Profile, confirmed: Any, without: Any = None
) -> dict[str, Any]:
    """Return everything that is fixed by submission as plain data, with its digest.

    ``confirmed`` are the totals the convenor confirmed, or None while there are none; ``without``
    is a motion that is about to be removed.

    Text, integers and lists only; instants in UTC milliseconds. The digest is SHA-256 over the
    canonical JSON (RFC 8785) of the rest.
    """
    record: dict[str, Any] = {
        "type": "meeting-settings",
        "v": 1,
        "community": meeting.community.title,
        "meeting": meeting.__name__,
        **{key: value or "" for key, value in public_values(meeting).items()},
        "scope": list(meeting.scope),
        "voting_opens_at": milliseconds(meeting.voting_opens_at),
        "voting_closes_at": milliseconds(meeting.voting_closes_at),
        "profile": profile.label,
        "profile_digest": digest(profile),
        "confirmed": {
            "units": confirmed.units if confirmed else 0,
            "heads": confirmed.heads if confirmed else 0,
            "area": confirmed.area if confirmed else 0,
        },
        "motions": [motion_record(one) for one in meeting.motions() if one is not without],
        "files": [f"sha256:{stored.sha256}" for stored in meeting.files()],
    }
    record["digest"] = hashlib.sha256(rfc8785.dumps(record)).hexdigest()
    return record


def motion_record(motion: Any) -> dict[str, Any]:
    """Return one motion as plain data with the digests of its attachments."""
    return {
        "key": motion.__name__,
        "title": motion.title,
        "matter": motion.matter,
        "item": motion.item,
        "advisory": motion.advisory,
        "description": motion.description,
        "mode": motion.mode,
        "options": list(motion.options),
        "option_notes": list(motion.option_notes),
        "max_marks": motion.max_marks,
        "seats": motion.seats,
        "amount_fen": motion.amount_fen,
        "scope_units": list(motion.scope_units),
        "files": [f"sha256:{stored.sha256}" for stored in motion.files()],
    }


def milliseconds(instant: Any) -> int:
    """Return an aware instant as UTC milliseconds since 1970."""
    return int(instant.timestamp() * 1000)


# Fields that hold a code, with the message that names its value.
CODED = {
    "convenor_kind": "convenor",
    "method": "meeting.method",
    "ballot_mode": "law.ballot_modes",
    "matter": "matter",
    "item": "matter",
    "advisory": "law.rule",
    "mode": "motion.mode",
}


def difference(
    old: dict[str, Any], new: dict[str, Any], say: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return the two versions field by field for the component ``diff``, codes in words."""
    left, right = (
        {path: _in_words(path, text, say) for path, text in _flat(record)} for record in (old, new)
    )
    rows = []
    for key in dict.fromkeys((*left, *right)):
        before, after = left.get(key, ""), right.get(key, "")
        if key != "digest":
            rows.append({"key": key, "changed": before != after, "parts": _parts(before, after)})
    return rows


def _flat(record: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(record, dict):
        found = []
        for key, value in record.items():
            found += _flat(value, f"{path}.{key}" if path else key)
        return found
    if isinstance(record, list) and record and isinstance(record[0], dict):
        found = []
        for value in record:
            found += _flat(value, f"{path}.{value.get('key', '')}")
        return found
    if isinstance(record, list):
        return [(path, "\n".join(str(value) for value in record))]
    return [(path, _shown(path, record))]


def _in_words(path: str, text: str, say: Callable[[str], str]) -> str:
    prefix = CODED.get(path.rpartition(".")[2])
    return say(f"{prefix}.{text}") if prefix and text else text


def _shown(path: str, value: Any) -> str:
    if path in ("voting_opens_at", "voting_closes_at"):
        local = clock.local(clock.datetime_from_milliseconds(value))
        return local.strftime("%Y-%m-%d %H:%M")
    if path.endswith(".amount_fen"):
        return format_amount(value)
    return str(value)


def _parts(before: str, after: str) -> list[tuple[str, str]]:
    if before == after:
        return [("same", after)] if after else []
    parts = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for op, a1, a2, b1, b2 in matcher.get_opcodes():
        if op == "equal":
            parts.append(("same", before[a1:a2]))
            continue
        if a2 > a1:
            parts.append(("del", before[a1:a2]))
        if b2 > b1:
            parts.append(("ins", after[b1:b2]))
    return parts
