"""Verification of a publication package (发布包验证), each check by itself."""

from __future__ import annotations

import contextlib

from portal.evidence.verifier.ballots import JOINED
from portal.evidence.verifier.container import HASHES, digest
from portal.evidence.verifier.documents import check_documents
from portal.evidence.verifier.files import (
    HEADS,
    KEYS,
    LEAVES,
    MANIFEST,
    OWNERS,
    RECORD,
    SEAL,
    TYPES,
    Files,
)
from portal.evidence.verifier.keys import check_keys, check_trust, issuers
from portal.evidence.verifier.outcome import check_ballots, check_result, check_rules
from portal.evidence.verifier.paper import check_paper
from portal.evidence.verifier.publication import check_owners
from portal.evidence.verifier.releases import ENVELOPES
from portal.evidence.verifier.report import (
    MALFORMED,
    ProblemError,
    Record,
    Report,
    Rows,
    Values,
)
from portal.evidence.verifier.result import same
from portal.evidence.verifier.stamps import check_stamps
from portal.evidence.verifier.tree import check_signature, leaf_hash, roots_at


class Package(Files):
    """A package and the checks of everything but its result."""

    def verify(self, trusted: Values = ()) -> Report:
        """Run every check and return the report; ``trusted`` are key ids the reader knows."""
        if "sm3" not in HASHES:
            self.report.notes.append("注意 note: 本机无 SM3，国密摘要未检查 SM3 not checked here")
        self.check_files()
        self.check_seal(trusted)
        self.check_log()
        check_stamps(self)
        self.check_order()
        check_rules(self)
        check_result(self)
        check_owners(self)
        check_ballots(self)
        check_paper(self)
        check_documents(self)
        return self.report

    def check_files(self) -> None:
        """Check container, manifest and the form of every record."""
        with self.report.check("container", "archive"):
            if self.damage:
                raise ProblemError(*self.damage)
        with self.report.check("manifest", MANIFEST):
            manifest = self.load(MANIFEST)
            self.report.level = manifest["level"]
            names = sorted([MANIFEST, SEAL, *(entry["name"] for entry in manifest["files"])])
            same(MANIFEST, "names", sorted(self.files), names)
            level = "P2" if ENVELOPES in names else "P1" if OWNERS in names else "P0"
            same(MANIFEST, "level", manifest["level"], level)
            for entry in manifest["files"]:
                name, data = entry["name"], self.files[entry["name"]]
                for algorithm in HASHES:
                    if digest(data, algorithm) != entry[algorithm] or len(data) != entry["size"]:
                        raise ProblemError(name, "differs from its digest in the manifest")
        with self.report.check("form", "*.json"):
            ours = [name for name in self.files if not name.startswith("documents/")]
            for name in sorted(name for name in ours if name.endswith(".json")):
                content, record = self.load(name), RECORD.fullmatch(name)
                kind = record.group(2) if record else TYPES.get(name)
                if kind:
                    # By its text, because Python takes true for equal to 1.
                    given = [content["type"], repr(content["v"])]
                    same(name, "type and version", given, [kind, "1"])

    def check_seal(self, trusted: Values) -> None:
        """Check who signed the manifest."""
        signers = set()
        with self.report.check("seal", SEAL):
            seal = self.load(SEAL)
            for algorithm in HASHES:
                if digest(self.files[MANIFEST], algorithm) not in list(seal["manifest"]):
                    raise ProblemError(SEAL, "is about another manifest")
            check_signature(SEAL, seal, self.keys())
        with self.report.check("certificate", KEYS):
            log = self.load(MANIFEST)["log"]
            check_keys(KEYS, self.load(KEYS)["keys"], log, self.heads())
        with contextlib.suppress(ProblemError, *MALFORMED):
            used = {self.load(SEAL)["key"], *(head["key"] for head in self.heads())}
            signers = issuers(self.load(KEYS)["keys"], used)
        check_trust(self.report, signers, trusted)

    def check_log(self) -> None:
        """Check leaves against heads, and public records against leaves."""
        with self.report.check("log", LEAVES):
            same(LEAVES, "log", self.load(LEAVES)["log"], self.load(MANIFEST)["log"])
            self.check_leaves(self.load(LEAVES), self.heads())
        with self.report.check("heads", HEADS):
            keys, log = self.keys(), self.load(LEAVES)
            for head in self.heads():
                same(HEADS, "log", [head["type"], head["log"]], ["log-head", log["log"]])
                check_signature(HEADS, head, keys)
        with self.report.check("records", "records/"):
            self.check_records(self.load(LEAVES))

    def check_records(self, log: Record) -> None:
        """Check that each public record is the leaf its name says."""
        inside = [name for name in sorted(self.files) if name.startswith("records/")]
        public = {name: RECORD.fullmatch(name) for name in inside}
        indexes = {int(match.group(1)) for match in public.values() if match}
        # Nothing may be counted up to a number that only a forger wrote.
        for algorithm in HASHES:
            same(LEAVES, f"{algorithm} leaves", len(log[algorithm]), log["size"])
        self.withheld = [at for at in range(log["size"]) if at not in indexes]
        for name, match in public.items():
            if not match or int(match.group(1)) >= log["size"]:
                raise ProblemError(name, "is no name of a record of this log")
            for algorithm in HASHES:
                leaf = leaf_hash(algorithm, self.files[name]).hex()
                if log[algorithm][int(match.group(1))] != leaf:
                    raise ProblemError(name, "is not the leaf of its index in the log")
        same(LEAVES, "withheld", log["withheld"], len(self.withheld))
        same("records", "one record per leaf", len(inside), len(indexes))

    def check_leaves(self, log: Record, heads: Rows) -> None:
        """Check that the leaves give the roots of all heads."""
        sizes = [head["size"] for head in heads]
        times = [head["time"] for head in heads]
        same(HEADS, "last head", sizes[-1:], [log["size"]])
        if sizes != sorted(sizes) or times != sorted(times):
            raise ProblemError(HEADS, "heads do not grow")
        for algorithm in HASHES:
            leaves = [bytes.fromhex(leaf) for leaf in log[algorithm]]
            same(LEAVES, f"{algorithm} leaves", len(leaves), log["size"])
            roots = roots_at(algorithm, leaves, sizes)
            for head in heads:
                if roots[head["size"]].hex() != head["root_" + algorithm]:
                    detail = f"leaves do not give the {algorithm} root of size {head['size']}"
                    raise ProblemError(LEAVES, detail)

    def check_order(self) -> None:
        """Check that rules and roll were logged before the first ballot, the result after all."""
        with self.report.check("order", LEAVES):
            first, last = (self.withheld[0], self.withheld[-1]) if self.withheld else (None, None)
            early = [self.record("meeting-settings"), self.record("roll-commitment")]
            late = self.record("result")
            meetings = {content["meeting"] for _, _, content in (*early, late)}
            same(MANIFEST, "meeting", {self.load(MANIFEST)["meeting"]}, meetings)
            for index, name, _ in early:
                if first is not None and index > first:
                    raise ProblemError(name, "was logged after the first ballot")
            if last is not None and late[0] < last:
                raise ProblemError(late[1], "was logged before the last ballot")
            # Whoever knows the choices adds no more area to a ballot.
            joins = self.records_of(JOINED)
            if joins and joins[-1][0] > self.records_of("keys-released")[0][0]:
                raise ProblemError(LEAVES, "units joined a ballot after the keys were released")
