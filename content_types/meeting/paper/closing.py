"""Reconciliation and audit (核对与抽查): numbers that add up, then leaves, then a public sample."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from content_types.meeting import corrections
from content_types.meeting.paper import PaperRound
from content_types.meeting.paper.entry import checked, final_reading
from content_types.meeting.paper.model import (
    RETURNED,
    SPOILED,
    STOCK,
    UNRETURNED,
    Decision,
    Reading,
    Sheet,
    opened,
    purpose,
)
from portal import audit, clock
from portal.content import oid
from portal.errors import Forbidden, PortalError
from portal.evidence import paper as records
from portal.evidence.canonical import Record, canonical, canonical_value, digest
from portal.evidence.promise import milliseconds
from portal.rules import sampling
from portal.rules.paper import PaperNumbers, SumLine, check_reconciliation

THOUSAND = 1000
CORRECTABLE = ("counted", "result_review", "resolved", "published")


@dataclass(frozen=True)
class HandCount:
    """What people counted: papers in the box, those that are no ballots, stock, spoiled."""

    box: int
    foreign: int
    stock: int
    spoiled: int
    by: str = ""
    at: datetime | None = None


class Comparison(NamedTuple):
    """What the paper of a drawn ballot was found to say against its entry."""

    by: str
    at: datetime
    same: bool


class Audit(Persistent):
    """The sample audit: seed, places drawn and what was compared."""

    finished_at: datetime | None = None
    escalated = False

    def __init__(self, seed: str, population: int, size: int, by: str) -> None:
        self.seed, self.population, self.by = seed, population, by
        self.at = clock.now()
        self.sample = sampling.draw(seed, population, size)
        self.compared = OOBTree()

    @property
    def differences(self) -> int:
        """How many entries differed from their paper."""
        return sum(1 for one in self.compared.values() if not one.same)


def numbers(paper: PaperRound, hand: HandCount | None = None) -> PaperNumbers:
    """Return every number as ledger, entry and hand count give it; nothing counted by hand is 0."""
    found: Counter[str] = Counter()
    for sheet in paper.sheets.values():
        found[sheet.state] += 1
        found["spoiled_stock"] += sheet.state == SPOILED and sheet.spoiled_from == STOCK
        found["entered"] += bool(sheet.final)
        found["invalid"] += sheet.final_invalid
        found["disputed"] += sheet.is_disputed
    issued = sum(1 for line in paper.ledger if line.action == "issue")
    hand = hand or paper.hand_count or HandCount(0, 0, 0, 0)
    return PaperNumbers(
        printed=paper.printed,
        stock=found[STOCK],
        spoiled_stock=found["spoiled_stock"],
        issued=issued,
        returned=found[RETURNED],
        unreturned=found[UNRETURNED],
        spoiled=found[SPOILED] - found["spoiled_stock"],
        box_count=hand.box,
        foreign=hand.foreign,
        stock_count=hand.stock,
        spoiled_count=hand.spoiled,
        valid=found["entered"] - found["invalid"],
        invalid=found["invalid"],
        disputed=found["disputed"],
    )


def finish_entry(paper: PaperRound, hand: HandCount, request: Any) -> tuple[SumLine, ...]:
    """End the entry when every number agrees, and log each ballot and the sums (SZ-24.3).

    RuleError with the two numbers that differ. Without any returned ballot nothing is drawn and
    the count goes on at once.
    """
    profile = paper.meeting.profile
    if paper.opened_at is None:
        raise PortalError("paper.box_shut", clause=profile.box_roles.clause, status=409)
    if paper.closed_at is not None:
        raise PortalError("paper.entry_closed", clause=profile.clauses["paper_entry"], status=409)
    found = numbers(paper, hand)
    lines = check_reconciliation(found)
    now = clock.now()
    paper.hand_count, paper.closed_at = hand, now
    box, registry = paper.meeting.ballot_box, request.registry
    for sheet in sheets_returned(paper):
        log_leaf(paper, sheet, final_reading(paper, sheet, request), request)
    record = records.reconciliation_record(
        box.meeting_id,
        found,
        opened_at=paper.opened_at,
        present=sorted({c.role for c in paper.confirmations}),
        closed_at=now,
        ledger=ledger_digest(paper),
    )
    box.log.append(canonical(record))
    box.log.head(box.signer(registry), now)
    audit.record(request, "paper.reconcile", paper.meeting, after=record)
    if not found.returned:
        paper.audit = Audit("", 0, 0, request.account_id)
        _finish(paper, request)
    return lines


def sheets_returned(paper: PaperRound) -> list[Sheet]:
    """Return the returned ballots in the order of their serial numbers: the places of a sample."""
    return [sheet for sheet in paper.sheets.values() if sheet.state == RETURNED]


def log_leaf(paper: PaperRound, sheet: Sheet, reading: Reading, request: Any) -> int:
    """Append the leaf of a ballot to the log, keep its opening sealed and return its index."""
    box = paper.meeting.ballot_box
    right = box.roll.rights[sheet.right]
    choices = {key: list(marks) for key, marks in reading.choices.items()}
    scans = [f"sha256:{one.sha256}" for one in sheet.scans]
    opening = records.opening(
        box.meeting_id, sheet.serial, right.units, choices, invalid=reading.invalid, scans=scans
    )
    name = purpose(box.meeting_id, sheet.serial, f"opening-{len(sheet.openings)}")
    sheet.openings = (*sheet.openings, request.vault.seal(canonical(opening).decode(), name))
    index = box.log.append(canonical(records.leaf(opening)))
    paper.sequence.append((index, sheet.serial))
    return int(index)


def may_correct(paper: PaperRound) -> bool:
    """Say whether a counted entry can be corrected: until the meeting is archived."""
    return paper.meeting.result is not None and paper.meeting.workflow_state in CORRECTABLE


def correct(paper: PaperRound, sheet: Sheet, reading: Reading, reason: str, request: Any) -> int:
    """Log a corrected entry beside the old one, which then does not count (EV-8.6.3).

    Returns the index of the new leaf; the count that follows heeds it.
    """
    if paper.closed_at is None or not sheet.openings:
        raise PortalError("paper.not_final", status=409, serial=sheet.serial)
    if sheet.first is not None and request.account_id in (
        sheet.first.by,
        sheet.second.by if sheet.second else "",
    ):
        raise Forbidden("paper.third_person", clause="EV-8.6.2", serial=sheet.serial)
    index = log_leaf(paper, sheet, checked(paper, reading), request)
    sheet.final_invalid = bool(reading.invalid)
    sheet.decision = Decision(request.account_id, clock.now(), reason)
    if paper.meeting.result is not None:
        corrections.note(paper.meeting, request, reason, "EV-8.6.3", sheet.serial)
    audit.record(
        request, "paper.correct", paper.meeting, serial=sheet.serial, index=index, reason=reason
    )
    return index


def draw(paper: PaperRound, seed: str, request: Any) -> Audit:
    """Draw the sample from a seed thrown in front of the monitors, once the entry is final."""
    if paper.closed_at is None or paper.audit is not None:
        raise PortalError("paper.no_draw", clause="EV-8.4.1", status=409)
    population = len(sheets_returned(paper))
    size = sampling.sample_size(population)
    paper.audit = Audit(sampling.read_seed(seed), population, size, request.account_id)
    _log_sample(paper, request)
    return paper.audit


def drawn(paper: PaperRound) -> list[Sheet]:
    """Return the drawn ballots in the order in which they were drawn."""
    if paper.audit is None:
        return []
    sheets = sheets_returned(paper)
    return [sheets[at] for at in paper.audit.sample]


def compare(paper: PaperRound, serial: str, reading: Reading, reason: str, request: Any) -> bool:
    """Compare a drawn ballot with its entry; return whether they agree.

    A difference is corrected at once, needs a reason, and makes every ballot part of the sample.
    Forbidden for the two who entered it.
    """
    found = {sheet.serial: sheet for sheet in drawn(paper)}
    sheet = found.get(serial)
    if sheet is None or paper.audit.finished_at is not None:
        raise PortalError("paper.not_drawn", clause="EV-8.4.1", field="serial", serial=serial)
    if serial in paper.audit.compared:
        raise PortalError("paper.compared", field="serial", status=409, serial=serial)
    if request.account_id in (sheet.first.by, sheet.second.by):
        raise Forbidden("paper.third_person", clause="EV-8.6.2", serial=serial)
    seen = checked(paper, reading)
    same = seen.text() == Reading(*_last(paper, sheet, request)).text()
    if not same and not reason:
        raise PortalError("paper.difference", clause="EV-8.6.3", field="reason", serial=serial)
    paper.audit.compared[serial] = Comparison(request.account_id, clock.now(), same)
    audit.record(request, "paper.compare", paper.meeting, serial=serial, same=same)
    if not same:
        correct(paper, sheet, seen, reason, request)
        if not paper.audit.escalated:
            paper.audit.escalated = True
            population = paper.audit.population
            paper.audit.sample = sampling.draw(paper.audit.seed, population, population)
            _log_sample(paper, request)
    if len(paper.audit.compared) == len(paper.audit.sample):
        _finish(paper, request)
    return same


def _last(paper: PaperRound, sheet: Sheet, request: Any) -> tuple[dict[str, Any], str]:
    opening = opened(sheet, request.vault, paper.meeting.ballot_box.meeting_id)[-1]
    return opening["choices"], opening["invalid"]


def risk(paper: PaperRound) -> tuple[int, int]:
    """Return how many wrong entries the sample would have met, and with what chance in ‰."""
    population, size = paper.audit.population, len(paper.audit.sample)
    wrong = sampling.wrong_ballots(population)
    chance = sampling.chance_found(population, wrong, size)
    return wrong, THOUSAND * chance.numerator // chance.denominator


def _log_sample(paper: PaperRound, request: Any) -> None:
    box, held = paper.meeting.ballot_box, paper.audit
    record = records.sample_record(box.meeting_id, held.seed, held.population, held.sample)
    box.log.append(canonical(record))
    box.log.head(box.signer(request.registry), clock.now())
    audit.record(request, "paper.draw", paper.meeting, seed=held.seed, size=len(held.sample))


def _finish(paper: PaperRound, request: Any) -> None:
    box, held = paper.meeting.ballot_box, paper.audit
    held.finished_at = clock.now()
    if held.population:
        wrong, chance = risk(paper)
        record = records.audit_record(
            box.meeting_id,
            compared=len(held.compared),
            differences=held.differences,
            wrong=wrong,
            found_permille=chance,
        )
        box.log.append(canonical(record))
        box.log.head(box.signer(request.registry), clock.now())
        audit.record(request, "paper.audit", paper.meeting, after=record)
    request.site.outbox.put("meeting.count", {"meeting": oid(paper.meeting)})


def ledger_digest(paper: PaperRound) -> str:
    """Return the digest of the whole ledger without the names of who came."""
    lines: list[Record] = [
        {
            "at": milliseconds(line.at),
            "action": line.action,
            "serial": line.serial,
            "right": line.right,
            "by": line.by,
            "note": line.note,
        }
        for line in paper.ledger
    ]
    return digest(canonical_value({"lines": lines}))
