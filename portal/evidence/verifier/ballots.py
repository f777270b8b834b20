"""From sealed ballots to the result (由选票到结果): what only the full package allows."""

from __future__ import annotations

from portal.evidence.verifier.container import HASHES, canon, parse, same_digest
from portal.evidence.verifier.paper import PAPER_LEAF, check_paper_opening
from portal.evidence.verifier.releases import ENVELOPES, Opener
from portal.evidence.verifier.report import Names, ProblemError, Record, Rows
from portal.evidence.verifier.result import ABSTAIN, same
from portal.evidence.verifier.tree import leaf_hash, roots_at

OPENINGS = "ballots/openings.jsonl"
ROLL = "roll.jsonl"
UNITS = "units.jsonl"
JOINS, JOINED, AUTOJOIN = "ballots/joins.jsonl", "joined-units", "one_ballot_one_head_autojoin"


def check_envelopes(envelopes: Rows, log: Record, withheld: Rows) -> None:
    """Check that the envelopes are exactly the withheld leaves, in their order."""
    same(ENVELOPES, "ballots", len(envelopes), len(withheld))
    for index, envelope in zip(withheld, envelopes, strict=True):
        leaf = canon(envelope)
        for algorithm in HASHES:
            if leaf_hash(algorithm, leaf).hex() != log[algorithm][index]:
                raise ProblemError(ENVELOPES, f"ballot at leaf {index} was changed or exchanged")


def check_openings(envelopes: Rows, openings: Rows, opener: Opener, profile: str) -> None:
    """Open every envelope again and compare with the opening in the package."""
    same(OPENINGS, "ballots", len(openings), len(envelopes))
    for at, (envelope, opening) in enumerate(zip(envelopes, openings, strict=True), start=1):
        if envelope["type"] == PAPER_LEAF:
            check_paper_opening(f"{OPENINGS}:{at}", envelope, opening)
            continue
        name = f"ballot {envelope['ballot']}"
        if parse(name, opener.open(envelope, profile), padded=True) != opening:
            raise ProblemError(f"{OPENINGS}:{at}", f"{name} holds something else")


def check_joins(lines: Rows, leaves: Rows, withheld: Rows, opens: int, closes: int) -> None:
    """Check that units joined a ballot of the log before them, while the vote was open.

    ``leaves`` are (index, record) of every public leaf of a join.
    """
    same(JOINS, "joins", len(lines), len(leaves))
    ballots = set(withheld)
    for at, (line, (index, leaf)) in enumerate(zip(lines, leaves, strict=True), start=1):
        file = f"{JOINS}:{at}"
        same(file, "type", [line["type"], line["meeting"]], ["join-opening", leaf["meeting"]])
        if not same_digest(canon(line), leaf["join"]):
            raise ProblemError(file, f"is not what leaf {index} commits to")
        if line["ballot"] not in ballots or line["ballot"] > index:
            raise ProblemError(file, f"leaf {line['ballot']} is no earlier ballot")
        if not opens <= line["at"] < closes or not line["units"]:
            raise ProblemError(file, "units joined when the vote was not open")


def with_joins(openings: Rows, withheld: Rows, lines: Rows) -> Rows:
    """Return the ballots with the units that joined them."""
    found = [dict(one) for one in openings]
    places = {index: at for at, index in enumerate(withheld)}
    for line in lines:
        ballot = found[places[line["ballot"]]]
        ballot["units"] = [*ballot["units"], *line["units"]]
    return found


def check_roll(entries: Rows, lines: Rows, commitment: Record) -> None:
    """Check every entry of the roll and its totals against the commitment."""
    for algorithm in HASHES:
        leaves = [leaf_hash(algorithm, line) for line in lines]
        root = roots_at(algorithm, leaves, [len(leaves)])[len(leaves)].hex()
        same(ROLL, f"{algorithm} root", root, commitment["root_" + algorithm])
    if len({entry["unit"] for entry in entries}) != len(entries):
        raise ProblemError(ROLL, "a unit stands twice")
    same(ROLL, "units", len(entries), commitment["units"])
    same(ROLL, "heads", len({entry["head"] for entry in entries}), commitment["heads"])
    same(ROLL, "area", sum(entry["area"] for entry in entries), commitment["area"])


def counted_ballots(openings: Rows, withheld: Rows, roll: Rows, result: Record) -> Rows:
    """Return (ballot, area) of every counted ballot; refuse a unit or owner counted twice."""
    units = {entry["unit"]: entry for entry in roll}
    excluded = {row["index"] for row in result["excluded"]}
    if not excluded <= set(withheld) or len(excluded) != len(result["excluded"]):
        raise ProblemError(OPENINGS, "an excluded ballot is not in the log or stands twice")
    seen: Names = set()
    counted = []
    for index, ballot in zip(withheld, openings, strict=True):
        if index in excluded:
            continue
        chosen = ballot["units"]
        heads = {units[unit]["head"] for unit in chosen if unit in units}
        marks = {("unit", unit) for unit in chosen} | {("head", head) for head in heads}
        if len(heads) != 1 or not units.keys() >= set(chosen) or len(marks) != len(chosen) + 1:
            raise ProblemError(OPENINGS, f"ballot at leaf {index} is not of one owner of the roll")
        if seen & marks:
            raise ProblemError(OPENINGS, f"ballot at leaf {index} counts a unit or owner again")
        seen |= marks
        counted.append((ballot, sum(units[unit]["area"] for unit in chosen)))
    return counted


