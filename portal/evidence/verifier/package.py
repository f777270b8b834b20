"""Verification of a publication package (发布包验证), each check by itself."""

from __future__ import annotations

import contextlib
import re

from portal.evidence.verifier.ballots import (
    ENVELOPES,
    OPENINGS,
    RELEASE,
    ROLL,
    UNITS,
    check_envelopes,
    check_openings,
    check_recount,
    check_release,
    check_roll,
    check_units,
    counted_ballots,
)
from portal.evidence.verifier.container import HASHES, digest, parse, read_archive, same_digest
from portal.evidence.verifier.report import (
    MALFORMED,
    ImpossibleError,
    Names,
    ProblemError,
    Record,
    Report,
    Rows,
    Values,
)
from portal.evidence.verifier.result import (
    check_buckets,
    check_deadlines,
    check_sums,
    check_thresholds,
    judge,
    paired,
    same,
)
from portal.evidence.verifier.tree import check_signature, leaf_hash, roots_at

SETTINGS, RESULT = "records/*-meeting-settings.json", "records/*-result.json"
MANIFEST, SEAL, KEYS = "manifest.json", "seal.json", "keys.json"
LEAVES, HEADS = "log/leaves.json", "log/heads.json"
TYPES = {
    MANIFEST: "package-manifest",
    SEAL: "package-seal",
    KEYS: "public-keys",
    LEAVES: "log-leaves",
    HEADS: "log-heads",
    RELEASE: "tally-key-release",
    "buckets.json": "bucket-table",
}
RECORD = re.compile(r"records/(\d{8})-([a-z-]+)\.json")


