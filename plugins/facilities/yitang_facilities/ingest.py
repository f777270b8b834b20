"""Ingest process (采集进程): MQTT to telemetry store, acknowledged only after the commit.

Run exactly one per site: ``yitang-ingest --var var``. It may be killed at any moment; what it
had not acknowledged comes again and is absorbed.
"""

import argparse
import fcntl
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from portal import clock
from yitang_facilities import access, credentials
from yitang_facilities.client import Connection, RefusedError
from yitang_facilities.paths import Paths
from yitang_facilities.pipeline import Pipeline
from yitang_facilities.segments import HOUR_MS
from yitang_facilities.telemetry import TelemetryStore

log = logging.getLogger(__name__)

BATCH_MESSAGES = 1000
BATCH_SECONDS = 0.05
TICK_SECONDS = 1.0
BACKFILL_SECONDS = 5.0
COMPACT_SECONDS = 600.0
# An hour is packed this many ms after its end, when the late readings are in.
COMPACT_AFTER_MS = 15 * 60 * 1000
SETTLE_SECONDS = 3.0


def now_ms() -> int:
    """Return the present moment in ms."""
    return int(clock.now().timestamp() * 1000)


class Schedule:
    """Tell when a recurring duty is due, by the machine's steady clock."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = time.monotonic() + seconds

    def due(self) -> bool:
        """Return True once per interval."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._seconds
        return True


class Ingest:
    """Move messages from one connection into one pipeline."""

    def __init__(self, connection: Connection, pipeline: Pipeline, store: TelemetryStore) -> None:
        self._connection = connection
        self._pipeline = pipeline
        self._store = store
        self._tick = Schedule(TICK_SECONDS)
        self._backfill = Schedule(BACKFILL_SECONDS)
        self._compact = Schedule(COMPACT_SECONDS)
        self._quiet_since = 0.0

    def run(self, stopped: Callable[[], bool]) -> None:
        """Work until told to stop, reconnecting for as long as it takes."""
        self._pipeline.refresh()
        while not stopped():
            if not self._connect():
                continue
            self._quiet_since = time.monotonic()
            try:
                while not stopped():
                    self.turn()
            except ConnectionError as error:
                log.warning("%s", error)
        self._connection.close()

    def _connect(self) -> bool:
        try:
            self._connection.connect()
        except OSError as error:
            pause = 5.0 if isinstance(error, RefusedError) else 0.5
            log.warning("%s; next try in %.1f s", error, pause)
            time.sleep(pause)
            return False
        log.info("connected, MQTT protocol %s", self._connection.protocol)
        return True

    def turn(self) -> None:
        """Take one batch, commit it, acknowledge it, and do what is due."""
        batch = self._connection.receive(BATCH_SECONDS)
        deadline = time.monotonic() + BATCH_SECONDS
        while batch and len(batch) < BATCH_MESSAGES:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            batch += self._connection.receive(left)
        if batch:
            self._pipeline.process([(message.topic, message.payload) for message in batch])
            self._connection.acknowledge(batch)
            if len(batch) >= BATCH_MESSAGES:
                self._quiet_since = time.monotonic()
        if self._tick.due():
            self._do_due()

    def _do_due(self) -> None:
        self._pipeline.refresh()
        # Until a backlog is worked off, silence proves nothing: the missing reading may be next.
        if time.monotonic() - self._quiet_since > SETTLE_SECONDS:
            self._pipeline.tick()
        if self._backfill.due():
            for topic, first, last in self._pipeline.backfill_requests():
                request = {"op": "resend", "from": first, "to": last}
                self._connection.publish(str(topic), json.dumps(request).encode())
        if self._compact.due():
            before = (now_ms() - COMPACT_AFTER_MS) // HOUR_MS * HOUR_MS
            for community in self._pipeline.communities:
                self._store.readings.compact(community, before)


def main(arguments: list[str] | None = None) -> int:
    """Run ingest until a signal ends it."""
    parser = argparse.ArgumentParser(prog="yitang-ingest", description=__doc__.splitlines()[0])
    parser.add_argument("--var", type=Path, default=Path("var"), help="run-time folder")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    os.umask(0o077)
    paths = Paths(options.var.resolve())
    paths.telemetry.mkdir(parents=True, exist_ok=True)
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: signals.append(number))
    with (paths.telemetry / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            parser.exit(1, "yitang-ingest: another ingest process is running\n")
        store = TelemetryStore(paths.telemetry)
        password = credentials.service_password(
            paths.passwords, paths.secret(access.INGEST), access.INGEST
        )
        connection = Connection(
            options.host,
            options.port,
            client_id=f"yitang-{access.INGEST}",
            login=(access.INGEST, password),
            topics=access.INGEST_READS,
        )
        pipeline = Pipeline(store, paths.registry, now_ms)
        with suppress(KeyboardInterrupt):
            Ingest(connection, pipeline, store).run(lambda: bool(signals))
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