def secret_ballots(openings: Rows, result: Record) -> Rows:
    """Return (ballot, area) of every secret ballot; they name nobody and none is left out."""
    same(OPENINGS, "excluded ballots", result["excluded"], [])
    for at, ballot in enumerate(openings, start=1):
        same(f"{OPENINGS}:{at}", "weight in heads", ballot["weight"][0], 1)
        if "units" in ballot or ballot["type"] != "ballot":
            raise ProblemError(f"{OPENINGS}:{at}", "is no secret ballot")
    if len({ballot["tracker"] for ballot in openings}) != len(openings):
        raise ProblemError(OPENINGS, "a tracker stands twice")
    return [(ballot, ballot["weight"][1]) for ballot in openings]


def recount(settings: Record, counted: Rows) -> Record:
    """Return participation, channels and option sums as they follow from the ballots."""
    channels: Record = {}
    for ballot, area in counted:
        add(channels.setdefault(ballot["channel"], [0, 0]), area)
    total = [len(counted), sum(area for _, area in counted)]
    motions = option_sums(settings, counted)
    return {"participation": total, "channels": channels, "motions": motions}


def option_sums(settings: Record, ballots: Rows) -> Record:
    """Return the sums of some (ballot, area) by motion and option, blank and invalid.

    Only the marks that are written are read, so that no forger makes work he does not send: what
    is blank is the rest.
    """
    motions = {motion["motion"]: motion for motion in settings["motions"]}
    found: Record = {}
    for key, motion in motions.items():
        names = [option["option"] for option in motion["options"]]
        found[key] = {name: [0, 0] for name in [*names, "\0blank", "\0invalid"]}
    total, marked = [0, 0], {key: [0, 0] for key in motions}
    for ballot, area in ballots:
        add(total, area)
        for key, marks in ballot["choices"].items():
            if marks and key in motions:
                add(marked[key], area)
                for name in valid(motions[key], marks, found[key]):
                    add(found[key][name], area)
    for key, pair in marked.items():
        found[key]["\0blank"] = [whole - part for whole, part in zip(total, pair, strict=True)]
    return found


def valid(motion: Record, marks: Rows, sums: Record) -> Rows:
    """Return what a set of marks counts for: its options, blank or invalid."""
    if not marks:
        return ["\0blank"]
    known = all(mark in sums and not mark.startswith("\0") for mark in marks)
    alone = ABSTAIN not in marks or len(marks) == 1
    fits = len(set(marks)) == len(marks) <= motion["max_marks"]
    return marks if known and alone and fits else ["\0invalid"]


def add(pair: Rows, area: int) -> None:
    """Add one head and its area."""
    pair[0] += 1
    pair[1] += area


def check_recount(settings: Record, result: Record, counted: Rows, file: str) -> None:
    """Compare the result with the recount."""
    again = recount(settings, counted)
    same(file, "participation", result["participation"], again["participation"])
    stated = {row["channel"]: row["votes"] for row in result["channels"] if row["counted"]}
    same(file, "channels", stated, again["channels"])
    for row in result["motions"]:
        votes = {option["option"]: option["votes"] for option in row["options"]}
        votes.update({"\0blank": row["blank"], "\0invalid": row["invalid"]})
        same(file, row["motion"], votes, again["motions"][row["motion"]])


def check_marks(table: Rows, roll: Rows, counted: Rows) -> None:
    """Compare the units marked as voted with the roll, and their weights with the ballots."""
    same(UNITS, "units", len(table), len(roll))
    heads: Record = {}
    for row, entry in zip(table, roll, strict=True):
        expected = {name: entry[name] for name in ("unit", "head", "area")}
        expected |= {"type": "unit-mark", "v": 1, "voted": bool(row["voted"])}
        same(UNITS, f"unit {entry['unit']}", row, expected)
        if row["voted"]:
            heads[entry["head"]] = heads.get(entry["head"], 0) + entry["area"]
    same(UNITS, "weights", sorted(heads.values()), sorted(area for _, area in counted))


def check_units(table: Rows, roll: Rows, counted: Rows) -> None:
    """Compare the per-unit table with roll and ballots."""
    ballots = {unit: ballot for ballot, _ in counted for unit in ballot["units"]}
    same(UNITS, "units", len(table), len(roll))
    for row, entry in zip(table, roll, strict=True):
        ballot = ballots.get(entry["unit"])
        expected = {
            "type": "unit-result",
            "v": 1,
            "unit": entry["unit"],
            "head": entry["head"],
            "area": entry["area"],
            "channel": ballot["channel"] if ballot else None,
            "choices": ballot["choices"] if ballot else None,
        }
        same(UNITS, f"unit {entry['unit']}", row, expected)
