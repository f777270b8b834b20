"""Merkle proofs and signatures (默克尔证明与签名) as the offline verifier checks them."""

from __future__ import annotations

import hashlib
from typing import Any

from portal.evidence.verifier.container import HASHES, canon
from portal.evidence.verifier.report import ImpossibleError, ProblemError, Record, Rows, Values

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # type: ignore[assignment, misc]


def leaf_hash(algorithm: str, data: bytes) -> bytes:
    """Return the RFC 9162 hash of a leaf."""
    return HASHES[algorithm](b"\0" + data)


def node(algorithm: str, left: bytes, right: bytes) -> bytes:
    """Return the RFC 9162 hash of an inner node."""
    return HASHES[algorithm](b"\1" + left + right)


def roots_at(algorithm: str, leaves: Rows, sizes: Rows) -> dict[int, Any]:
    """Return the root for each wanted size, reading the leaf hashes once."""
    wanted = set(sizes)
    found: dict[int, Any] = {}
    stack: Rows = []
    for size in range(len(leaves) + 1):
        if size:
            value, count = leaves[size - 1], size
            while count % 2 == 0:
                value, count = node(algorithm, stack.pop(), value), count // 2
            stack.append(value)
        if size in wanted:
            value = stack[-1] if stack else HASHES[algorithm](b"")
            for left in reversed(stack[:-1]):
                value = node(algorithm, left, value)
            found[size] = value
    return found


def climb(algorithm: str, place: Values, path: Rows, values: Values) -> Values | None:
    """Fold a path onto one value (inclusion) or two (consistency: the first grows only left)."""
    position, last = place
    first, second = values
    for sibling in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            first, second = node(algorithm, sibling, first), node(algorithm, sibling, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = node(algorithm, second, sibling)
        position, last = position >> 1, last >> 1
    return (first, second) if last == 0 else None


def included(algorithm: str, leaf: str, place: Values, path: Rows, root: str) -> bool:
    """Tell whether a leaf hash is in the tree (RFC 9162 §2.1.3.2); values are hexadecimal.

    ``place`` is the index of the leaf and the size of the tree.
    """
    index, size = place
    if not 0 <= index < size:
        return False
    start = bytes.fromhex(leaf)
    end = climb(algorithm, (index, size - 1), [bytes.fromhex(p) for p in path], (start, start))
    return end is not None and end[1].hex() == root


def consistent(algorithm: str, sizes: Values, path: Rows, roots: Values) -> bool:
    """Tell whether the later tree contains the earlier (RFC 9162 §2.1.4.2), in hexadecimal."""
    old, new = sizes
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and roots[0] == roots[1]
    nodes = [bytes.fromhex(p) for p in path]
    if old & (old - 1) == 0:
        nodes.insert(0, bytes.fromhex(roots[0]))
    if not nodes:
        return False
    shift = (old & -old).bit_length() - 1
    place = ((old - 1) >> shift, (new - 1) >> shift)
    end = climb(algorithm, place, nodes[1:], (nodes[0], nodes[0]))
    return end is not None and (end[0].hex(), end[1].hex()) == roots


def check_signature(file: str, record: Record, keys: Record) -> None:
    """Check the signature of one record with the key it names."""
    key = keys.get(record["key"])
    if key is None:
        raise ProblemError(file, f"signing key {record['key']} is not in the package")
    public = bytes.fromhex(key["public"])
    if key["key"] != f"{key['algorithm']}:{hashlib.sha256(public).hexdigest()[:16]}":
        raise ProblemError(file, f"key id {key['key']} does not fit its public key")
    if key["algorithm"] != "ed25519" or Ed25519PublicKey is None:
        raise ImpossibleError("签名未检查 signatures not checked: no " + key["algorithm"])
    unsigned = {name: value for name, value in record.items() if name != "signature"}
    try:
        signature = bytes.fromhex(record["signature"])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, canon(unsigned))
    except InvalidSignature as error:
        raise ProblemError(file, f"signature by {key['key']} is wrong") from error
