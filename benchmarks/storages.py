"""Pages and casts on the storages that several processes share: ZEO and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import casting, pages
from benchmarks.measure import Row
from benchmarks.world import world
from tests import services

UNITS = 600


@contextmanager
def on_zeo() -> Iterator[dict[str, str]]:
    """Run a ZEO server; yields the settings of a site on it."""
    with contextmanager(services.zeo.__wrapped__)() as zeo:
        yield {"zodbconn.uri": zeo.uri("main"), "zodbconn.uri.audit": zeo.uri("audit")}


@contextmanager
def on_postgresql() -> Iterator[dict[str, str]]:
    """Run a PostgreSQL that does not sync; yields the settings of a site on it."""
    with (
        contextmanager(services.postgres.__wrapped__)() as server,
        services.folder_for() as blobs,
    ):
        options = f"keep_history=false&blob_dir={blobs}&shared_blob_dir=true"
        yield {
            "zodbconn.uri": server.new_uri(options),
            "zodbconn.uri.audit": server.new_uri("keep_history=false"),
        }


def measure() -> Iterator[Row]:
    """Measure page and cast on both, casts with one and with two processes."""
    for name, storage in ((" on ZEO", on_zeo), (" on RelStorage, fsync off", on_postgresql)):
        with (
            storage() as settings,
            world(units=UNITS, count=pages.PAGES, settings=settings) as made,
        ):
            yield from pages.measure(made, 6, name)
            yield from casting.through_http(made, name, part=slice(0, None, 2))
            yield from casting.through_http(
                made, f"{name}, two processes", processes=2, part=slice(1, None, 2)
            )
