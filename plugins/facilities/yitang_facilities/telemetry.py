"""Telemetry store (遥测数据): readings, last values, gap ledger, quarantine and alarm outbox.

Readings live in day files (``readings.py``); everything the ingest process must remember lives
in one ``state.sqlite``. A batch commits its readings first and then, in one transaction, the
ledger, last values, rule states and alarm transitions; only then are the messages acknowledged.
A crash between the two repeats the batch: the readings are found again and nothing counts twice.
Never ZODB: a reading costs 271 bytes there and 2 here.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from yitang_facilities import ledger
from yitang_facilities.readings import Readings, connect, connect_to_read
from yitang_facilities.rules import RuleState, Transition
from yitang_facilities.segments import Sample

SCHEMA = (
    ledger.SCHEMA
    + """
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, community TEXT NOT NULL, device TEXT NOT NULL, point TEXT NOT NULL,
    UNIQUE (community, device, point));
CREATE TABLE IF NOT EXISTS last (
    series INTEGER PRIMARY KEY, ts INTEGER NOT NULL, value REAL NOT NULL,
    quality INTEGER NOT NULL, ingested_at INTEGER NOT NULL, source TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS presence (
    device TEXT PRIMARY KEY, state TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rule_state (
    device TEXT NOT NULL, rule TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL,
    last_ts INTEGER NOT NULL, last_value REAL, raised_at INTEGER,
    PRIMARY KEY (device, rule)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT, arrived_at INTEGER NOT NULL, topic TEXT NOT NULL,
    reason TEXT NOT NULL, payload BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS quarantine_topic ON quarantine (topic);
CREATE TABLE IF NOT EXISTS refused (
    topic TEXT NOT NULL, reason TEXT NOT NULL, n INTEGER NOT NULL, last_at INTEGER NOT NULL,
    PRIMARY KEY (topic, reason)) WITHOUT ROWID;
"""
)
QUARANTINE_PER_TOPIC = 1000
QUARANTINE_TOTAL = 20_000
_REFUSED_TOPICS = 5000


@dataclass(frozen=True, slots=True)
class Last:
    """Hold the newest value of a point; times in ms."""

    point: str
    ts: int
    value: float
    quality: int
    ingested_at: int
    source: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Hold one message in quarantine; time in ms."""

    id: int
    arrived_at: int
    topic: str
    reason: str
    payload: bytes


class TelemetryStore:
    """Write side, used by the one ingest process."""

    def __init__(self, folder: Path) -> None:
        self.readings = Readings(folder)
        self._state = connect(folder / "state.sqlite", SCHEMA)
        self.series: dict[tuple[str, str, str], int] = {}

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit everything written to the state inside the block, or nothing."""
        self._state.execute("BEGIN IMMEDIATE")
        with self._state:
            yield self._state

    def create_series(self, keys: Iterable[tuple[str, str, str]]) -> None:
        """Give each new (community, device, point) a number, all in one commit."""
        new = [key for key in keys if key not in self.series]
        with self.transaction() as state:
            state.executemany(
                "INSERT OR IGNORE INTO series (community, device, point) VALUES (?, ?, ?)", new
            )
        for key in new:
            self.series[key] = _series_id(self._state, key)

    def account(self, device: str) -> ledger.Account | None:
        """Return the gap ledger of a device."""
        return ledger.load(self._state, device)

    def rule_states(self) -> dict[tuple[str, str], RuleState]:
        """Return what every rule remembered at the last commit."""
        rows = self._state.execute(
            "SELECT device, rule, state, since, last_ts, last_value, raised_at FROM rule_state"
        )
        return {(device, rule): RuleState(*fields) for device, rule, *fields in rows}

    def quarantined(self, reason: str) -> list[Refused]:
        """Return the messages held back for one reason, oldest first."""
        rows = self._state.execute(
            "SELECT id, arrived_at, topic, reason, payload FROM quarantine"
            " WHERE reason = ? ORDER BY id",
            (reason,),
        )
        return [Refused(*row) for row in rows]

    def open_gaps(self, limit: int = 100) -> list[tuple[str, int, int]]:
        """Return (device, first, last) of gaps a device can still fill: those since its start."""
        return self._state.execute(
            "SELECT device, first, last FROM gap JOIN ledger USING (device, epoch) LIMIT ?",
            (limit,),
        ).fetchall()

    def forget_transitions(self, ids: Iterable[int]) -> None:
        """Remove transitions the portal has taken over; repeating it does no harm."""
        with self.transaction() as state:
            state.executemany("DELETE FROM outbox WHERE id = ?", [(number,) for number in ids])

    def close(self) -> None:
        """Close all files."""
        self.readings.close()
        self._state.close()


class TelemetryReader:
    """Read side, used by the portal; answers empty as long as nothing was ever stored."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._readings = Readings(folder)

    def curve(
        self,
        series: tuple[str, str, str],
        start: int,
        end: int,
        max_points: int = 2000,
    ) -> list[Sample]:
        """Return the samples of (community, device, point) with start <= ts < end (ms)."""
        with self._state() as state:
            number = state and _series_id(state, series)
        if not number:
            return []
        return self._readings.curve(series[0], number, start, end, max_points)

    def last(self, community: str, device: str) -> dict[str, Last]:
        """Return the newest value of every point of a device."""
        rows = self._all(
            "SELECT point, ts, value, quality, ingested_at, source FROM series JOIN last"
            " ON last.series = series.id WHERE community = ? AND device = ? ORDER BY point",
            (community, device),
        )
        return {row[0]: Last(*row) for row in rows}

    def presence(self, device: str) -> tuple[str, int] | None:
        """Return "online" or "offline" and since when in ms, or None if never heard of."""
        rows = self._all("SELECT state, since FROM presence WHERE device = ?", (device,))
        return rows[0] if rows else None

    def presences(self) -> dict[str, tuple[str, int]]:
        """Return presence and its time in ms of every device ever heard of."""
        rows = self._all("SELECT device, state, since FROM presence", ())
        return {device: (state, since) for device, state, since in rows}

    def account(self, device: str) -> ledger.Account | None:
        """Return the gap ledger of a device."""
        with self._state() as state:
            return ledger.load(state, device) if state else None

    def transitions(self, limit: int = 100) -> list[tuple[int, Transition]]:
        """Return alarm transitions the portal has not taken over yet, oldest first."""
        rows = self._all("SELECT id, data FROM outbox ORDER BY id LIMIT ?", (limit,))
        return [(number, Transition(**json.loads(data))) for number, data in rows]

    def refused(self, prefix: str = "", limit: int = 50) -> list[tuple[str, str, int, int]]:
        """Return (topic, reason, count, last time in ms) of refused messages, newest first."""
        return self._all(
            "SELECT topic, reason, n, last_at FROM refused WHERE substr(topic, 1, ?) = ?"
            " ORDER BY last_at DESC LIMIT ?",
            (len(prefix), prefix, limit),
        )

    @contextmanager
    def _state(self) -> Iterator[sqlite3.Connection | None]:
        path = self.folder / "state.sqlite"
        if not path.exists():
            yield None
            return
        with closing(connect_to_read(path)) as connection:
            yield connection

    def _all(self, statement: str, values: tuple) -> list:
        with self._state() as state:
            return state.execute(statement, values).fetchall() if state else []


def save_last(
    state: sqlite3.Connection, rows: Iterable[tuple[int, int, float, int]], at: int, source: str
) -> None:
    """Keep the newest of rows (ts, series, value, quality) as last values."""
    state.executemany(
        "INSERT INTO last VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (series) DO UPDATE SET"
        " ts = excluded.ts, value = excluded.value, quality = excluded.quality,"
        " ingested_at = excluded.ingested_at, source = excluded.source"
        " WHERE excluded.ts > last.ts",
        [(series, ts, value, quality, at, source) for ts, series, value, quality in rows],
    )


def save_presence(state: sqlite3.Connection, device: str, presence: str, at: int) -> None:
    """Note that a device is online or offline; a repeated notice keeps its first time."""
    state.execute(
        "INSERT INTO presence VALUES (?, ?, ?) ON CONFLICT (device) DO UPDATE SET"
        " state = excluded.state, since = excluded.since WHERE state != excluded.state",
        (device, presence, at),
    )


def save_rule_states(
    state: sqlite3.Connection, states: Iterable[tuple[tuple[str, str], RuleState]]
) -> None:
    """Store what rules remember."""
    state.executemany(
        "INSERT OR REPLACE INTO rule_state VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (*key, one.state, one.since, one.last_ts, one.last_value, one.raised_at)
            for key, one in states
        ],
    )


def save_transitions(state: sqlite3.Connection, transitions: Iterable[Transition]) -> None:
    """Put alarm transitions into the outbox once each."""
    state.executemany(
        "INSERT OR IGNORE INTO outbox (key, data) VALUES (?, ?)",
        [(transition.key, json.dumps(asdict(transition))) for transition in transitions],
    )


def save_refused(
    state: sqlite3.Connection, topic: str, reason: str, payload: bytes, at: int
) -> None:
    """Count a refused message and keep it for a person to judge, within fixed limits."""
    counted = state.execute(
        "UPDATE refused SET n = n + 1, last_at = ? WHERE topic = ? AND reason = ?",
        (at, topic, reason),
    )
    topics = state.execute("SELECT count(*) FROM refused").fetchone()
    if counted.rowcount == 0 and topics[0] < _REFUSED_TOPICS:
        state.execute("INSERT INTO refused VALUES (?, ?, 1, ?)", (topic, reason, at))
    held = state.execute("SELECT count(*) FROM quarantine WHERE topic = ?", (topic,)).fetchone()
    total = state.execute("SELECT count(*) FROM quarantine").fetchone()
    if held[0] < QUARANTINE_PER_TOPIC and total[0] < QUARANTINE_TOTAL:
        state.execute(
            "INSERT INTO quarantine (arrived_at, topic, reason, payload) VALUES (?, ?, ?, ?)",
            (at, topic, reason, payload),
        )


def _series_id(state: sqlite3.Connection, key: tuple[str, str, str]) -> int | None:
    row = state.execute(
        "SELECT id FROM series WHERE community = ? AND device = ? AND point = ?", key
    ).fetchone()
    return row[0] if row else None
