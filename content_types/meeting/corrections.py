"""Corrections after a count (更正): what was decided about a ballot, and the count anew (EV-8.6.3).

A correction never changes a result. It changes what the next count heeds, and the next count
writes a new version beside the old ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal import clock
from portal.content import oid
from portal.errors import PortalError
from portal.workflow import guard, on_transition


@dataclass(frozen=True)
class Correction:
    """Something wrong in a count, decided by a person; ``source`` is the name of its case."""

    at: datetime
    by: str
    reason: str
    clause: str
    source: str = ""


def note(meeting: Any, request: Any, reason: str, clause: str, source: str = "") -> None:
    """Remember that the next count will differ; the convenor then has it counted again."""
    by = request.account_id or "system"
    correction = Correction(clock.now(), by, reason, clause, source)
    meeting.corrections = (*meeting.corrections, correction)


def heeded_by(result: Any) -> int:
    """Return how many corrections a result version knows."""
    return int(result.corrections) if result is not None else 0


def waiting(meeting: Any) -> tuple[Correction, ...]:
    """Return the corrections that the newest result does not heed yet."""
    return tuple(meeting.corrections[heeded_by(meeting.result) :])


def excluded(meeting: Any, result: Any = None) -> dict[str, tuple[str, str]]:
    """Return reason and clause of every voting right whose ballot does not count by a decision.

    With a ``result`` only what that version knew, else everything decided so far.
    """
    known = meeting.corrections if result is None else meeting.corrections[: result.corrections]
    names = {one.source for one in known}
    cases = [case for case in meeting.children_of("ballot_case") if case.__name__ in names]
    return {case.right: (case.kind, case.clause) for case in cases}


@guard("correction_decided")
def correction_decided(item: Any, request: Any) -> bool:
    """A count is repeated only for a correction that somebody decided and no other is open."""
    if any(case.workflow_state == "submitted" for case in item.children_of("ballot_case")):
        raise PortalError("ballot_case.still_open", clause="EV-8.6.2")
    return bool(waiting(item))


@on_transition("meeting.recount")
def count_again(event: Any) -> None:
    """Take the unfinished publication back and promise the count; old versions stay."""
    meeting = event.item
    if event.from_state == "published":
        meeting.published_versions = len(meeting.results)
    meeting.resolved_at = meeting.result_submitted_at = meeting.resolved_by_review_at = None
    meeting.result_posting = meeting.result_published_at = None
    event.request.site.outbox.put("meeting.count", {"meeting": oid(meeting)})
