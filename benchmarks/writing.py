"""Announcements: what one writes to the disk, and eight people who write and publish at once."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from benchmarks import load, texts
from benchmarks.floors import THREADS
from benchmarks.measure import Row, memory_of
from benchmarks.world import World


def _files(made: World) -> int:
    """Return the bytes of everything the site keeps: objects, audit log, full-text index."""
    names = ("db/Data.fs", "db/Audit.fs", "fulltext.sqlite")
    return sum((made.folder / name).stat().st_size for name in names)


def measure(made: World, count: int) -> Iterator[Row]:
    """Let eight connections create and publish announcements in the browser's way."""
    place = f"{made.path}announcements/"
    visitor = made.convenor
    written = texts.announcements(count, seed=11)

    def form(**values: str) -> str:
        pairs = values | {"csrf_token": visitor.csrf_token}
        return "&".join(f"{key}={quote(value)}" for key, value in pairs.items())

    before, data_before = _files(made), made.data.stat().st_size
    with made.processes() as children:
        web = children.web(threads=THREADS).wait_ready()
        adds = [
            load.post(
                f"{place}add/announcement",
                form(title=title, kind="announcement", body=body, save="save"),
                visitor.cookie,
            )
            for title, body in written
        ]
        added = load.run(web, adds, None)
        steps = [
            load.post(f"{urlsplit(where).path}step/publish", form(comment=""), visitor.cookie)
            for where in added.locations
        ]
        published = load.run(web, steps, None)
        memory = memory_of(web.pid)
    failed = added.failed("303") + published.failed("303")
    yield Row(
        "announcements created and published by 8 clients",
        count / (added.seconds + published.seconds),
        "items/s",
        memory=memory,
        note=f"p99 {max(added.at(0.99), published.at(0.99)):.0f} ms",
    )
    yield Row("failed requests of these", failed, "requests", target=0, better="less")
    data = (made.data.stat().st_size - data_before) / count
    with made.site() as site:
        site.drain()
        site.registry.fulltext.close()
    total = (_files(made) - before) / count
    yield Row(
        "bytes written per announcement with all indexes",
        total / 1024,
        "KB",
        target=60,
        better="less",
        note=f"{data / 1024:.0f} KB before the jobs; created, published, audited, searchable",
    )
