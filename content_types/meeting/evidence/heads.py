"""The head a result is printed with (结果公告上的日志头), so that paper contradicts another log."""

from __future__ import annotations

from typing import Any

from portal.evidence.canonical import Record


def leaf_of(meeting: Any, result: Any) -> int | None:
    """Return the index of a result version in the log, None when it is not there."""
    kept, record = meeting.ballot_box.log.kept, result.canonical_record
    return next((at for at, leaf in kept.items() if leaf == record), None)


def head_of(meeting: Any, result: Any) -> Record | None:
    """Return the first signed head that covers a result version, None when there is none."""
    index = leaf_of(meeting, result)
    return None if index is None else meeting.ballot_box.log.head_at(index + 1)


def head_lines(meeting: Any, result: Any) -> list[str]:
    """Return the head as it is printed: name and size, both roots, both keys."""
    head = head_of(meeting, result)
    if head is None:
        return []
    return [
        f"{head['log']} {head['size']}",
        f"sha256:{head['root_sha256']}",
        f"sm3:{head['root_sm3']}",
        head["key"],
        # What a verifier is to be told: the key that certified the one above.
        f"--key {meeting.ballot_box.site_key}",
    ]
