"""Merkle tree arithmetic of RFC 9162 (默克尔树): roots, paths and their verification.

The hash is passed in, so SHA-256 and SM3 trees run through the same code. A path is first
computed as a list of leaf ranges, which lets a stored tree look the ranges up in its tiles.
"""

from collections.abc import Callable, Sequence

Hash = Callable[[bytes], bytes]
Span = tuple[int, int]


def leaf_hash(hash_: Hash, data: bytes) -> bytes:
    """Return the hash of one leaf (RFC 9162 §2.1.1)."""
    return hash_(b"\x00" + data)


def node_hash(hash_: Hash, left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162 §2.1.1)."""
    return hash_(b"\x01" + left + right)


def split(count: int) -> int:
    """Return the largest power of two smaller than ``count``, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def span_hash(hash_: Hash, leaves: Sequence[bytes], span: Span) -> bytes:
    """Return the root over the leaf hashes in ``span``; the empty root is the hash of nothing."""
    low, high = span
    if low == high:
        return hash_(b"")
    if high - low == 1:
        return leaves[low]
    middle = low + split(high - low)
    left = span_hash(hash_, leaves, (low, middle))
    return node_hash(hash_, left, span_hash(hash_, leaves, (middle, high)))


def root(hash_: Hash, leaves: Sequence[bytes]) -> bytes:
    """Return the root over all ``leaves``, which are leaf hashes."""
    return span_hash(hash_, leaves, (0, len(leaves)))


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Return the leaf ranges whose roots prove leaf ``index`` in a tree of ``size`` leaves.

    The order is that of RFC 9162 §2.1.3.1: the sibling of the leaf first. Raises ValueError when
    the leaf is outside the tree.
    """
    if not 0 <= index < size:
        msg = f"no leaf {index} in a tree of {size}"
        raise ValueError(msg)
    spans: list[Span] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """Return the leaf ranges that prove a tree of ``old`` leaves is the start of one of ``new``.

    The order is that of RFC 9162 §2.1.4.1. Nothing is needed for an empty or an equal tree.
    Raises ValueError when ``old`` is larger than ``new``.
    """
    if not 0 <= old <= new:
        msg = f"a tree of {old} cannot grow into one of {new}"
        raise ValueError(msg)
    if old in (0, new):
        return []
    spans: list[Span] = []
    low, high = 0, new
    whole = True
    while old != high:
        middle = low + split(high - low)
        if old <= middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low = middle
            whole = False
    if not whole:
        spans.append((low, high))
    return spans[::-1]


def inclusion_path(hash_: Hash, leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the inclusion path of leaf ``index`` in the tree of all ``leaves``."""
    return [span_hash(hash_, leaves, span) for span in inclusion_spans(index, len(leaves))]


def consistency_path(hash_: Hash, leaves: Sequence[bytes], old: int) -> list[bytes]:
    """Return the consistency path from the first ``old`` leaves to all ``leaves``."""
    return [span_hash(hash_, leaves, span) for span in consistency_spans(old, len(leaves))]


def verify_inclusion(
    hash_: Hash, leaf: bytes, place: Span, path: Sequence[bytes], expected: bytes
) -> bool:
    """Tell whether ``path`` leads from the leaf hash to the root (RFC 9162 §2.1.3.2).

    ``place`` is the index of the leaf and the size of the tree.
    """
    index, size = place
    if not 0 <= index < size:
        return False
    steps = _steps(index, size - 1, path)
    if steps is None:
        return False
    value = leaf
    for sibling, on_left in steps:
        value = node_hash(hash_, sibling, value) if on_left else node_hash(hash_, value, sibling)
    return value == expected


def verify_consistency(
    hash_: Hash, sizes: Span, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Tell whether ``path`` proves that the old tree is the start of the new one.

    ``sizes`` are the old and the new number of leaves (RFC 9162 §2.1.4.2).
    """
    old, new = sizes
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        # Every tree starts with the empty tree; only its fixed root can be compared.
        return not path and old_root == (new_root if old else hash_(b""))
    # A perfect old tree is its own first node and therefore left out of the path.
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    level = (old & -old).bit_length() - 1
    steps = _steps((old - 1) >> level, (new - 1) >> level, nodes[1:])
    if steps is None or not nodes:
        return False
    first = second = nodes[0]
    for node, on_left in steps:
        if on_left:
            first = node_hash(hash_, node, first)
            second = node_hash(hash_, node, second)
        else:
            second = node_hash(hash_, second, node)
    return first == old_root and second == new_root


def _steps(position: int, last: int, path: Sequence[bytes]) -> list[tuple[bytes, bool]] | None:
    """Pair each node of ``path`` with "stands on the left"; None for a path of wrong length."""
    steps = []
    for node in path:
        if last == 0:
            return None
        on_left = bool(position & 1) or position == last
        steps.append((node, on_left))
        if on_left:
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        position >>= 1
        last >>= 1
    return steps if last == 0 else None
