"""Somebody with every key, and what a report says of his packages."""

import json

from portal.evidence import records
from portal.evidence.canonical import canonical
from portal.evidence.log import MerkleLog
from portal.evidence.verify import verify
from tests.unit.evidence.sample import (
    CLOSES,
    OPENS,
    meeting,
    package,
    reseal,
    signer,
    unpack,
)

SETTINGS = "records/00000000-meeting-settings.json"
RESULT = "records/00000035-result.json"


def failed(report):
    assert not report.ok
    assert "不通过 INVALID" in report.text()
    return {check["name"]: check["file"] for check in report.failures}


class Insider:
    """Somebody with every key who writes a whole new log, consistent in itself."""

    def __init__(self):
        self.played = meeting()
        self.settings = json.loads(canonical(self.played.settings))
        self.result = json.loads(canonical(self.played.result))
        self.commitment = dict(self.played.commitment)
        self.roll = [dict(entry) for entry in self.played.roll]
        self.ballots = list(zip(self.played.envelopes, self.played.openings, strict=True))

    def report(self):
        log = MerkleLog(self.played.log.log_id)
        for record in (self.settings, self.commitment):
            log.append(canonical(record))
        log.head(signer(), OPENS)
        for envelope, _ in self.ballots:
            log.append(canonical(envelope), keep=False)
        released = records.keys_released("meeting-2026-001", self.played.release)
        for record in (released, self.result):
            log.append(canonical(record))
        log.head(signer(), CLOSES)
        files = unpack(package(full=True))
        leaves = [log.leaf_hashes(index) for index in range(len(log))]
        # What follows from the old log is another matter.
        left = ("records/", "stamps.json", "buckets.json")
        files = {name: data for name, data in files.items() if not name.startswith(left)}
        for index, leaf in log.kept.items():
            files[f"records/{index:08d}-{json.loads(leaf)['type']}.json"] = leaf
        files["log/heads.json"] = canonical({"type": "log-heads", "v": 1, "heads": log.heads()})
        files["log/leaves.json"] = canonical(
            {
                "type": "log-leaves",
                "v": 1,
                "log": log.log_id,
                "size": len(log),
                "sha256": [leaf["sha256"] for leaf in leaves],
                "sm3": [leaf["sm3"] for leaf in leaves],
                "withheld": len(self.ballots),
            }
        )
        opened = [opening for _, opening in self.ballots]
        excluded = {row["index"] - 2 for row in self.result["excluded"]}
        counted = [ballot for at, ballot in enumerate(opened) if at not in excluded]
        for name, rows in (
            ("ballots/envelopes.jsonl", [envelope for envelope, _ in self.ballots]),
            ("ballots/openings.jsonl", opened),
            ("roll.jsonl", self.roll),
            ("units.jsonl", records.unit_results(self.roll, counted)),
        ):
            files[name] = b"".join(canonical(row) + b"\n" for row in rows)
        return verify(reseal(files))

    def seal(self, units, choices):
        opening = {
            "type": "ballot", "v": 1, "meeting": "meeting-2026-001", "units": units,
            "choices": choices, "channel": "electronic", "nonce": "00" * 16,
        }  # fmt: skip
        envelope = self.played.seal(units, choices, nonce="00" * 16)
        self.ballots.append((envelope, opening))
