"""What one process has acknowledged, the next request to any other process shows."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import transaction
from persistent.mapping import PersistentMapping
from ZODB import DB

from portal.databases import resolve

COMMITS, THREADS = 200, 4

pytestmark = pytest.mark.services


@pytest.fixture
def clients(zeo):
    """Return two databases on one ZEO server, as two processes hold them."""
    databases = []
    for _ in range(2):
        storage, keywords = resolve(zeo.uri())
        databases.append(DB(storage(), **keywords))
    yield databases
    for database in databases:
        database.close()


def follow(clients, name):
    """Commit in one process and read in the other, again and again; return what was too old."""
    managers = [transaction.TransactionManager(explicit=True) for _ in clients]
    writer, reader = (one.open(manager) for one, manager in zip(clients, managers, strict=True))
    late = []
    try:
        for number in range(COMMITS):
            with managers[0]:
                writer.root()[name]["number"] = number
            with managers[1]:
                found = reader.root()[name]["number"]
            if found != number:
                late.append((number, found))
    finally:
        writer.close()
        reader.close()
    return late


def test_commit_of_one_process_is_seen_by_the_next_transaction_of_another(clients):
    # The news of one commit are on their way while others ask, so it takes several at once.
    names = [f"object-{number}" for number in range(THREADS)]
    with clients[0].transaction() as connection:
        for name in names:
            connection.root()[name] = PersistentMapping()
    with ThreadPoolExecutor(THREADS) as pool:
        late = list(pool.map(lambda name: follow(clients, name), names))
    assert late == [[]] * THREADS
