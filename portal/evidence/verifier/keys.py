"""Verification of the keys of a meeting (会议密钥验证): each is certified by a long-term key."""

from __future__ import annotations

from portal.evidence.verifier.files import KEYS
from portal.evidence.verifier.report import (
    ImpossibleError,
    Names,
    ProblemError,
    Record,
    Report,
    Rows,
    Values,
)
from portal.evidence.verifier.tree import check_signature


def check_key(file: str, entry: Record, log: str) -> None:
    """Check that a public key is certified for a log; ProblemError says why it is not."""
    name = entry["key"]
    certificate = entry.get("certificate")
    if certificate is None:
        raise ProblemError(file, f"key {name} has no certificate 没有证书")
    if [certificate["type"], repr(certificate["v"])] != ["key-certificate", "1"]:
        raise ProblemError(file, f"certificate of key {name} is of another type")
    if certificate["meeting"] != log:
        raise ProblemError(file, f"key {name} is certified for meeting {certificate['meeting']}")
    for part in ("algorithm", "public"):
        if certificate[part] != entry[part]:
            raise ProblemError(file, f"certificate is not about key {name}")
    issuer = {
        "algorithm": certificate["key"].partition(":")[0],
        "key": certificate["key"],
        "public": certificate["by"],
    }
    check_signature(file, certificate, {certificate["key"]: issuer})


def check_keys(file: str, keys: Rows, log: str, heads: Rows) -> None:
    """Check that every key is certified for the log, and from before its first head."""
    if not keys:
        raise ProblemError(file, "names no key")
    for entry in keys:
        check_key(file, entry, log)
        for head in heads:
            if head["key"] == entry["key"] and head["time"] < entry["certificate"]["from"]:
                raise ProblemError(file, f"key {entry['key']} signed before its certificate")


def issuers(keys: Rows, used: Names) -> Names:
    """Return the long-term keys behind the keys that signed; one without certificate itself."""
    by = {}
    for entry in keys:
        certificate = entry.get("certificate")
        named = certificate.get("key") if isinstance(certificate, dict) else None
        by[entry["key"]] = str(named or entry["key"])
    return {by.get(name, name) for name in used}


def check_trust(report: Report, signers: Names, trusted: Values) -> None:
    """Compare the long-term keys with those the reader knows from the notice."""
    with report.check("trust", KEYS):
        names = ", ".join(sorted(signers))
        if not trusted:
            raise ImpossibleError(
                f"请与公告上的密钥编号核对 compare with the key id on the notice: {names}"
            )
        if not signers or not signers <= set(trusted):
            raise ProblemError(KEYS, f"signed by {names or 'nobody'}")
