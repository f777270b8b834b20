"""What one process has acknowledged, the next request to any other process shows."""

import pytest
import transaction
from ZODB import DB

from portal.databases import resolve

COMMITS = 300

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


def test_commit_of_one_process_is_seen_by_the_next_transaction_of_another(clients):
    managers = [transaction.TransactionManager(explicit=True) for _ in clients]
    writer, reader = (one.open(manager) for one, manager in zip(clients, managers, strict=True))
    try:
        for number in range(COMMITS):
            with managers[0]:
                writer.root()["number"] = number
            with managers[1]:
                assert reader.root()["number"] == number
    finally:
        writer.close()
        reader.close()
