"""Verification of a voucher (凭证验证) offline, against a later head or a whole package."""

from __future__ import annotations

from portal.evidence.verifier.container import HASHES, parse
from portal.evidence.verifier.files import BUCKETS, LEAVES
from portal.evidence.verifier.keys import check_keys, check_trust, issuers
from portal.evidence.verifier.package import Package
from portal.evidence.verifier.publication import ticket
from portal.evidence.verifier.report import (
    ImpossibleError,
    ProblemError,
    Record,
    Report,
    Rows,
    Values,
)
from portal.evidence.verifier.result import same
from portal.evidence.verifier.tree import check_signature, consistent, included, roots_at


def verify_voucher(
    data: bytes, proof: bytes | None = None, trusted: Values = (), *, file: str = "voucher.json"
) -> Report:
    """Verify a voucher; ``proof`` is a later log proof or a package it must be found in."""
    report = Report("voucher")
    voucher: Record = {}
    with report.check("form", file):
        voucher = parse(file, data)
        same(file, "type", voucher["type"], "voucher")
    if report.failures:
        return report
    keys = {}
    with report.check("seal", file):
        keys = {entry["key"]: entry for entry in voucher["keys"]}
        check_signature(file, voucher, keys)
    with report.check("certificate", file):
        check_keys(file, voucher["keys"], voucher["log"], [])
    with report.check("promise", file):
        promise = voucher["promise"]
        same(file, "type", promise["type"], "cast-promise")
        same(file, "leaf", promise["leaf"], voucher["leaf"])
        same(file, "log", promise["log"], voucher["log"])
        check_signature(file, promise, keys)
    with report.check("heads", file):
        check_signature(file, needed(voucher, "head"), keys)
    with report.check("inclusion", file):
        head, path = needed(voucher, "head"), needed(voucher, "inclusion")
        same(file, "type", head["type"], "log-head")
        same(file, "log", head["log"], voucher["log"])
        for name in HASHES:
            place = (path["index"], head["size"])
            root = head["root_" + name]
            if not included(name, voucher["leaf"][name], place, path[name], root):
                raise ProblemError(file, f"leaf is not in the {name} tree of the head")
    check_trust(report, issuers(list(keys.values()), set(keys)), trusted)
    if proof is not None:
        against(report, voucher, keys, proof)
    return report


def whole(proof: bytes, keys: Record) -> Package:
    """Return a package that passes every check, under the long-term key behind the voucher."""
    package = Package(proof)
    for failure in package.verify(tuple(issuers(list(keys.values()), set(keys)))).failures:
        raise ProblemError(failure["file"], f"package fails {failure['name']}: {failure['detail']}")
    return package


def bucket_note(package: Package, index: int, voucher: Record) -> Rows:
    """Say in which bucket of a package the ballot at a leaf was published; refuse one in none."""
    excluded = {row["index"]: row for row in package.record("result")[2]["excluded"]}
    if index in excluded:
        row = excluded[index]
        return [f"未计入 not counted: {row['reason']} ({row['clause']})"]
    if BUCKETS not in package.files or "lot" not in voucher:
        return ["已计入 counted"]
    table = package.load(BUCKETS)
    for row in table["buckets"]:
        if ticket(table, voucher["lot"]) in row["tickets"]:
            return [f"已计入 counted: 分组 bucket {row['bucket']} / {len(table['buckets'])}"]
    raise ProblemError(BUCKETS, "the ballot is in no bucket")


def place_of(voucher: Record, log: Record) -> int:
    """Return the leaf of a ballot that had no place in the log yet, as secret ones have none."""
    leaf = voucher["leaf"]
    if leaf["sha256"] not in log["sha256"]:
        raise ProblemError(LEAVES, "the ballot that was promised is not in the log")
    index = log["sha256"].index(leaf["sha256"])
    for name in HASHES:
        same(LEAVES, f"{name} leaf {index}", log[name][index], leaf[name])
    return int(index)


def needed(voucher: Record, name: str) -> Record:
    """Return a part that a voucher has only once its ballot was sequenced."""
    if voucher[name] is None:
        raise ImpossibleError(
            "凭证上还没有日志位置：请稍后重新下载，或与发布包核对（无记名） not in the log yet: "
            "download again, or check against a package (secret ballots)"
        )
    return dict(voucher[name])


def against(report: Report, voucher: Record, keys: Record, proof: bytes) -> None:
    """Check the voucher's head against a later one."""
    if proof[:2] == b"PK":
        with report.check("consistency", LEAVES):
            package = whole(proof, keys)
            log = package.load(LEAVES)
            same(LEAVES, "log", log["log"], voucher["log"])
            if voucher["inclusion"] is None:
                report.notes += bucket_note(package, place_of(voucher, log), voucher)
                return
            head, path = needed(voucher, "head"), voucher["inclusion"]
            for name in HASHES:
                if log[name][path["index"]] != voucher["leaf"][name]:
                    raise ProblemError(LEAVES, f"leaf {path['index']} is not the voucher's ballot")
                leaves = [bytes.fromhex(leaf) for leaf in log[name]]
                root = roots_at(name, leaves, [head["size"]])[head["size"]].hex()
                same(LEAVES, f"{name} root of size {head['size']}", root, head["root_" + name])
            report.notes += bucket_note(package, path["index"], voucher)
        return
    with report.check("consistency", "proof.json"):
        record, head = parse("proof.json", proof), needed(voucher, "head")
        later = record["head"]
        same("proof.json", "type", record["type"], "log-proof")
        same("proof.json", "log", later["log"], voucher["log"])
        for name in HASHES:
            roots = (head["root_" + name], later["root_" + name])
            if not consistent(name, (head["size"], later["size"]), record[name], roots):
                raise ProblemError("proof.json", f"later {name} tree does not contain the earlier")
        check_signature("proof.json", later, keys)
