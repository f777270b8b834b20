"""What is published beside the result (分级公布): bucket table, ballot rows, participation list."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from portal.evidence.canonical import Record, canonical_value
from portal.evidence.verifier.ballots import valid
from portal.rules.buckets import WeighedBallot, buckets, rows_are_safe, ticket

# How the sums of a motion are called where no option is.
NAMES = {"\0blank": "blank", "\0invalid": "invalid"}


class CountedBallot(NamedTuple):
    """A counted ballot: its lot (see ``lot_of``), area in 0.01 m², class of look and choices."""

    lot: str
    area: int
    building: str
    choices: dict[str, list[str]]


def lot_of(ballot: Record) -> str:
    """Return what of an opened ballot only its voter and auditors know."""
    return str(ballot["nonce"] if ballot["type"] == "ballot" else ballot["salt"])


def cells_of(settings: Record, choices: dict[str, list[str]]) -> tuple[tuple[str, str], ...]:
    """Return the cells (motion, option) a ballot adds to; blank and invalid are cells too."""
    found: list[tuple[str, str]] = []
    for motion in settings["motions"]:
        options = {option["option"]: None for option in motion["options"]}
        names = valid(motion, choices.get(motion["motion"], []), options)
        found += [(motion["motion"], str(NAMES.get(name, name))) for name in names]
    return tuple(found)


def bucket_table(
    settings: Record, counted: Sequence[CountedBallot], seed: str, size: int
) -> Record | None:
    """Return the sums of random groups of ``size`` ballots or more, None when there are fewer.

    ``seed`` is the SHA-256 root (hex) of the log up to its last ballot, ``counted`` stands in log
    order. A secret vote publishes its sums only.
    """
    if len(counted) < size or settings["mode"] != "recorded":
        return None
    weighed = [WeighedBallot(one.area, cells_of(settings, one.choices)) for one in counted]
    tickets = [ticket(bytes.fromhex(seed), one.lot) for one in counted]
    rows = []
    for number, groups in enumerate(buckets(weighed, tickets, size), 1):
        places = [at for group in groups for at in group]
        members = [weighed[at] for at in places]
        rows.append(
            {
                "bucket": number,
                "groups": len(groups),
                "ballots": len(members),
                "tickets": [tickets[at] for at in places],
                "motions": sums(settings, members),
            }
        )
    return {"type": "bucket-table", "v": 1, "k": size, "seed": seed, "buckets": rows}


def sums(settings: Record, ballots: Sequence[WeighedBallot]) -> Record:
    """Return by motion and option the heads and area of some ballots."""
    found: dict[str, dict[str, list[int]]] = {}
    for motion in settings["motions"]:
        names = [option["option"] for option in motion["options"]]
        found[motion["motion"]] = {name: [0, 0] for name in (*names, "blank", "invalid")}
    for ballot in ballots:
        for cell in ballot.cells:
            name, option = cast("tuple[str, str]", cell)
            pair = found[name][option]
            pair[0], pair[1] = pair[0] + 1, pair[1] + ballot.area
    return found


def ballot_rows(settings: Record, counted: Sequence[CountedBallot], size: int) -> Record | None:
    """Return single ballots without unit and order, None when an area is rare (B11)."""
    classes = [(one.area, one.building) for one in counted]
    if settings["mode"] != "recorded" or not rows_are_safe(classes, size):
        return None
    rows = [{"area": one.area, "choices": one.choices} for one in counted]
    return {"type": "ballot-rows", "v": 1, "k": size, "rows": sorted(rows, key=canonical_value)}


def participation_list(meeting: str, units: Sequence[tuple[str, int, bool]]) -> Record:
    """Return which rooms took part: (room, area, voted); names and choices are not in it."""
    rows = [{"room": room, "area": area, "voted": voted} for room, area, voted in units]
    return {"type": "participation-list", "v": 1, "meeting": meeting, "units": rows}


def bucket_of(table: Record, lot: str) -> int | None:
    """Return the number of the bucket that a ballot lies in, None when it was not counted."""
    own = ticket(bytes.fromhex(table["seed"]), lot)
    found = (int(row["bucket"]) for row in table["buckets"] if own in row["tickets"])
    return next(found, None)


def owners_part(meeting: str, participation: Any, rows: Any) -> Record:
    """Return what level P1 adds and what the profile or the guard withholds."""
    return {
        "type": "owners-part",
        "v": 1,
        "meeting": meeting,
        "participation": participation is not None,
        "rows": rows is not None,
    }