class Package:
    """The files of a package and what the checks have established so far."""

    def __init__(self, data: bytes) -> None:
        self.report = Report()
        self.files, self.damage = read_archive(data)
        self.loaded: dict[str, Record] = {}
        self.withheld: Rows = []

    def load(self, name: str) -> Record:
        """Parse one file once."""
        if name not in self.files:
            raise ProblemError(name, "missing 缺失")
        if name not in self.loaded:
            self.loaded[name] = parse(name, self.files[name])
        return self.loaded[name]

    def lines(self, name: str) -> Rows:
        """Parse a file of one record per line."""
        self.need(name)
        parts = self.files[name].split(b"\n")
        if parts.pop():
            raise ProblemError(name, "last line is not ended")
        return [parse(f"{name}:{at}", part) for at, part in enumerate(parts, start=1)]

    def need(self, name: str) -> None:
        """Tell that a check needs a file that this level leaves out."""
        if name not in self.files:
            if self.report.level != "P0" and name in (ENVELOPES, OPENINGS, RELEASE, ROLL, UNITS):
                raise ProblemError(name, "missing 缺失")
            raise ImpossibleError(f"{name} 不在本包中 is not part of this package")

    def record(self, kind: str) -> Values:
        """Return index, file name and content of the newest public record of a type."""
        matches = [RECORD.fullmatch(name) for name in sorted(self.files)]
        found = [match for match in matches if match and match.group(2) == kind]
        if not found:
            raise ProblemError(f"records/*-{kind}.json", "missing 缺失")
        index, name = int(found[-1].group(1)), found[-1].group(0)
        content = self.load(name)
        same(name, "type", content["type"], kind)
        return index, name, content

    def keys(self) -> Record:
        """Return the public keys by id."""
        return {entry["key"]: entry for entry in self.load(KEYS)["keys"]}

    def verify(self, trusted: Values = ()) -> Report:
        """Run every check and return the report; ``trusted`` are key ids the reader knows."""
        self.check_files()
        self.check_seal(trusted)
        self.check_log()
        self.check_order()
        self.check_rules()
        self.check_result()
        self.check_ballots()
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
            same(MANIFEST, "level", manifest["level"], "P2" if ENVELOPES in names else "P0")
            for entry in manifest["files"]:
                name, data = entry["name"], self.files[entry["name"]]
                for algorithm in HASHES:
                    if digest(data, algorithm) != entry[algorithm] or len(data) != entry["size"]:
                        raise ProblemError(name, "differs from its digest in the manifest")
        with self.report.check("form", "*.json"):
            for name in sorted(name for name in self.files if name.endswith(".json")):
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
            for given in seal["manifest"]:
                if given.partition(":")[0] in HASHES and not same_digest(
                    self.files[MANIFEST], given
                ):
                    raise ProblemError(SEAL, "is about another manifest")
            check_signature(SEAL, seal, self.keys())
        with contextlib.suppress(ProblemError, *MALFORMED):
            signers = {self.load(SEAL)["key"], *(head["key"] for head in self.heads())}
        check_trust(self.report, signers, trusted)

    def heads(self) -> Rows:
        """Return the signed heads."""
        return list(self.load(HEADS)["heads"])

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

    def check_rules(self) -> None:
        """Check the text of the rules, the thresholds and the deadlines."""
        with self.report.check("profile", "profile.json"):
            settings = self.record("meeting-settings")[2]
            self.need("profile.json")
            if not same_digest(self.files["profile.json"], settings["profile"]["digest"]):
                raise ProblemError("profile.json", "is not the profile of the meeting")
        with self.report.check("thresholds", SETTINGS):
            _, file, settings = self.record("meeting-settings")
            check_thresholds(file, settings)
        missed: Rows = []
        with self.report.check("deadlines", SETTINGS):
            for kind in ("meeting-settings", "result"):
                _, file, content = self.record(kind)
                missed += check_deadlines(file, content)
        self.report.notes += [f"注意 note: 期限未遵守 deadline missed: {name}" for name in missed]

    def check_result(self) -> None:
        """Check the result from its sums."""
        with self.report.check("channels", RESULT):
            _, file, outcome = self.record("result")
            cast = sum(row["ballots"] for row in outcome["channels"])
            counted = sum(row["counted"] for row in outcome["channels"])
            same(file, "ballots in the log", cast, len(self.withheld))
            same(file, "excluded ballots", len(outcome["excluded"]), cast - counted)
            for at in (0, 1):
                votes = sum(row["votes"][at] for row in outcome["channels"])
                same(file, "participation by channel", votes, outcome["participation"][at])
            same(file, "owners taking part", outcome["participation"][0], counted)
        with self.report.check("sums", RESULT):
            settings, roll = self.record("meeting-settings")[2], self.record("roll-commitment")[2]
            _, file, outcome = self.record("result")
            roll_totals = [roll["heads"], roll["area"]]
            same(file, "totals", outcome["totals"], roll_totals)
            if any(a > b for a, b in zip(outcome["participation"], roll_totals, strict=True)):
                raise ProblemError(file, "more took part than the roll holds")
            for motion, row in paired(file, settings, outcome):
                check_sums(file, motion, row, outcome["participation"])
        with self.report.check("result", RESULT):
            settings = self.record("meeting-settings")[2]
            _, file, outcome = self.record("result")
            for motion, row in paired(file, settings, outcome):
                again = judge(motion, outcome["totals"], outcome["participation"], row)
                for name in sorted(row.keys() | again.keys()):
                    same(file, f"{motion['motion']} {name}", row.get(name), again.get(name))
        with self.report.check("buckets", "buckets.json"):
            self.need("buckets.json")
            check_buckets(self.load("buckets.json"), self.record("result")[2])

    def check_ballots(self) -> None:
        """Check everything from envelopes to per-unit table, where the level has them."""
        report = self.report
        roll: Rows = []
        counted: Rows | None = None
        with report.check("ballots", ENVELOPES):
            check_envelopes(self.lines(ENVELOPES), self.load(LEAVES), self.withheld)
        with report.check("release", RELEASE):
            self.need(RELEASE)
            release, settings = self.load(RELEASE), self.record("meeting-settings")[2]
            _, file, logged = self.record("tally-key-released")
            if not same_digest(self.files[RELEASE], logged["release"]):
                raise ProblemError(RELEASE, f"differs from its digest in {file}")
            check_release(release, self.keys()[settings["tally_key"]])
        with report.check("openings", OPENINGS):
            openings, envelopes = self.lines(OPENINGS), self.lines(ENVELOPES)
            digest_ = self.record("meeting-settings")[2]["profile"]["digest"]
            check_openings(envelopes, openings, self.load(RELEASE), digest_)
        with report.check("roll", ROLL):
            roll = self.lines(ROLL)
            raw = self.files[ROLL].split(b"\n")[:-1]
            check_roll(roll, raw, self.record("roll-commitment")[2])
        with report.check("one_vote", OPENINGS):
            openings = self.lines(OPENINGS)
            counted = counted_ballots(openings, self.withheld, roll, self.record("result")[2])
        with report.check("recount", OPENINGS):
            self.need(OPENINGS)
            if counted is None:
                raise ImpossibleError("见上 see above")
            _, file, outcome = self.record("result")
            check_recount(self.record("meeting-settings")[2], outcome, counted, file)
        with report.check("units", UNITS):
            table = self.lines(UNITS)
            if counted is None:
                raise ImpossibleError("见上 see above")
            check_units(table, roll, counted)


def check_trust(report: Report, signers: Names, trusted: Values) -> None:
    """Compare the signing keys with those the reader knows from the notice."""
    with report.check("trust", KEYS):
        names = ", ".join(sorted(signers))
        if not trusted:
            raise ImpossibleError(
                f"请与公告上的密钥编号核对 compare with the key id on the notice: {names}"
            )
        if not signers or not signers <= set(trusted):
            raise ProblemError(KEYS, f"signed by {names or 'nobody'}")
