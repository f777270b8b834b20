"""Append-only Merkle log of a meeting (防篡改日志): SHA-256 and SM3 trees in parallel.

Level 0 holds the leaf hashes, level n the roots of 16**n leaves. A leaf that was appended with
``keep=False`` (a ballot: its bytes stand in the ballot box) is stored here as two hashes only.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from BTrees.IOBTree import IOBTree
from persistent import Persistent

from portal.evidence.canonical import EvidenceError, Record, sha256, sm3
from portal.evidence.keys import Signer, sign_record, verify_record
from portal.evidence.pages import WIDTH, Pages
from portal.evidence.promise import milliseconds
from portal.rules import merkle

BITS = WIDTH.bit_length() - 1
HALF = 32


@dataclass(frozen=True)
class Fsck:
    """What a re-derivation of the log found; ``first_bad`` is a leaf index or None."""

    size: int
    problem: str = ""
    first_bad: int | None = None

    @property
    def ok(self) -> bool:
        """Tell whether nothing was wrong."""
        return not self.problem


def leaf_pair(leaf: bytes) -> bytes:
    """Return the SHA-256 and SM3 leaf hashes of ``leaf`` as 64 bytes."""
    return merkle.leaf_hash(sha256, leaf) + merkle.leaf_hash(sm3, leaf)


def node_pair(left: bytes, right: bytes) -> bytes:
    """Return the two hashes of an inner node as 64 bytes."""
    return merkle.node_hash(sha256, left[:HALF], right[:HALF]) + merkle.node_hash(
        sm3, left[HALF:], right[HALF:]
    )


def fold(pairs: list[bytes]) -> bytes:
    """Return the root pair over ``pairs``, whose number is a power of two."""
    while len(pairs) > 1:
        pairs = [node_pair(pairs[i], pairs[i + 1]) for i in range(0, len(pairs), 2)]
    return pairs[0]


class MerkleLog(Persistent):
    """One log per meeting; there is no way to change or remove a leaf."""

    log_id = ""

    def __init__(self, log_id: str) -> None:
        """Start an empty log named ``log_id``."""
        self.log_id = log_id
        self.levels = IOBTree({0: Pages()})
        self.kept = IOBTree()
        self.signed = Pages()

    def __len__(self) -> int:
        """Return the number of leaves."""
        return len(self.levels[0])

    def append(self, leaf: bytes, *, keep: bool = True) -> int:
        """Append the canonical bytes of a record and return its index.

        With ``keep=False`` the caller stores the bytes and hands them to ``fsck`` again.
        """
        index: int = self.levels[0].append(leaf_pair(leaf))
        if keep:
            self.kept[index] = bytes(leaf)
        level = 0
        while len(self.levels[level]) % WIDTH == 0:
            full = fold(list(self.levels[level].last_page()))
            level += 1
            if level not in self.levels:
                self.levels[level] = Pages()
            self.levels[level].append(full)
        return index

    def leaf(self, index: int) -> bytes | None:
        """Return the bytes of a kept leaf, None for one that is stored elsewhere."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        leaf: bytes | None = self.kept.get(index)
        return leaf

    def leaf_hashes(self, index: int) -> dict[str, str]:
        """Return the leaf hashes at ``index`` in the form a promise carries."""
        return _hex(self.levels[0][index])

    def find(self, sha256_hex: str) -> int | None:
        """Return the index of the leaf with this SHA-256 leaf hash, or None; reads all pages."""
        wanted = bytes.fromhex(sha256_hex)
        for index, pair in enumerate(self.levels[0]):
            if pair[:HALF] == wanted:
                return index
        return None

    def root(self, size: int | None = None) -> dict[str, str]:
        """Return both roots of the first ``size`` leaves: ``{"sha256": hex, "sm3": hex}``."""
        return _hex(self._span(0, self._size(size)))

    def inclusion(self, index: int, size: int | None = None) -> dict[str, list[str]]:
        """Return both inclusion paths of leaf ``index`` in the tree of ``size`` leaves."""
        return self._paths(merkle.inclusion_spans(index, self._size(size)))

    def consistency(self, old: int, new: int | None = None) -> dict[str, list[str]]:
        """Return both consistency paths from ``old`` to ``new`` leaves."""
        return self._paths(merkle.consistency_spans(old, self._size(new)))

    def head(self, signer: Signer, now: datetime) -> Record:
        """Sign the present size and roots; without new leaves the last head is returned again.

        A head is never dated before its predecessor, even when the clock was set back.
        """
        previous = self.heads(last=1)
        size = len(self)
        if previous and previous[-1]["size"] == size and previous[-1]["key"] == signer.key_id:
            return previous[-1]
        time = max(milliseconds(now), previous[-1]["time"] if previous else 0)
        signed = sign_record(signer, self._head_body(size, time))
        self.signed.append((size, time, signer.key_id, bytes.fromhex(signed["signature"])))
        return signed

    def heads(self, last: int | None = None) -> list[Record]:
        """Return all signed heads, oldest first, or only the ``last`` ones."""
        count = len(self.signed)
        start = 0 if last is None else max(0, count - last)
        return [self._stored_head(position) for position in range(start, count)]

    def head_at(self, size: int) -> Record | None:
        """Return the first signed head that covers at least ``size`` leaves, or None."""
        low, high = 0, len(self.signed)
        while low < high:
            middle = (low + high) // 2
            if self.signed[middle][0] < size:
                low = middle + 1
            else:
                high = middle
        return self._stored_head(low) if low < len(self.signed) else None

    def fsck(
        self,
        read: Callable[[int], bytes | None] | None = None,
        public_keys: Iterable[Record] = (),
    ) -> Fsck:
        """Re-derive the whole log and name the first leaf that does not fit.

        ``read(index)`` returns the bytes of leaves stored elsewhere, None when they are gone.
        Signatures of heads are checked when ``public_keys`` are given.
        """
        size = len(self)
        levels: list[list[bytes]] = [[]]
        for index in range(size):
            leaf = self.kept.get(index)
            if leaf is None:
                if read is None:
                    msg = f"leaf {index} is stored elsewhere; fsck needs a reader"
                    raise EvidenceError(msg)
                leaf = read(index)
            if leaf is None:
                return Fsck(size, f"leaf {index} is missing", index)
            pair = leaf_pair(leaf)
            if pair != self.levels[0][index]:
                return Fsck(size, f"leaf {index} does not match its hash", index)
            problem = self._derive(levels, pair)
            if problem:
                return Fsck(size, problem, index)
        for level, pages in self.levels.items():
            expected = levels[level] if level < len(levels) else []
            if len(pages) != len(expected):
                return Fsck(size, f"level {level} holds {len(pages)} hashes", None)
        return self._check_heads(size, {key["key"]: key for key in public_keys})

    def _derive(self, levels: list[list[bytes]], pair: bytes) -> str:
        level = 0
        levels[0].append(pair)
        while len(levels[level]) % WIDTH == 0:
            full = fold(levels[level][-WIDTH:])
            level += 1
            if level == len(levels):
                levels.append([])
            position = len(levels[level])
            levels[level].append(full)
            stored = self.levels.get(level)
            if stored is None or position >= len(stored) or stored[position] != full:
                return f"inner hash {position} of level {level} does not match its leaves"
        return ""

    def _check_heads(self, size: int, keys: dict[str, Record]) -> Fsck:
        for position in range(len(self.signed)):
            head_size = self.signed[position][0]
            if head_size > size:
                # A signed head outlives the leaves it counted only when leaves were cut off.
                return Fsck(size, f"head {position} covers {head_size} leaves", size)
            head = self._stored_head(position)
            if keys and not (head["key"] in keys and verify_record(keys[head["key"]], head)):
                return Fsck(size, f"signature of head {position} (size {head_size}) fails", None)
        return Fsck(size)

    def _head_body(self, size: int, time: int) -> Record:
        roots = self.root(size)
        return {
            "type": "log-head",
            "v": 1,
            "log": self.log_id,
            "size": size,
            "root_sha256": roots["sha256"],
            "root_sm3": roots["sm3"],
            "time": time,
        }

    def _stored_head(self, position: int) -> Record:
        size, time, key, signature = self.signed[position]
        return {**self._head_body(size, time), "key": key, "signature": signature.hex()}

    def _size(self, size: int | None) -> int:
        present = len(self)
        if size is None:
            return present
        if not 0 <= size <= present:
            msg = f"no tree of {size} in a log of {present}"
            raise ValueError(msg)
        return size

    def _paths(self, spans: list[merkle.Span]) -> dict[str, list[str]]:
        pairs = [self._span(low, high) for low, high in spans]
        return {
            "sha256": [pair[:HALF].hex() for pair in pairs],
            "sm3": [pair[HALF:].hex() for pair in pairs],
        }

    def _span(self, low: int, high: int) -> bytes:
        if low == high:
            return sha256(b"") + sm3(b"")
        parts = []
        while low < high:
            # Take the largest aligned power of two; the rest of a ragged edge follows.
            count = 1 << ((high - low).bit_length() - 1)
            parts.append(self._aligned(low, count))
            low += count
        return reduce(lambda right, left: node_pair(left, right), reversed(parts))

    def _aligned(self, low: int, count: int) -> bytes:
        bits = count.bit_length() - 1
        level = bits // BITS
        start = low >> (BITS * level)
        stored = self.levels[level]
        return fold([stored[start + i] for i in range(1 << (bits - BITS * level))])


def _hex(pair: bytes) -> dict[str, str]:
    return {"sha256": pair[:HALF].hex(), "sm3": pair[HALF:].hex()}
