"""The chained log itself and its proof (审计链): plain objects, no request."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from BTrees.LLBTree import LLTreeSet
from BTrees.LOBTree import LOBTree
from BTrees.OOBTree import OOBTree
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from persistent import Persistent

from portal import clock

_GENESIS = bytes(32)
# The file beside the databases that remembers how long the log was.
ANCHOR_NAME = "audit.anchor"


def canonical(value: Any) -> bytes:
    """Return the one byte form of a value: JSON with sorted keys and no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain
    ).encode()


def plain(value: Any) -> Any:
    """Return a value in a form that JSON knows."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return str(value)


class EntryTree(LOBTree):
    """Entries by index. Small leaves, because an append writes the last leaf anew."""

    max_leaf_size = 16


class AuditLog(Persistent):
    """Entries chained by SHA-256 and, where the machine has it, SM3."""

    count = 0
    head = _GENESIS
    head_sm3 = _GENESIS

    def __init__(self) -> None:
        self.entries = EntryTree()
        self.ids = OOBTree()
        self.by_actor = OOBTree()
        self.by_path = OOBTree()

    def append(self, entry_id: str, entry: dict[str, Any]) -> bool:
        """Append an entry; returns False when it is already in."""
        if entry_id in self.ids:
            return False
        text = canonical({"id": entry_id, **entry})
        self.head, self.head_sm3 = _link(self.head, text), _link_sm3(self.head_sm3, text)
        self.entries[self.count] = (text, self.head, self.head_sm3)
        self.ids[entry_id] = self.count
        for index, key in ((self.by_actor, entry["actor"]), (self.by_path, entry["path"])):
            if key and key not in index:
                index[key] = LLTreeSet()
            if key:
                index[key].insert(self.count)
        self.count += 1
        return True

    def __len__(self) -> int:
        return self.count

    def __bool__(self) -> bool:
        return True

    def entry(self, index: int) -> dict[str, Any]:
        """Return one entry with its index and digest."""
        text, head, _ = self.entries[index]
        return {**json.loads(text), "index": index, "digest": head.hex()}

    def query(
        self,
        *,
        actor: str = "",
        path: str = "",
        action: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield entries, newest first. ``path`` includes what lies below; ``until`` is excluded."""
        found = 0
        for index in self._indexes(actor, path):
            entry = self.entry(index)
            at = datetime.fromisoformat(entry["at"])
            if (
                (action and entry["action"] != action)
                or (since is not None and at < since)
                or (until is not None and at >= until)
            ):
                continue
            if limit is not None and found >= limit:
                return
            found += 1
            yield entry

    def _indexes(self, actor: str, path: str) -> Iterable[int]:
        sets: list[set[int]] = []
        if actor:
            sets.append(set(self.by_actor.get(actor, ())))
        if path:
            # As it stands in the log; an address copied from the browser ends with a slash.
            here = path.rstrip("/")
            below = here + "/"
            sets.append(set(self.by_path.get(here, ())))
            for indexes in self.by_path.values(below, below + "\U0010ffff"):
                sets[-1].update(indexes)
        if not sets:
            return range(self.count - 1, -1, -1)
        return sorted(set.intersection(*sets), reverse=True)


def _link(previous: bytes, text: bytes) -> bytes:
    return hashlib.sha256(previous + text).digest()


def _link_sm3(previous: bytes, text: bytes) -> bytes:
    try:
        digest = hashes.Hash(hashes.SM3())
    except UnsupportedAlgorithm:
        return b""
    digest.update(previous + text)
    return digest.finalize()


def write_anchor(path: Path, count: int, head: bytes, word: str = "log") -> None:
    """Append one line ``word count head time`` to the anchor file and force it to disk."""
    line = f"{word} {count} {head.hex()} {clock.now().isoformat(timespec='milliseconds')}\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode("ascii"))
        os.fsync(handle)
    finally:
        os.close(handle)


def read_anchors(path: Path) -> dict[int, str]:
    """Return count → head of the anchor file, from the last ``restored`` line on."""
    anchors: dict[int, str] = {}
    if not path.exists():
        return anchors
    for line in path.read_text("ascii", errors="replace").splitlines():
        fields = line.split(" ")
        if fields[0] == "restored":
            anchors.clear()
        # A process killed while writing may leave half a line, which says nothing.
        if len(fields) == 4 and fields[1].isdigit():
            anchors[int(fields[1])] = fields[2]
    return anchors


def verify(log: AuditLog, anchors: Mapping[int, str] | None = None) -> int | None:
    """Derive the chain again; return the index of the first bad entry, or None when all is well.

    Finds a changed, removed, inserted or moved entry. With ``anchors`` also a log that was cut or
    replaced by an older or a newly computed one.
    """
    anchors = anchors or {}
    head = head_sm3 = _GENESIS
    expected = 0
    for index, (text, stored, stored_sm3) in log.entries.items():
        if index != expected:
            return expected
        head = _link(head, text)
        if stored != head or (stored_sm3 and stored_sm3 != _link_sm3(head_sm3, text)):
            return index
        head_sm3 = stored_sm3
        expected += 1
        if anchors.get(expected, head.hex()) != head.hex():
            return index
    if expected != log.count or head != log.head or expected < max(anchors, default=0):
        return expected
    return None
