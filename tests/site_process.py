"""Real processes of a site for tests: web servers and workers on a storage of the test's choice.

`Nursery` starts one process that has imported everything and forks a child for each order, so
that a test can kill and restart a web server twenty times without waiting for imports.
"""

from __future__ import annotations

import ctypes
import gc
import http.client
import json
import logging
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from portal.scripts.processes import answers
from tests.services import free_port, run_as

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0
PR_SET_PDEATHSIG = 1


class Child:
    """One forked process."""

    def __init__(self, pid: int, port: int, log: Path) -> None:
        self.pid, self.port, self.log = pid, port, log

    @property
    def lives(self) -> bool:
        """Whether it still runs; one whose last thread is dead holds nothing any more."""
        own = Path(f"/proc/{self.pid}")
        try:
            state = (own / "stat").read_text("utf-8").rpartition(")")[2].split()[0]
            return state not in "ZX" or len(list((own / "task").iterdir())) > 1
        except (FileNotFoundError, ProcessLookupError):
            return False

    def kill(self) -> None:
        """Kill it as a power cut would, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        wait_until(lambda: not self.lives, "the killed process is gone")

    def wait_ready(self) -> Child:
        """Wait until it answers."""

        def ready() -> bool:
            assert self.lives, self.log.read_text("utf-8")[-4000:]
            return answers(("127.0.0.1", self.port))

        wait_until(ready, "the web server answers")
        return self


class Nursery:
    """Gives birth to processes of one site."""

    def __init__(self, process: subprocess.Popen[str], log: Path, at: datetime) -> None:
        self._process, self._log = process, log
        self.children: list[Child] = []
        self.set_clock(at)

    def set_clock(self, at: datetime) -> None:
        """Let the clock of processes that are born from now on run from `at`."""
        self._shift = math.ceil((at - datetime.now(UTC)).total_seconds())

    def real_time(self, at: datetime) -> float:
        """Return when it is, in seconds of the epoch, that the processes' clock reaches `at`."""
        return at.timestamp() - self._shift

    def web(self, **options: str) -> Child:
        """Start a web server; it may not answer yet."""
        port = free_port()
        return self._order("web", {"listen": f"127.0.0.1:{port}"} | options, port)

    def worker(self, *, wait: bool = True) -> Child:
        """Start a process that does the clock's and the outbox's work; wait until it begins."""
        ready = self._log.with_name("worker.ready")
        ready.unlink(missing_ok=True)
        child = self._order("worker", {"ready": str(ready)}, 0)
        if not wait:
            return child

        def begins() -> bool:
            assert child.lives, self._log.read_text("utf-8")[-4000:]
            return ready.exists()

        wait_until(begins, "the worker begins")
        return child

    def sequencer(self) -> Child:
        """Start a process that does nothing but write ballots into the log, all the time."""
        return self._order("sequencer", {}, 0)

    def _order(self, kind: str, options: dict[str, str], port: int) -> Child:
        self._process.stdin.write(json.dumps([kind, self._shift, options]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._log.read_text("utf-8")[-4000:]
        self.children.append(Child(int(line), port, self._log))
        return self.children[-1]


@contextmanager
def nursery(folder: Path, settings: dict[str, str], at: datetime) -> Iterator[Nursery]:
    """Run a nursery for the site in a folder; every process it bore ends with the block."""
    log, cache = folder / "processes.log", folder / "templates"
    cache.mkdir()
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [*run_as(None), sys.executable, "-W", "ignore", "-m", "tests.site_process"],
            cwd=ROOT,
            # As the product's web server does: compiled templates outlive a restart.
            env=os.environ | {"CHAMELEON_CACHE": str(cache)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    family = Nursery(process, log, at)
    try:
        process.stdin.write(json.dumps({"yitang.data": str(folder)} | settings) + "\n")
        process.stdin.flush()
        yield family
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # A file storage stays locked until its process is gone.
        wait_until(lambda: not any(child.lives for child in family.children), "all are gone")
        process.stdin.close()
        process.stdout.close()


def wait_until(done: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
    """Wait until something holds; the limit only ends a broken test."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"gave up waiting until {what}"
        time.sleep(0.01)


def send(
    port: int, method: str, path: str, cookie: str = "", body: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Send one request on a connection of its own; return status, headers and body.

    Raises OSError or HTTPException when the server is not there or goes away.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Cookie": cookie, "Connection": "close"}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


# --- The other side ---------------------------------------------------------------------------


def _main() -> None:
    from portal import app  # noqa: F401 - imported once for all children.

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    settings = json.loads(sys.stdin.readline())
    for line in iter(sys.stdin.readline, ""):
        kind, shift, options = json.loads(line)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() == parent:
                _live(kind, shift, settings, options)
            os._exit(1)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _live(kind: str, shift: int, settings: dict[str, str], options: dict[str, str]) -> None:
    import waitress

    from portal import clock, jobs
    from portal.app import configure

    # The orders and the answers are the nursery's.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    clock.shift(shift)
    application = configure(settings).make_wsgi_app()
    if kind == "web":
        # As `portal.scripts.web` does.
        gc.collect()
        gc.freeze()
        waitress.serve(application, **({"threads": "4", "_quiet": True} | options))
        return
    if kind == "sequencer":
        while True:
            _try(partial(jobs.transact, application.registry, _sequence))
            time.sleep(0.3)
    Path(options["ready"]).touch()
    while True:
        _try(partial(jobs.tick, application.registry))
        _try(partial(jobs.run_pending, application.registry))
        time.sleep(0.02)


def _sequence(request: Any) -> None:
    from content_types.meeting.sequencing import sequence_open_votes
    from portal import clock

    sequence_open_votes(request, clock.now())


def _try(act: Callable[[], Any]) -> None:
    """Do something that is done again soon, as a task of Celery does, whatever it raises."""
    try:
        act()
    except Exception:
        logging.getLogger(__name__).exception("It will be tried again.")


if __name__ == "__main__":
    _main()
