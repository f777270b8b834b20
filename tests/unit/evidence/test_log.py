"""The stored log grows, proves, signs and finds every change of its past."""

import threading
from datetime import timedelta

import pytest
import transaction
import ZODB
from hypothesis import given, settings
from hypothesis import strategies as st
from ZODB.FileStorage import FileStorage
from ZODB.POSException import ConflictError

from portal.evidence.canonical import EvidenceError, sha256, sm3
from portal.evidence.keys import public_record, verify_record
from portal.evidence.log import MerkleLog
from portal.rules import merkle
from tests.unit.evidence.sample import OPENS, Meeting, signer


def grown(size):
    log = MerkleLog("sample")
    for index in range(size):
        log.append(b"leaf %d" % index)
    return log


LOG = grown(600)


@settings(max_examples=60)
@given(st.integers(0, 600), st.data())
def test_stored_tree_gives_the_roots_and_paths_of_the_plain_one(size, data):
    old = data.draw(st.integers(0, size))
    for name, hash_ in (("sha256", sha256), ("sm3", sm3)):
        leaves = [merkle.leaf_hash(hash_, b"leaf %d" % index) for index in range(size)]
        assert LOG.root(size)[name] == merkle.root(hash_, leaves).hex()
        path = [node.hex() for node in merkle.consistency_path(hash_, leaves, old)]
        assert LOG.consistency(old, size)[name] == path
        if size:
            index = data.draw(st.integers(0, size - 1))
            path = [node.hex() for node in merkle.inclusion_path(hash_, leaves, index)]
            assert LOG.inclusion(index, size)[name] == path


def test_size_beyond_the_log_is_refused():
    with pytest.raises(ValueError, match="no tree of 601"):
        LOG.root(601)
    with pytest.raises(IndexError):
        LOG.leaf(600)


def test_leaf_is_found_by_its_hash():
    assert LOG.find(LOG.leaf_hashes(333)["sha256"]) == 333
    assert LOG.find("00" * 32) is None


def test_head_is_signed_and_repeated_until_the_log_grows():
    log = grown(20)
    first = log.head(signer(), OPENS)
    assert verify_record(public_record(signer()), first)
    assert (first["size"], first["root_sm3"]) == (20, log.root()["sm3"])
    assert log.head(signer(), OPENS + timedelta(hours=1)) == first
    log.append(b"more")
    second = log.head(signer(), OPENS + timedelta(hours=1))
    assert [head["size"] for head in log.heads()] == [20, 21]
    assert log.heads(last=1) == [second]


def test_head_is_never_dated_before_its_predecessor():
    log = grown(1)
    first = log.head(signer(), OPENS)
    log.append(b"more")
    assert log.head(signer(), OPENS - timedelta(days=1))["time"] == first["time"]


def test_new_key_signs_a_new_head_of_the_same_size():
    log = grown(3)
    log.head(signer(), OPENS)
    assert log.head(signer(2), OPENS)["key"] == signer(2).key_id
    keys = [public_record(signer()), public_record(signer(2))]
    assert log.fsck(public_keys=keys).ok
    assert "signature of head 1" in log.fsck(public_keys=keys[:1]).problem


def test_first_head_that_covers_a_leaf_is_found():
    log = MerkleLog("sample")
    for size in range(1, 60):
        log.append(b"%d" % size)
        if size % 5 == 0:
            log.head(signer(), OPENS)
    assert [log.head_at(size)["size"] for size in (1, 5, 6, 55)] == [5, 5, 10, 55]
    assert log.head_at(56) is None


@pytest.mark.clause("EV-4.1.10")
@pytest.mark.parametrize("index", [0, 1, 15, 16, 300, 599])
def test_fsck_names_the_first_changed_leaf(index):
    log = grown(600)
    assert log.fsck().ok
    log.kept[index] = b"forged"
    log.kept[599] = b"forged as well"
    found = log.fsck()
    assert (found.ok, found.first_bad) == (False, index)


def test_fsck_finds_a_deleted_and_an_altered_ballot():
    meeting = Meeting(units=20, cast=12)
    log = meeting.log
    assert log.fsck(meeting.reader, [meeting.public]).ok
    bad = meeting.indexes[7]
    gone = log.fsck(lambda index: None if index == bad else meeting.reader(index))
    assert (gone.first_bad, gone.problem) == (bad, f"leaf {bad} is missing")
    changed = log.fsck(lambda index: meeting.reader(index) + b" " * (index == bad))
    assert changed.first_bad == bad
    with pytest.raises(EvidenceError, match="needs a reader"):
        log.fsck()


def rewrite(pages, index, value):
    page = pages.pages[index // 16]
    values = list(page.values)
    values[index % 16] = value
    page.values = tuple(values)


def test_fsck_finds_a_rewritten_leaf_hash_an_inner_hash_and_a_head():
    log = grown(300)
    log.head(signer(), OPENS)
    rewrite(log.levels[1], 3, b"\0" * 64)
    assert "inner hash 3 of level 1" in log.fsck().problem
    log = grown(300)
    rewrite(log.levels[0], 17, b"\0" * 64)
    assert log.fsck().first_bad == 17
    log = grown(300)
    log.head(signer(), OPENS)
    size, time, key, signature = log.signed[0]
    rewrite(log.signed, 0, (size, time + 1, key, signature))
    assert "signature of head 0" in log.fsck(public_keys=[public_record(signer())]).problem
    rewrite(log.signed, 0, (size + 1, time, key, signature))
    assert "covers 301 leaves" in log.fsck().problem


def test_consistent_rewriting_breaks_the_signed_head():
    """Somebody who rewrites leaf, bytes and tree alike is still told by the old signature."""
    log, forged = grown(40), MerkleLog("sample")
    log.head(signer(), OPENS)
    for index in range(40):
        forged.append(b"leaf %d" % index if index != 9 else b"forged")
    forged.signed = log.signed
    assert "signature of head 0" in forged.fsck(public_keys=[public_record(signer())]).problem


def test_append_writes_less_than_a_kilobyte(tmp_path):
    database = ZODB.DB(FileStorage(str(tmp_path / "log.fs")))
    with database.transaction() as connection:
        connection.root()["log"] = MerkleLog("sample")
    appended = 320
    before = (tmp_path / "log.fs").stat().st_size
    for index in range(appended):
        with database.transaction() as connection:
            connection.root()["log"].append(b"%d" % index, keep=False)
    written = (tmp_path / "log.fs").stat().st_size - before
    database.close()
    assert written / appended < 1024


def test_two_sequencers_never_take_the_same_index():
    database = ZODB.DB(None)
    with database.transaction() as connection:
        connection.root()["log"] = MerkleLog("sample")
    lost = []

    def sequence(name):
        manager = transaction.TransactionManager(explicit=False)
        connection = database.open(manager)
        for number in range(40):
            while True:
                try:
                    connection.root()["log"].append(b"%s %d" % (name, number))
                    manager.commit()
                    break
                except ConflictError:
                    manager.abort()
                    lost.append(name)
        connection.close()

    threads = [threading.Thread(target=sequence, args=(name,)) for name in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction() as connection:
        log = connection.root()["log"]
        assert len(log) == 80
        assert log.fsck().ok
        assert len({log.leaf(index) for index in range(80)}) == 80
    database.close()
