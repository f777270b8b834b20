"""Result of a vote (表决结果): one immutable version of the count, with everything it stands on."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from persistent import Persistent

from portal import clock
from portal.evidence.canonical import Record, canonical, digest

ELECTED, TIED = "elected", "tied"


class Result(Persistent):
    """Kept as canonical bytes, so that what is shown is what was logged and signed.

    ``version`` counts from 1; a correction is a new version beside the old ones.
    """

    version = 0
    # How many of the meeting's corrections this count heeded.
    corrections = 0
    _record = b""
    _settings = b""
    _log = b""

    def __init__(self, record: Record, settings: Record, log: Record, corrections: int = 0) -> None:
        self.corrections = corrections
        self.version = record["version"]
        self._record = canonical(record)
        self._settings = canonical(settings)
        self._log = canonical(log)

    @property
    def record(self) -> Record:
        """The result record as it stands in the log of the meeting."""
        return json.loads(self._record)

    @property
    def canonical_record(self) -> bytes:
        """The very bytes of the record that were logged."""
        return self._record

    @property
    def settings(self) -> Record:
        """The settings the vote was opened with."""
        return json.loads(self._settings)

    @property
    def log(self) -> Record:
        """The log of the count: inputs with digests, rules, exclusions (EV-8.8)."""
        return json.loads(self._log)

    @property
    def digest(self) -> str:
        """The digest of the result record, as printed on every page and file of it."""
        return digest(self._record)

    @property
    def counted_at(self) -> datetime:
        """When the count was complete."""
        return clock.datetime_from_milliseconds(self.record["counted_at"])

    def motions(self) -> list[tuple[Record, Record]]:
        """Return settings and result of every motion, in the order of the agenda."""
        return list(zip(self.settings["motions"], self.record["motions"], strict=True))

    def verdicts(self) -> dict[str, bool]:
        """Return whether each motion is carried; an election is when every seat is filled."""
        return {
            row["motion"]: row["verdict"]["carried"]
            if row["verdict"]
            else sum(one["status"] == ELECTED for one in row["standings"]) >= motion["seats"]
            for motion, row in self.motions()
        }

    def verdict_text(self, motion: Record, row: Record, layout: Any) -> str:
        """Return the outcome of one motion in words."""
        if row["verdict"]:
            outcome = "carried" if row["verdict"]["carried"] else "not_carried"
            # A poll carries nothing: its outcome never reads like a decision.
            kind = "advisory_" if motion["rule"]["category"] == "advisory" else ""
            return layout.translate(f"result.{kind}{outcome}")
        labels = labels_of(motion)
        parts = [
            layout.translate(message, names="、".join(names))
            for status, message in (
                (ELECTED, "result.elected_names"),
                (TIED, f"result.tied_names.{motion['tie']}"),
            )
            if (
                names := [labels[r["candidate"]] for r in row["standings"] if r["status"] == status]
            )
        ]
        return "；".join(parts) or layout.translate("result.nobody_elected")

    def lines(self, layout: Any) -> list[dict[str, str]]:
        """Return title and outcome of every motion."""
        return [
            {"title": motion["title"], "verdict": self.verdict_text(motion, row, layout)}
            for motion, row in self.motions()
        ]

    def summary(self, layout: Any) -> str:
        """Return the outcome of all motions in one sentence, for messages."""
        return "；".join(f"{line['title']}：{line['verdict']}" for line in self.lines(layout))


def labels_of(motion: Record) -> dict[str, str]:
    """Return the labels of a motion's options as they stood on the ballot."""
    return {option["option"]: option["label"] for option in motion["options"]}
