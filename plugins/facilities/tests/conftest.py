"""Real brokers, processes and estates for the tests of the facilities plugin."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plugins.facilities.tests.estate import PEOPLE, Estate
from portal import clock
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from yitang_facilities import credentials, registry
from yitang_facilities.paths import Paths
from yitang_facilities.registry import Device
from yitang_facilities.rules import Rule

COMMUNITY = "hupan"
OVERFLOW = Rule(
    "d-tank1",
    "overflow",
    "level",
    limit=3.5,
    dead_band=0.2,
    on_delay=5000,
    off_delay=30_000,
)
DEVICES = (
    Device("d-tank1", COMMUNITY, frozenset({"level"}), (OVERFLOW,)),
    Device("d-pump1", COMMUNITY, frozenset({"pressure", "current"})),
    Device("d-old1", COMMUNITY, frozenset({"level"}), condition=registry.RETIRED),
)


def wait_for(condition, seconds=20.0):
    """Wait until a condition holds; the limit only ends a broken test."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "gave up waiting"
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """Run the processes of one site and end them all."""

    def __init__(self, folder: Path, *, embedded: bool = False) -> None:
        self.paths = Paths(folder)
        self.port = free_port()
        self.embedded = embedded
        self.processes: list[subprocess.Popen] = []
        registry.write(self.paths.registry, DEVICES)

    def password(self, user: str) -> str:
        return credentials.issue(self.paths.passwords, user)

    def start(self, module: str, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"yitang_facilities.{module}"]
        command += ["--var", str(self.paths.var), "--port", str(self.port), *arguments]
        with (self.paths.var / f"{module}.log").open("ab") as output:
            process = subprocess.Popen(command, start_new_session=True, stderr=output)
        self.processes.append(process)
        return process

    def start_broker(self) -> subprocess.Popen:
        process = self.start("broker", *(["--embedded"] if self.embedded else []))
        wait_for(self.listening)
        return process

    def start_ingest(self) -> subprocess.Popen:
        process = self.start("ingest")
        wait_for((self.paths.telemetry / "state.sqlite").exists)
        return process

    wait_for = staticmethod(wait_for)
    community = COMMUNITY
    devices = DEVICES

    def listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self, process: subprocess.Popen) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    self.kill(process)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.stop()


@pytest.fixture
def embedded_site(tmp_path):
    site = Site(tmp_path, embedded=True)
    yield site
    site.stop()


@pytest.fixture(scope="module")
def moved_clock():
    source = MovedClock(START)
    clock.set_clock(source)
    yield source
    clock.set_clock(None)


@pytest.fixture(scope="module")
def portal_site(tmp_path_factory, moved_clock):
    folder = tmp_path_factory.mktemp("site")
    site = SiteUnderTest(folder, **{"yitang.plugins": "facilities"})
    site.browsers = {}
    for login in PEOPLE:
        site.make_account(login, kind="owner" if login in ("own", "stranger") else "staff")
    yield site
    site.close()


@pytest.fixture
def estate(portal_site, moved_clock):
    portal_site.drain()
    names = portal_site.run(lambda request: len(request.site["communities"]))
    return Estate(portal_site, moved_clock, f"hupan-{names + 1}")


@pytest.fixture
def alarmed(estate):
    """An estate whose tank has just raised its overflow alarm."""
    path = estate.register()
    code = estate.code(path)
    estate.feed(code, [(0, 2.4), (1, 3.8), (4, 3.8), (7, 3.8)])
    estate.clock.forward(seconds=10)
    estate.drain()
    estate.device_path, estate.device = path, code
    return estate
