"""Recount from a package alone (仅凭数据包重新计票): the rules of the product on opened envelopes.

Needs no database. The verifier in the package checks with arithmetic of its own; this is the
product's, so that an empty installation comes to the same result years later.
"""

import json
from functools import partial

from portal import clock
from portal.evidence import seal
from portal.evidence.canonical import EvidenceError, Record, canonical
from portal.evidence.outcome import outcome
from portal.evidence.verifier.ballots import OPENINGS, ROLL, with_joins
from portal.evidence.verifier.package import Package
from portal.evidence.verifier.releases import ENVELOPES, RELEASE
from portal.rules.heads import Measure

ELECTRONIC_LEAF = "sealed-ballot"


def recount(archive: bytes) -> Record:
    """Return the result of a full package, counted again; EvidenceError when it differs.

    The package is verified first; a ballot on paper is read from its opening, every other one is
    opened again with the released keys.
    """
    package = Package(archive)
    failures = package.verify().failures
    if failures:
        msg = "; ".join(f"{row['name']}: {row['file']} {row['detail']}" for row in failures)
        raise EvidenceError(msg)
    if ENVELOPES not in package.files:
        msg = "only a package of level P2 holds the ballots"
        raise EvidenceError(msg)
    settings, logged = package.record("meeting-settings")[2], package.record("result")[2]
    ballots = _opened(package, settings)
    roll = {entry["unit"]: entry for entry in package.lines(ROLL)}
    again = _result(settings, logged, roll, ballots)
    if canonical(again) != canonical(logged):
        msg = "the recount differs from the result in the log"
        raise EvidenceError(msg)
    return again


def _opened(package: Package, settings: Record) -> list[tuple[int, Record]]:
    """Return leaf index and content of every ballot, counted or not."""
    opener = seal.opener(settings["sealing"], json.loads(package.files[RELEASE]))
    found = []
    rows = zip(package.withheld, package.lines(ENVELOPES), package.lines(OPENINGS), strict=True)
    for index, envelope, opening in rows:
        if envelope["type"] == ELECTRONIC_LEAF:
            found.append((index, seal.open_ballot(envelope, opener, settings["profile"]["digest"])))
        else:
            found.append((index, opening))
    ballots = with_joins([one for _, one in found], package.withheld, package.joins())
    return list(zip(package.withheld, ballots, strict=True))


def _result(
    settings: Record, logged: Record, roll: dict[str, Record], ballots: list[tuple[int, Record]]
) -> Record:
    out = {row["index"] for row in logged["excluded"]}
    totals = Measure(
        len({entry["head"] for entry in roll.values()}),
        sum(entry["area"] for entry in roll.values()),
    )
    record = outcome(
        logged["meeting"],
        settings,
        [ballot for index, ballot in ballots if index not in out],
        [ballot for _, ballot in ballots],
        area_of=partial(_area, roll),
        totals=totals,
        version=logged["version"],
        counted_at=clock.datetime_from_milliseconds(logged["counted_at"]),
        excluded=logged["excluded"],
    )
    # Which statutory dates were kept is no matter of ballots.
    return {**record, "deadlines": logged["deadlines"]}


def _area(roll: dict[str, Record], ballot: Record) -> int:
    """Return what a ballot weighs: a secret one says it, another names its units."""
    if "weight" in ballot:
        return int(ballot["weight"][1])
    return sum(roll[unit]["area"] for unit in ballot["units"])
