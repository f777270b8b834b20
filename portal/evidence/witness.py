"""Witness of a log (见证): whether a newer head contains an older one, and who signed it."""

from __future__ import annotations

from typing import Any

from portal.evidence.canonical import HASHES, EvidenceError, Record
from portal.evidence.keys import key_id, verify_record
from portal.evidence.verifier.report import MALFORMED
from portal.evidence.verifier.tree import consistent


class Alarm(Exception):
    """The log of today is not the one that was seen before."""


def compare(last: Record | None, proof: Record, public: str | None = None) -> Record:
    """Return the head of a log proof; Alarm when it does not contain the ``last`` one.

    ``public`` is the key of the notice in hex; without it the key of the first head must stay.
    """
    try:
        return _compared(last, proof, public)
    except (EvidenceError, *MALFORMED) as error:
        raise Alarm(f"the answer is no head: {error}") from error


def _compared(last: Record | None, proof: Record, public: str | None) -> Record:
    head: dict[str, Any] = proof["head"]
    if proof["type"] != "log-proof" or head["type"] != "log-head":
        raise Alarm("the answer is no head")
    if public is not None:
        raw = bytes.fromhex(public)
        key = {"algorithm": "ed25519", "key": key_id("ed25519", raw), "public": public}
        if not verify_record(key, head):
            raise Alarm("the head is not signed by the key of the notice")
    if last is None:
        return head
    if head["log"] != last["log"]:
        raise Alarm(f"another log: {head['log']}")
    if head["key"] != last["key"]:
        raise Alarm(f"another key: {head['key']}")
    if head["size"] < last["size"] or head["time"] < last["time"]:
        raise Alarm(f"the log shrank from {last['size']} to {head['size']}")
    for name in HASHES:
        roots = (last["root_" + name], head["root_" + name])
        if not consistent(name, (last["size"], head["size"]), proof[name], roots):
            raise Alarm(f"the log of {head['size']} does not contain that of {last['size']}")
    return head
