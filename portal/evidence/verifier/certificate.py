"""Verification of a certificate of a voting right (表决权证明验证)."""

from __future__ import annotations

from portal.evidence.verifier.container import HASHES, canon, parse
from portal.evidence.verifier.keys import check_keys, check_trust, issuers
from portal.evidence.verifier.report import ProblemError, Record, Report, Values
from portal.evidence.verifier.result import same
from portal.evidence.verifier.tree import check_signature, included, leaf_hash


def verify_certificate(data: bytes, trusted: Values = (), *, file: str = "right.json") -> Report:
    """Verify that the roll that was logged before the vote holds the entries."""
    report = Report("voting-right")
    record: Record = {}
    with report.check("form", file):
        record = parse(file, data)
        same(file, "type", record["type"], "voting-right")
    if report.failures:
        return report
    keys: Record = {}
    with report.check("seal", file):
        keys = {entry["key"]: entry for entry in record["keys"]}
        check_signature(file, record, keys)
    with report.check("certificate", file):
        check_keys(file, record["keys"], record["log"], [])
    with report.check("heads", file):
        same(
            file,
            "log",
            [record["head"]["type"], record["head"]["log"]],
            ["log-head", record["log"]],
        )
        check_signature(file, record["head"], keys)
    with report.check("inclusion", file):
        head, path = record["head"], record["inclusion"]
        for name in HASHES:
            leaf = leaf_hash(name, record["commitment"].encode("utf-8")).hex()
            place = (path["index"], head["size"])
            if not included(name, leaf, place, path[name], head["root_" + name]):
                raise ProblemError(file, f"the roll is not in the {name} tree of the head")
    with report.check("roll_proof", file):
        roll = parse(file, record["commitment"].encode("utf-8"))
        same(file, "roll", [roll["type"], roll["meeting"]], ["roll-commitment", record["meeting"]])
        for row in record["entries"]:
            unit = row["entry"]["unit"]
            for name in HASHES:
                leaf = leaf_hash(name, canon(row["entry"])).hex()
                place = (row["index"], roll["units"])
                if not included(name, leaf, place, row[name], roll["root_" + name]):
                    raise ProblemError(file, f"unit {unit} is not in the {name} tree of the roll")
        if not record["entries"]:
            raise ProblemError(file, "names no unit")
    check_trust(report, issuers(list(keys.values()), set(keys)), trusted)
    return report
