"""Paper ballots (书面选票核对): commitments, sums of the reconciliation, sample of the audit."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from portal.evidence.verifier.container import canon, same_digest
from portal.evidence.verifier.releases import ENVELOPES
from portal.evidence.verifier.report import ImpossibleError, ProblemError, Record, Rows
from portal.evidence.verifier.result import same

PAPER_LEAF = "paper-ballot"
PAPER_OPENINGS, PAPER_ROLL = "ballots/openings.jsonl", "roll.jsonl"
PAPER_RECORD = "records/*-paper-reconciliation.json"
# Each number of the reconciliation is the sum of these.
PAPER_SUMS = {
    "printed": ("issued", "stock", "spoiled_stock"),
    "issued": ("returned", "unreturned", "spoiled"),
    "box_count": ("returned", "foreign"),
    "stock_count": ("stock",),
    "spoiled_count": ("spoiled", "spoiled_stock"),
    "returned": ("valid", "invalid"),
    "disputed": (),
}
# The audit must find one ballot in a hundred entered wrongly with this chance, in thousandths.
ERRORS_IN, LEAST_PERMILLE = 100, 950


def check_paper_opening(file: str, leaf: Record, opening: Record) -> None:
    """Check that an opening is the one a paper leaf commits to."""
    name = f"paper ballot {leaf['serial']}"
    right = {
        "type": "paper-right",
        "v": 1,
        "meeting": opening["meeting"],
        "serial": opening["serial"],
        "units": opening["units"],
        "salt": opening["right_salt"],
    }
    kinds = [opening["type"], opening["channel"], opening["serial"], opening["meeting"]]
    same(file, name, kinds, ["paper-opening", "paper", leaf["serial"], leaf["meeting"]])
    if not (
        same_digest(canon(opening), leaf["ballot"]) and same_digest(canon(right), leaf["right"])
    ):
        raise ProblemError(file, f"{name} holds something else")


def check_paper_sums(file: str, record: Record) -> None:
    """Check that every number of the reconciliation is the sum of its parts (SZ-24.3)."""
    numbers = record["numbers"]
    if min(numbers.values()) < 0:
        raise ProblemError(file, "a negative number")
    for name, parts in PAPER_SUMS.items():
        same(file, name, numbers[name], sum(numbers[part] for part in parts))


def draw_sample(seed: str, population: int, size: int) -> Rows:
    """Return the places with the lowest tickets SHA-256(seed:place)."""
    tickets = [(hashlib.sha256(f"{seed}:{at}".encode()).digest(), at) for at in range(population)]
    return [at for _, at in sorted(tickets)[:size]]


def found_permille(population: int, size: int) -> Rows:
    """Return how many ballots are one in a hundred, and the chance to draw one of them."""
    wrong = max(1, -(-population // ERRORS_IN))
    missed, all_ways = 1, 1
    for drawn in range(size):
        missed *= max(0, population - wrong - drawn)
        all_ways *= population - drawn
    return [wrong, 1000 * (all_ways - missed) // all_ways]


def check_paper_audit(file: str, numbers: Record, drawn: Record, audit: Record) -> None:
    """Check that the sample follows from the seed, is large enough and was compared whole."""
    population, size = drawn["population"], len(drawn["sample"])
    same(file, "population", population, numbers["returned"])
    if not re.fullmatch(r"[0-9]{20,60}", drawn["seed"]):
        raise ProblemError(file, "the seed is no row of digits")
    same(file, "sample", drawn["sample"], draw_sample(drawn["seed"], population, size))
    same(file, "compared", audit["compared"], size)
    same(
        file, "chance", [audit["wrong"], audit["found_permille"]], found_permille(population, size)
    )
    if audit["found_permille"] < LEAST_PERMILLE or not 0 <= audit["differences"] <= size:
        raise ProblemError(file, "the sample is too small")
    if audit["differences"] and size != population:
        raise ProblemError(file, "a difference was found and not every ballot compared")


def check_paper_leaves(file: str, leaves: Rows, excluded: Record, returned: int) -> None:
    """Check that the newest leaf of each serial number stands and the older ones do not."""
    newest: Record = {}
    for index, leaf in leaves:
        before = newest.get(leaf["serial"])
        if before is not None and excluded.get(before) != "corrected":
            raise ProblemError(file, f"paper ballot {leaf['serial']} stands twice")
        newest[leaf["serial"]] = index
    same(file, "paper ballots", len(newest), returned)
    for serial, index in newest.items():
        if excluded.get(index) == "corrected":
            raise ProblemError(file, f"no later leaf corrects paper ballot {serial}")


def check_paper_invalid(file: str, ballots: Rows, excluded: Record) -> None:
    """Check that exactly the ballots entered as invalid are left out for this reason."""
    for index, ballot in ballots:
        reason = excluded.get(index)
        if reason == "corrected":
            continue
        if bool(ballot["invalid"]) != (reason == "invalid_paper"):
            raise ProblemError(file, f"paper ballot {ballot['serial']} is wrongly left out or in")


def check_paper_conflicts(file: str, ballots: Rows, excluded: Record, roll: Rows) -> None:
    """Check that a paper ballot gave way only to a counted one of the same owner (SZ-22.2)."""
    heads = {entry["unit"]: entry["head"] for entry in roll}
    counted = {
        heads.get(ballot["units"][0])
        for index, ballot in ballots
        if ballot["channel"] != "paper" and index not in excluded
    }
    for index, ballot in ballots:
        if ballot["channel"] != "paper" or excluded.get(index) != "superseded":
            continue
        if heads.get(ballot["units"][0]) not in counted:
            raise ProblemError(file, f"nothing stands instead of paper ballot {ballot['serial']}")


def no_paper(file: str, outcome: Record) -> None:
    """Tell that there was no paper vote; refuse a result with paper ballots but no sums."""
    if any(row["channel"] == "paper" for row in outcome["channels"]):
        raise ProblemError(file, "paper ballots without a reconciliation")
    raise ImpossibleError("没有书面投票 no paper ballots")


def check_paper(package: Any) -> None:
    """Check sums and sample audit of the paper ballots, and at P2 every leaf and opening."""
    with package.report.check("paper", PAPER_RECORD):
        at, file, outcome = package.record("result")
        if not package.has_record("paper-reconciliation"):
            no_paper(file, outcome)
        sums_at, sums_file, sums = package.record("paper-reconciliation")
        check_paper_sums(sums_file, sums)
        numbers, excluded = sums["numbers"], {r["index"]: r["reason"] for r in outcome["excluded"]}
        corrected = sum(reason == "corrected" for reason in excluded.values())
        cast = sum(row["ballots"] for row in outcome["channels"] if row["channel"] == "paper")
        same(file, "paper ballots", cast, numbers["returned"] + corrected)
        if numbers["returned"] > len(package.withheld):
            raise ProblemError(sums_file, "more paper ballots than ballots in the log")
        if numbers["returned"]:
            drawn_at, drawn_file, drawn = package.record("paper-sample")
            audit_at, _, audit = package.record("paper-audit")
            same(drawn_file, "order", sorted([sums_at, drawn_at, audit_at, at]),
                 [sums_at, drawn_at, audit_at, at])  # fmt: skip
            check_paper_audit(drawn_file, numbers, drawn, audit)
        if ENVELOPES in package.files:
            leaves = list(zip(package.withheld, package.lines(ENVELOPES), strict=True))
            papers = [(index, leaf) for index, leaf in leaves if leaf["type"] == PAPER_LEAF]
            check_paper_leaves(ENVELOPES, papers, excluded, numbers["returned"])
            ballots = list(zip(package.withheld, package.lines(PAPER_OPENINGS), strict=True))
            said = [(index, one) for index, one in ballots if one["type"] == "paper-opening"]
            check_paper_invalid(PAPER_OPENINGS, said, excluded)
            check_paper_conflicts(PAPER_OPENINGS, ballots, excluded, package.lines(PAPER_ROLL))
