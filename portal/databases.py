"""The object databases: a request sees what any process has acknowledged before it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pyramid_zodbconn
import zodburi


def resolve(uri: str) -> tuple[Any, dict[str, Any]]:
    """Return the factory of a storage and the settings of its database.

    News of a commit reach the other clients of a ZEO server a moment after the one who made it is
    told; an owner sent to another process would be shown a page from before his own vote. A client
    asks for the newest commit when a transaction begins. Other storages do so by themselves.
    """
    factory, keywords = zodburi.resolve_uri(uri)
    return (partial(_in_step, factory) if uri.startswith("zeo://") else factory), keywords


def _in_step(factory: Any) -> Any:
    """Open a client of ZEO whose transactions begin with what the server has."""
    storage = factory()
    storage.sync = partial(_catch_up, storage)
    return storage


def _catch_up(storage: Any) -> None:
    """Wait until the news of the newest commit are here (decision 0075).

    A single ping, as ZEO's own setting `server_sync` sends it, can overtake news that wait to be
    sent; a second question cannot.
    """
    newest = storage._call("lastTransaction")  # noqa: SLF001 - there is no public name for it.
    if storage.lastTransaction() < newest:
        storage.ping()


def includeme(config: Any) -> None:
    """Open the databases that the settings `zodbconn.uri` and `zodbconn.uri.<name>` name."""
    pyramid_zodbconn.includeme(
        config, db_from_uri=partial(pyramid_zodbconn.db_from_uri, resolve_uri=resolve)
    )
