"""Published sums, rows and lists (公布的分组、票行与名单), each added up to the result."""

from __future__ import annotations

import hashlib
import itertools

from portal.evidence.verifier.ballots import option_sums
from portal.evidence.verifier.files import (
    BUCKETS,
    LEAVES,
    OWNERS,
    PARTICIPATION,
    RECORD,
    ROWS,
    Files,
)
from portal.evidence.verifier.report import ProblemError, Record, Rows
from portal.evidence.verifier.result import MEASURES, same
from portal.evidence.verifier.tree import roots_at

PAPER = "paper-ballot"
NAMES = {"\0blank": "blank", "\0invalid": "invalid"}


def ticket(table: Record, lot: str) -> str:
    """Return the ticket of a ballot by the seed of the table and the lot of the ballot."""
    return hashlib.sha256(bytes.fromhex(table["seed"]) + lot.encode()).hexdigest()[:32]


def is_secret(package: Files) -> bool:
    """Tell whether the ballots name nobody; refuse a mode that is not known."""
    _, file, settings = package.record("meeting-settings")
    if settings["mode"] not in ("recorded", "secret"):
        raise ProblemError(file, f"mode {settings['mode']} is unknown")
    return bool(settings["mode"] == "secret")


def sums_only(package: Files, name: str) -> None:
    """Refuse a file that tells more of a secret vote than its sums."""
    if is_secret(package) and name in package.files:
        raise ProblemError(name, "a secret vote publishes its sums only")


def ballot_leaves(package: Files) -> Rows:
    """Return the leaves of all ballots: sealed ones, which are withheld, and paper ones."""
    public = [RECORD.fullmatch(name) for name in package.files]
    paper = [int(match.group(1)) for match in public if match and match.group(2) == PAPER]
    return sorted([*package.withheld, *paper])


def sizes(table: Record, count: int) -> Rows:
    """Return how many of ``count`` ballots each bucket holds, by the groups it joins."""
    numbers = [row["groups"] for row in table["buckets"]]
    if min(numbers, default=0) < 1:
        raise ProblemError(BUCKETS, "a bucket without a group")
    groups = max(1, count // table["k"])
    same(BUCKETS, "groups", sum(numbers), groups)
    cuts = [count * sum(numbers[:at]) // groups for at in range(len(numbers) + 1)]
    return [high - low for low, high in itertools.pairwise(cuts)]


def check_buckets(package: Files) -> None:
    """Check groups and sums of the bucket table (EV-8.2.3)."""
    package.need(BUCKETS)
    table, result = package.load(BUCKETS), package.record("result")[2]
    excluded = {row["index"] for row in result["excluded"]}
    ballots = ballot_leaves(package)
    counted = [at for at in ballots if at not in excluded]
    last = ballots[-1] + 1 if ballots else 0
    leaves = [bytes.fromhex(leaf) for leaf in package.load(LEAVES)["sha256"]]
    same(BUCKETS, "seed", table["seed"], roots_at("sha256", leaves, [last])[last].hex())
    for row, size in zip(table["buckets"], sizes(table, len(counted)), strict=True):
        same(BUCKETS, f"ballots of bucket {row['bucket']}", row["ballots"], size)
        same(BUCKETS, f"tickets of bucket {row['bucket']}", len(row["tickets"]), size)
        if row["ballots"] < table["k"]:
            raise ProblemError(BUCKETS, f"bucket {row['bucket']} has fewer than {table['k']}")
    tickets = [one for row in table["buckets"] for one in row["tickets"]]
    same(BUCKETS, "order of tickets", tickets, sorted(tickets))
    for motion in result["motions"]:
        for name, votes in parts_of(motion).items():
            pairs = [row["motions"][motion["motion"]][name] for row in table["buckets"]]
            added = [sum(pair[at] for pair in pairs) for at in range(len(MEASURES))]
            same(BUCKETS, f"{motion['motion']} {name}", added, votes)


def parts_of(motion: Record) -> Record:
    """Return the votes of a motion of the result by option, blank and invalid."""
    parts = {option["option"]: option["votes"] for option in motion["options"]}
    parts.update(blank=motion["blank"], invalid=motion["invalid"])
    return parts


def sums_of(settings: Record, ballots: Rows) -> Record:
    """Return the sums of some (ballot, area) by motion and option."""
    return {
        key: {NAMES.get(name, name): pair for name, pair in sums.items()}
        for key, sums in option_sums(settings, ballots).items()
    }


def check_bucket_ballots(package: Files, counted: Rows) -> None:
    """Check every bucket against the ballots in it, which only auditors can."""
    package.need(BUCKETS)
    table, settings = package.load(BUCKETS), package.record("meeting-settings")[2]
    lots = [ballot["nonce" if "nonce" in ballot else "salt"] for ballot, _ in counted]
    tickets = [ticket(table, lot) for lot in lots]
    order = sorted(range(len(tickets)), key=tickets.__getitem__)
    start = 0
    for row in table["buckets"]:
        some = order[start : start + row["ballots"]]
        start += row["ballots"]
        same(BUCKETS, f"tickets of {row['bucket']}", row["tickets"], [tickets[at] for at in some])
        again = sums_of(settings, [counted[at] for at in some])
        same(BUCKETS, f"bucket {row['bucket']}", row["motions"], again)
    same(BUCKETS, "ballots", start, len(tickets))


def check_owners(package: Files) -> None:
    """Check what level P1 adds: rows and rooms add up to the result."""
    with package.report.check("rows", ROWS):
        sums_only(package, ROWS)
        package.need(ROWS)
        table, result = package.load(ROWS), package.record("result")[2]
        settings = package.record("meeting-settings")[2]
        same(OWNERS, "rows", package.load(OWNERS)["rows"], True)
        again = sums_of(settings, [(row, row["area"]) for row in table["rows"]])
        for motion in result["motions"]:
            same(ROWS, motion["motion"], again[motion["motion"]], parts_of(motion))
        same(ROWS, "ballots", len(table["rows"]), result["participation"][0])
    with package.report.check("participation", PARTICIPATION):
        package.need(PARTICIPATION)
        units = package.load(PARTICIPATION)["units"]
        result, roll = package.record("result")[2], package.record("roll-commitment")[2]
        same(OWNERS, "participation", package.load(OWNERS)["participation"], True)
        same(PARTICIPATION, "units", len(units), roll["units"])
        same(PARTICIPATION, "area", sum(row["area"] for row in units), roll["area"])
        voted = sum(row["area"] for row in units if row["voted"])
        same(PARTICIPATION, "area that voted", voted, result["participation"][1])
