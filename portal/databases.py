"""The object databases: a request sees what any process has acknowledged before it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pyramid_zodbconn
import zodburi
from zodburi.resolvers import ClientStorageURIResolver


class _InStep(ClientStorageURIResolver):  # type: ignore[misc]
    """Open a client of ZEO that asks the server at the start of each transaction."""

    # zodburi does not know this setting of ZEO.
    _int_args = (*ClientStorageURIResolver._int_args, "server_sync")  # noqa: SLF001


def resolve(uri: str) -> tuple[Any, dict[str, Any]]:
    """Return the factory of a storage and the settings of its database.

    News of a commit reach the other clients of a ZEO server a moment after the one who made it is
    told; an owner sent to another process would be shown a page from before his own vote. A ping
    of the server at the start of a transaction waits for them. Other storages ask by themselves.
    """
    factory, keywords = zodburi.resolve_uri(uri)
    if uri.startswith("zeo://"):
        factory, _ = _InStep()(f"{uri}{'&' if '?' in uri else '?'}server_sync=1")
    return factory, keywords


def includeme(config: Any) -> None:
    """Open the databases that the settings `zodbconn.uri` and `zodbconn.uri.<name>` name."""
    pyramid_zodbconn.includeme(
        config, db_from_uri=partial(pyramid_zodbconn.db_from_uri, resolve_uri=resolve)
    )
