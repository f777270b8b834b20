"""Canonical records (规范记录): RFC 8785 JSON with a type, a version and no floats."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes

Record = dict[str, Any]

LARGEST = 2**53 - 1

# For what a record may hold this is RFC 8785 to the byte (the tests hold it against the library)
# and takes a twentieth of the time: ASCII keys sort alike in UTF-8 and UTF-16.
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


class EvidenceError(ValueError):
    """A record, key, envelope or proof is not what it claims to be."""


def sha256(data: bytes) -> bytes:
    """Return the SHA-256 digest of ``data``."""
    return hashlib.sha256(data).digest()


def _sm3_cryptography(data: bytes) -> bytes:
    context = hashes.Hash(hashes.SM3())
    context.update(data)
    return context.finalize()


def _sm3_hashlib(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


# The interpreter offers SM3 only when its OpenSSL does; the library always has it.
sm3 = _sm3_hashlib if "sm3" in hashlib.algorithms_available else _sm3_cryptography
HASHES: dict[str, Callable[[bytes], bytes]] = {"sha256": sha256, "sm3": sm3}


def digest(data: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of ``data`` with its algorithm id, such as ``sha256:ab12…``."""
    return f"{algorithm}:{HASHES[algorithm](data).hex()}"


def digests(data: bytes) -> list[str]:
    """Return the SHA-256 and the SM3 digest of ``data``, each with its algorithm id."""
    return [digest(data, algorithm) for algorithm in HASHES]


def canonical(record: Record) -> bytes:
    """Return the one byte form of ``record``.

    A record is a mapping with a string ``type`` and an integer ``v``; inside are only strings,
    integers below 2**53, booleans, None, lists and mappings with printable ASCII keys. Everything
    else raises EvidenceError, floats above all: two programs may print them differently.
    """
    if not isinstance(record.get("type"), str) or type(record.get("v")) is not int:
        msg = "a record needs a type and an integer version v"
        raise EvidenceError(msg)
    return canonical_value(record)


def canonical_value(value: object) -> bytes:
    """Return the canonical bytes of any allowed value, with or without a type."""
    _check(value, "record")
    try:
        return _encode(value).encode()
    except UnicodeEncodeError as error:
        msg = f"not canonical: {error}"
        raise EvidenceError(msg) from error


def _check(value: object, where: str) -> None:
    if value is None or isinstance(value, (str, bool)):
        return
    if isinstance(value, int):
        if abs(value) > LARGEST:
            msg = f"{where}: integer beyond 2**53"
            raise EvidenceError(msg)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            _check(item, f"{where}[{position}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii() or not key.isprintable():
                msg = f"{where}: key {key!r} is not printable ASCII"
                raise EvidenceError(msg)
            _check(item, f"{where}.{key}")
    else:
        msg = f"{where}: {type(value).__name__} is not allowed in a record"
        raise EvidenceError(msg)
