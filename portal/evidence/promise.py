"""Signed cast promise (投票承诺): the answer to a cast before the log has sequenced it."""

from datetime import UTC, datetime

from portal.evidence.canonical import HASHES, Record
from portal.evidence.keys import Signer, sign_record, verify_record
from portal.rules import merkle


def milliseconds(moment: datetime) -> int:
    """Return an aware time as UTC milliseconds, the only form of time in a record."""
    delta = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return delta.days * 86_400_000 + delta.seconds * 1000 + delta.microseconds // 1000


def leaf_digests(leaf: bytes) -> dict[str, str]:
    """Return the leaf hashes of the bytes ``leaf``: ``{"sha256": hex, "sm3": hex}``."""
    return {name: merkle.leaf_hash(hash_, leaf).hex() for name, hash_ in HASHES.items()}


def promise(signer: Signer, log: str, leaf: bytes, now: datetime) -> Record:
    """Promise that the leaf will be in ``log``; given out only after the ballot is committed."""
    record = {
        "type": "cast-promise",
        "v": 1,
        "log": log,
        "leaf": leaf_digests(leaf),
        "time": milliseconds(now),
    }
    return sign_record(signer, record)


def verify_promise(public: Record, record: Record, leaf: bytes | None = None) -> bool:
    """Tell whether the promise is signed by ``public`` and, when given, is about ``leaf``."""
    if record.get("type") != "cast-promise" or not verify_record(public, record):
        return False
    return leaf is None or record["leaf"] == leaf_digests(leaf)
