"""The Merkle arithmetic agrees with RFC 9162 and with an independent implementation."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from portal.rules import merkle


def sha256(data):
    return hashlib.sha256(data).digest()


# The seven-leaf tree used by the examples of RFC 9162 §2.1.5, as the well-known test data of
# certificate logs.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def hashes(count):
    return [merkle.leaf_hash(sha256, index.to_bytes(4, "big")) for index in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_equal_the_published_vectors(size):
    leaves = [merkle.leaf_hash(sha256, leaf) for leaf in LEAVES[:size]]
    assert merkle.root(sha256, leaves).hex() == ROOTS[size - 1]


def test_empty_tree_has_the_hash_of_nothing():
    assert merkle.root(sha256, []) == sha256(b"")


def test_paths_of_the_seven_leaf_tree_have_the_shape_of_the_standard():
    assert merkle.inclusion_spans(0, 7) == [(1, 2), (2, 4), (4, 7)]
    assert merkle.inclusion_spans(3, 7) == [(2, 3), (0, 2), (4, 7)]
    assert merkle.inclusion_spans(4, 7) == [(5, 6), (6, 7), (0, 4)]
    assert merkle.inclusion_spans(6, 7) == [(4, 6), (0, 4)]
    assert merkle.consistency_spans(3, 7) == [(2, 3), (3, 4), (0, 2), (4, 7)]
    assert merkle.consistency_spans(4, 7) == [(4, 7)]
    assert merkle.consistency_spans(6, 7) == [(4, 6), (6, 7), (0, 4)]


@settings(max_examples=40)
@given(st.integers(1, 5000), st.data())
def test_roots_and_proofs_agree_with_an_independent_tree(size, data):
    oracle = InmemoryTree(algorithm="sha256")
    oracle.append_entries([index.to_bytes(4, "big") for index in range(size)])
    leaves = hashes(size)
    old = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, old - 1))
    assert merkle.root(sha256, leaves[:old]) == oracle.get_root(old)
    ours = merkle.inclusion_path(sha256, leaves[:old], index)
    theirs = oracle.prove_inclusion(index + 1, old)
    # The other library starts its path with the leaf itself.
    assert ours == [bytes.fromhex(text) for text in theirs.serialize()["path"]][1:]
    root = merkle.root(sha256, leaves[:old])
    assert merkle.verify_inclusion(sha256, leaves[index], (index, old), ours, root)


@settings(max_examples=60)
@given(st.integers(0, 300), st.data())
def test_larger_tree_proves_that_it_contains_the_smaller(size, data):
    leaves = hashes(size)
    old = data.draw(st.integers(0, size))
    old_root, new_root = merkle.root(sha256, leaves[:old]), merkle.root(sha256, leaves)
    path = merkle.consistency_path(sha256, leaves, old)
    assert merkle.verify_consistency(sha256, (old, size), path, old_root, new_root)
    if old:
        forged = merkle.root(sha256, [sha256(b"other"), *leaves[1:old]])
        assert not merkle.verify_consistency(sha256, (old, size), path, forged, new_root)


@settings(max_examples=60)
@given(st.integers(1, 200), st.data())
def test_wrong_leaf_index_path_or_root_is_refused(size, data):
    leaves = hashes(size)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(sha256, leaves, index)
    root = merkle.root(sha256, leaves)

    def verify(leaf=leaves[index], index=index, size=size, path=path, root=root):
        return merkle.verify_inclusion(sha256, leaf, (index, size), path, root)

    assert verify()
    assert not verify(leaf=sha256(b"other"))
    assert not verify(index=size)
    assert not verify(path=[*path, sha256(b"more")])
    assert not verify(root=sha256(b"other"))
    if path:
        assert not verify(path=path[:-1])
        other = data.draw(st.integers(0, size - 1).filter(lambda value: value != index))
        assert not verify(index=other)


def test_leaf_outside_the_tree_has_no_path():
    with pytest.raises(ValueError, match="no leaf 3"):
        merkle.inclusion_spans(3, 3)
    with pytest.raises(ValueError, match="cannot grow"):
        merkle.consistency_spans(4, 3)
