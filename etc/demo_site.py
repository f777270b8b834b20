"""The demo site in one process with a clock that stands still: for screenshots and browsers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from waitress.server import create_server

from content_types.story.play import play
from portal import clock, initialise, jobs
from portal.app import configure
from yitang_facilities import simulator
from yitang_facilities.message import encode_reading
from yitang_facilities.paths import Paths
from yitang_facilities.pipeline import Pipeline
from yitang_facilities.simulator import Incident, values
from yitang_facilities.telemetry import TelemetryStore

PASSWORD = "a-long-enough-phrase"  # noqa: S105 - of made-up people on a site that goes away.
ONLINE = b'{"state":"online"}'
STEP = timedelta(seconds=30)
MEASURED = timedelta(hours=1)
# The water tank overflows twenty minutes before the end, so that there is an alarm to look at.
OVERFLOW = Incident("water-level", "level", 3.8, after=2400, lasts=1200)


class DemoSite:
    """The whole story, played into a folder; ``today`` is when it ends."""

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda _: None) -> None:
        self.folder = folder
        initialise.create_keys(folder / "keys")
        settings = {
            "yitang.data": str(folder),
            "yitang.broker": "none",
            "yitang.base_url": "http://localhost:8080",
            "yitang.demo": "true",
            "yitang.limits": "off",
            "yitang.identity.face": "off",
            "yitang.plugins": "funds facilities",
        }
        self.app = configure(settings).make_wsgi_app()
        self.registry = self.app.registry
        initialise.first_start(self.registry)
        played = play(self.registry, PASSWORD, say)
        self.accounts, self.tries = played.accounts, played.tries
        self.owners, self.today = played.owners, played.ended
        for step in self.registry.demo_steps:
            step(self.registry, PASSWORD, say)
        self._measure()
        # A minute later the portal has taken over the alarms.
        self.today += timedelta(minutes=1)
        self.stop_clock()
        self.settle()

    def stop_clock(self) -> None:
        """Let the clock of this process stand still where the story ends."""
        clock.set_clock(lambda: self.today)

    def settle(self) -> None:
        """Do what the clock and the outbox ask for."""
        jobs.tick(self.registry, strict=True)
        jobs.run_pending(self.registry, strict=True)

    def run(self, function: Callable[[Any], Any]) -> Any:
        """Run ``function(request)`` in a transaction as the system."""
        return jobs.transact(self.registry, function)

    def _measure(self) -> None:
        """Let the devices of the demo measure for the last hour."""
        paths = Paths(self.folder)
        store, began = TelemetryStore(paths.telemetry), self.today - MEASURED
        instant = began
        pipeline = Pipeline(store, paths.registry, lambda: _ms(instant))
        pipeline.refresh()
        fleet = simulator.read_fleet(simulator.fleet_file(paths))
        pipeline.process([(f"c/{one.community}/d/{one.code}/s", ONLINE) for one in fleet])
        for number in range(1, int(MEASURED / STEP) + 1):
            instant = began + number * STEP
            clock.set_clock(lambda instant=instant: instant)
            pipeline.process(
                [
                    (
                        f"c/{one.community}/d/{one.code}/t",
                        encode_reading(
                            number,
                            _ms(instant),
                            values(one.code, one.kind, _ms(began), _ms(instant), [OVERFLOW]),
                        ),
                    )
                    for one in fleet
                ]
            )
        store.close()

    def serve(self) -> str:
        """Answer on a free port of this machine; returns the address."""
        self._server = create_server(self.app, host="127.0.0.1", port=0, threads=2)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.effective_port}"

    def close(self) -> None:
        """Stop answering, close the databases and let the clock run again."""
        if hasattr(self, "_server"):
            self._server.close()
            self._thread.join(10)
        for db in dict.fromkeys(self.registry._zodb_databases.values()):  # noqa: SLF001
            db.close()
        clock.set_clock(None)


def _ms(instant: Any) -> int:
    return int(instant.timestamp() * 1000)
