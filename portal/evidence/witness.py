"""Witness of a log (见证): whether a newer head contains an older one, and who signed it."""

from __future__ import annotations

from typing import Any

from portal.evidence.canonical import HASHES, EvidenceError, Record
from portal.evidence.keys import verify_record
from portal.evidence.meeting_keys import key_fault
from portal.evidence.verifier.report import MALFORMED
from portal.evidence.verifier.tree import consistent


class Alarm(Exception):
    """The log of today is not the one that was seen before."""


def compare(last: Record | None, proof: Record, site: str | None = None) -> Record:
    """Return the head of a log proof; Alarm when it does not contain the ``last`` one.

    ``site`` is the id of the long-term key on the notice. Without it the key of the first head must
    stay.
    """
    try:
        return _compared(last, proof, site)
    except (EvidenceError, *MALFORMED) as error:
        raise Alarm(f"the answer is no head: {error}") from error


def _compared(last: Record | None, proof: Record, site: str | None) -> Record:
    head: dict[str, Any] = proof["head"]
    if proof["type"] != "log-proof" or head["type"] != "log-head":
        raise Alarm("the answer is no head")
    known: dict[str, Any] = {key["key"]: key for key in proof["keys"]}
    if head["key"] not in known or not verify_record(known[head["key"]], head):
        raise Alarm("the head is not signed by the key it names")
    fault = key_fault(known[head["key"]], head["log"], site)
    if fault:
        raise Alarm(fault)
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
