"""A child process of `yitang serve`: started, watched, its output prefixed, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import IO

from portal.errors import ConfigurationError
from portal.scripts.processes import Process, answers, child_environment

PREFIX_WIDTH = 9
MISCONFIGURED = 2
BACKOFF_FIRST, BACKOFF_MOST, HEALTHY_AFTER = 0.5, 30.0, 60.0

_output = threading.Lock()


def say(name: str, text: str) -> None:
    """Write one line with the name of its process before it."""
    with _output:
        sys.stdout.write(f"{name:>{PREFIX_WIDTH}} | {text.rstrip()}\n")
        sys.stdout.flush()


class ChildError(ConfigurationError):
    """A child cannot run; the message is one line for the operator."""


class Child:
    """One process of the site, in a process group of its own."""

    def __init__(self, process: Process, ini: str) -> None:
        self.process = process
        self.ini = ini
        self.popen: subprocess.Popen[str] | None = None
        self.started = 0.0
        self.pause = BACKOFF_FIRST
        self.restart_at = 0.0

    def start(self) -> None:
        """Start the process; a Ctrl-C in the terminal does not reach it directly."""
        self.popen = subprocess.Popen(
            [
                *(sys.executable, "-m", "portal.scripts.main", "run", self.process.name),
                *("--ini", self.ini, "--parent", str(os.getpid())),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=child_environment() | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        self.started = time.monotonic()
        self.restart_at = 0.0
        threading.Thread(target=self._relay, args=(self.popen.stdout,), daemon=True).start()

    def _relay(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                say(self.process.name, line)

    @property
    def status(self) -> int | None:
        """Return the exit status, or None while the process runs."""
        return self.popen.poll() if self.popen else None

    def wait_ready(self, seconds: float) -> None:
        """Wait until the process answers at its address.

        Raises ChildError when it ends or stays silent.
        """
        end = time.monotonic() + seconds
        while self.process.address is not None and not answers(self.process.address):
            if self.status is not None:
                raise ChildError(f"{self.process.name} ended with status {self.status}")
            if time.monotonic() > end:
                raise ChildError(f"{self.process.name} does not answer after {seconds:.0f} s")
            time.sleep(0.05)

    def watch(self) -> None:
        """Start the process again some time after it crashed.

        Raises ChildError when it ended because of its settings: those do not mend themselves.
        """
        status = self.status
        if status is None:
            return
        now = time.monotonic()
        if not self.restart_at:
            if status == MISCONFIGURED:
                raise ChildError(f"{self.process.name} refuses its settings, see above")
            if now - self.started > HEALTHY_AFTER:
                self.pause = BACKOFF_FIRST
            self.restart_at = now + self.pause
            say(self.process.name, f"ended with status {status}, again in {self.pause:g} s")
            self.pause = min(self.pause * 2, BACKOFF_MOST)
        elif now >= self.restart_at:
            self.start()

    def signal(self, number: int) -> None:
        """Send a signal to the whole process group, if it still runs."""
        if self.popen is not None and self.status is None:
            try:
                os.killpg(self.popen.pid, number)
            except ProcessLookupError:
                return

    def end(self, seconds: float) -> None:
        """Wait until the process that was told to stop has ended, else kill it."""
        if self.popen is None:
            return
        try:
            self.popen.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.popen.wait(1)

    def stop(self, seconds: float) -> None:
        """Stop the process, by force when it takes longer than the given time."""
        self.signal(signal.SIGTERM)
        self.end(seconds)
