"""Files of a publication package (发布包文件), parsed once and looked up by name."""

from __future__ import annotations

import re

from portal.evidence.verifier.ballots import JOINS, OPENINGS, ROLL, UNITS
from portal.evidence.verifier.container import parse, read_archive
from portal.evidence.verifier.releases import ENVELOPES, RELEASE
from portal.evidence.verifier.report import (
    ImpossibleError,
    ProblemError,
    Record,
    Report,
    Rows,
    Values,
)
from portal.evidence.verifier.result import same

SETTINGS, RESULT = "records/*-meeting-settings.json", "records/*-result.json"
MANIFEST, SEAL, KEYS = "manifest.json", "seal.json", "keys.json"
LEAVES, HEADS = "log/leaves.json", "log/heads.json"
BUCKETS, STAMPS, DOCUMENTS = "buckets.json", "stamps.json", "documents.json"
# What level P1 adds.
OWNERS, ROWS, PARTICIPATION = "owners.json", "rows.json", "participation.json"
TYPES = {
    MANIFEST: "package-manifest",
    SEAL: "package-seal",
    KEYS: "public-keys",
    LEAVES: "log-leaves",
    HEADS: "log-heads",
    RELEASE: "key-releases",
    BUCKETS: "bucket-table",
    STAMPS: "time-stamps",
    OWNERS: "owners-part",
    ROWS: "ballot-rows",
    PARTICIPATION: "participation-list",
    DOCUMENTS: "documents",
}
RECORD = re.compile(r"records/(\d{8})-([a-z-]+)\.json")


class Files:
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
            if self.report.level == "P2" and name in (ENVELOPES, OPENINGS, RELEASE, ROLL, UNITS):
                raise ProblemError(name, "missing 缺失")
            raise ImpossibleError(f"{name} 不在本包中 is not part of this package")

    def has_record(self, kind: str) -> bool:
        """Tell whether there is a public record of a type."""
        return any(name.endswith(f"-{kind}.json") for name in self.files)

    def records_of(self, kind: str) -> Rows:
        """Return (index, content) of every public record of a type, in the order of the log."""
        matches = [RECORD.fullmatch(name) for name in sorted(self.files)]
        found = [match for match in matches if match and match.group(2) == kind]
        return [(int(match.group(1)), self.load(match.group(0))) for match in found]

    def joins(self) -> Rows:
        """Return the openings of the units that joined a ballot, none where there is no file."""
        return self.lines(JOINS) if JOINS in self.files else []

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

    def heads(self) -> Rows:
        """Return the signed heads."""
        return list(self.load(HEADS)["heads"])
