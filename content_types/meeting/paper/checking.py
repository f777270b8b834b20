"""Checking paper ballots (核对书面选票) for ``yitang check``: openings, ledger and numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from content_types.meeting.paper import PaperRound
from content_types.meeting.paper.closing import ledger_digest, numbers
from content_types.meeting.paper.joining import paper_casts
from content_types.meeting.paper.opening import round_of
from portal import catalog
from portal.evidence.canonical import EvidenceError
from portal.rules.strict import as_plain

RECORD = "paper-reconciliation"


def check_papers(request: Any) -> Iterator[tuple[str, str]]:
    """Yield for every reconciled paper round what is wrong with it, empty when nothing is."""
    found = catalog.each(request, types=("meeting",), everything=True)
    for meeting in found:
        paper = round_of(meeting)
        if paper is not None and paper.closed_at is not None:
            yield f"paper {meeting.ballot_box.meeting_id}", fault_of(paper, request.registry)


def fault_of(paper: PaperRound, registry: Any) -> str:
    """Compare openings, ledger and numbers with what was logged; return the first difference."""
    box = paper.meeting.ballot_box
    try:
        paper_casts(paper, box, registry)
    except (EvidenceError, ValueError) as error:
        return str(error)
    logged = (json.loads(leaf) for leaf in box.log.kept.values())
    record = next((one for one in logged if one["type"] == RECORD), None)
    if record is None:
        return "the sums of the paper ballots are not in the log"
    if record["ledger"] != ledger_digest(paper):
        return "the ledger is not the one whose digest was logged"
    now, then = as_plain(numbers(paper)), record["numbers"]
    # A correction may make a valid ballot invalid or the other way round.
    differs = [
        name for name in then if name not in ("valid", "invalid") and now[name] != then[name]
    ]
    return f"{', '.join(differs)} of the paper ballots differ from the log" if differs else ""
