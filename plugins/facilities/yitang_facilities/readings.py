"""Readings (采样存储): one SQLite file per community and day, packed hour by hour.

New readings go to ``hot`` with the key (time, series): written in time order that is 15 to 20
times faster than the other way round. Finished hours are packed into ``seg``. Old days are
dropped as whole files. PostgreSQL can serve the same five methods with a partition per month.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from yitang_facilities import segments
from yitang_facilities.segments import HOUR_MS, Sample

DAY_MS = 24 * HOUR_MS
SCHEMA = """
CREATE TABLE IF NOT EXISTS hot (
    ts INTEGER NOT NULL, series INTEGER NOT NULL, value REAL NOT NULL, quality INTEGER NOT NULL,
    PRIMARY KEY (ts, series)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seg (
    series INTEGER NOT NULL, hour INTEGER NOT NULL, n INTEGER NOT NULL, min REAL NOT NULL,
    max REAL NOT NULL, sum REAL NOT NULL, blob BLOB NOT NULL,
    PRIMARY KEY (series, hour)) WITHOUT ROWID;
"""
_OPEN_FILES = 16


def connect(path: Path, schema: str) -> sqlite3.Connection:
    """Open a durable WAL database for writing, creating it with the schema."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(schema)
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open an existing database for reading only."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)


class Readings:
    """Keep the readings of all communities under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._connections: dict[Path, sqlite3.Connection] = {}

    def write(self, community: str, rows: Iterable[tuple[int, int, float, int]]) -> int:
        """Commit rows (ts in ms, series, value, quality) and return how many were new."""
        days: dict[int, list[tuple[int, int, float, int]]] = defaultdict(list)
        for row in rows:
            days[row[0] // DAY_MS].append(row)
        added = 0
        for day, day_rows in days.items():
            connection = self._writer(self._path(community, day))
            before = connection.total_changes
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                connection.executemany("INSERT OR IGNORE INTO hot VALUES (?, ?, ?, ?)", day_rows)
            added += connection.total_changes - before
        return added

    def curve(
        self, community: str, series: int, start: int, end: int, max_points: int = 2000
    ) -> list[Sample]:
        """Return the samples with start <= ts < end (ms), thinned to at most ``max_points``."""
        samples: dict[int, Sample] = {}
        for day in range(start // DAY_MS, (end - 1) // DAY_MS + 1):
            path = self._path(community, day)
            if not path.exists():
                continue
            with closing(connect_to_read(path)) as connection:
                for sample in _day_samples(connection, series, start, end):
                    samples.setdefault(sample.ts, sample)
        return segments.downsample([samples[ts] for ts in sorted(samples)], max_points)

    def compact(self, community: str, before: int) -> int:
        """Pack every hour that ended at or before ``before`` (ms); return the rows packed."""
        packed = 0
        for path in sorted((self.folder / community).glob("????????.sqlite")):
            if _midnight(path) < before:
                packed += _compact_day(self._writer(path), before)
        return packed

    def drop_before(self, community: str, day: str) -> list[str]:
        """Delete whole days earlier than ``day`` (yyyymmdd, UTC) and return their names."""
        dropped = []
        for path in sorted((self.folder / community).glob("????????.sqlite")):
            if path.stem < day:
                connection = self._connections.pop(path, None)
                if connection is not None:
                    connection.close()
                for suffix in ("", "-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                dropped.append(path.stem)
        return dropped

    def close(self) -> None:
        """Close every open file."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _path(self, community: str, day: int) -> Path:
        name = datetime.fromtimestamp(day * DAY_MS / 1000, UTC).strftime("%Y%m%d")
        return self.folder / community / f"{name}.sqlite"

    def _writer(self, path: Path) -> sqlite3.Connection:
        connection = self._connections.pop(path, None)
        if connection is None:
            while len(self._connections) >= _OPEN_FILES:
                self._connections.pop(next(iter(self._connections))).close()
            connection = connect(path, SCHEMA)
        self._connections[path] = connection
        return connection


def _midnight(path: Path) -> int:
    day = datetime.strptime(path.stem, "%Y%m%d").replace(tzinfo=UTC)
    return int(day.timestamp()) * 1000


def _day_samples(
    connection: sqlite3.Connection, series: int, start: int, end: int
) -> Iterable[Sample]:
    blobs = connection.execute(
        "SELECT blob FROM seg WHERE series = ? AND hour > ? AND hour < ?",
        (series, start - HOUR_MS, end),
    )
    for (blob,) in blobs:
        for sample in segments.decode(blob):
            if start <= sample.ts < end:
                yield sample
    rows = connection.execute(
        "SELECT ts, value, quality FROM hot WHERE ts >= ? AND ts < ? AND series = ?",
        (start, end, series),
    )
    for row in rows:
        yield Sample(*row)


def _compact_day(connection: sqlite3.Connection, before: int) -> int:
    limit = before // HOUR_MS * HOUR_MS
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        hours: dict[tuple[int, int], dict[int, Sample]] = defaultdict(dict)
        for ts, series, value, quality in connection.execute(
            "SELECT ts, series, value, quality FROM hot WHERE ts < ? ORDER BY ts", (limit,)
        ):
            hours[series, ts // HOUR_MS * HOUR_MS][ts] = Sample(ts, value, quality)
        for (series, hour), samples in hours.items():
            _merge_segment(connection, series, hour, samples)
        return connection.execute("DELETE FROM hot WHERE ts < ?", (limit,)).rowcount


def _merge_segment(
    connection: sqlite3.Connection, series: int, hour: int, samples: dict[int, Sample]
) -> None:
    stored = connection.execute(
        "SELECT blob FROM seg WHERE series = ? AND hour = ?", (series, hour)
    ).fetchone()
    if stored is not None:
        # What was stored first stays: a reading is never changed by a later one of its time.
        samples = samples | {sample.ts: sample for sample in segments.decode(stored[0])}
    ordered = [samples[ts] for ts in sorted(samples)]
    values = [sample.value for sample in ordered]
    connection.execute(
        "INSERT OR REPLACE INTO seg VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            series,
            hour,
            len(values),
            min(values),
            max(values),
            sum(values),
            segments.encode(ordered),
        ),
    )
