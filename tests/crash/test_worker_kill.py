"""Celery workers die and brokers forget; the promised work is still done once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal import jobs, outbox
from tests.unit.site_helper import close, make_registry

ROOT = Path(__file__).resolve().parents[2]
KILLS = 3
PER_ROUND = 25

pytestmark = pytest.mark.services


@pytest.fixture(params=["filesystem", "redis"])
def broker(request, tmp_path):
    if request.param == "redis":
        return request.getfixturevalue("redis_url")
    return f"filesystem://{tmp_path}/queue"


@pytest.fixture
def worker_environment(zeo, broker, tmp_path):
    # A command that ran in this process has left the settings of its own site.
    inherited = {key: value for key, value in os.environ.items() if key != "YITANG_INI"}
    return inherited | {
        "TEST_MAIN": zeo.uri("main"),
        "TEST_AUDIT": zeo.uri("audit"),
        "TEST_BROKER": broker,
        "TEST_DATA": str(tmp_path),
        "PYTHONWARNINGS": "ignore",
    }


class Worker:
    """A Celery worker with beat in its own process group."""

    def __init__(self, environment, log):
        self.log = log
        options = ["-P", "threads", "-c", "2", "-l", "WARNING", "-s", str(log.with_suffix(".beat"))]
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "-A", "tests.crash.celery_site:celery_app"),
                    *("worker", "-B", *options),
                    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                ],
                cwd=ROOT,
                env=environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def registry(worker_environment):
    registry = make_registry(
        **{
            "zodbconn.uri": worker_environment["TEST_MAIN"],
            "zodbconn.uri.audit": worker_environment["TEST_AUDIT"],
            "yitang.broker": worker_environment["TEST_BROKER"],
            "yitang.data": worker_environment["TEST_DATA"],
        }
    )
    yield registry
    outbox.set_poke(None)
    close(registry)


def wait_until(done, seconds, worker):
    deadline = time.monotonic() + seconds
    while not done():
        assert worker.process.poll() is None, worker.log.read_text("utf-8")[-3000:]
        assert time.monotonic() < deadline, worker.log.read_text("utf-8")[-3000:]
        time.sleep(0.1)


def test_work_survives_its_workers(registry, worker_environment, tmp_path):
    log = tmp_path / "worker.log"

    def done_count():
        return jobs.transact(registry, lambda request: len(request.root))

    def left():
        return jobs.transact(registry, lambda request: len(request.site.outbox))

    def promise(request, number):
        request.site.outbox.put("test.count", {"number": number})

    promised = 0
    for _ in range(KILLS):
        worker = Worker(worker_environment, log)
        try:
            before = done_count()
            for _ in range(PER_ROUND):
                jobs.transact(registry, lambda request, n=f"n{promised}": promise(request, n))
                promised += 1
            # Some work is done and some is under way when the worker dies.
            wait_until(lambda b=before: done_count() > b, 60, worker)
        finally:
            worker.kill()
    worker = Worker(worker_environment, log)
    try:
        wait_until(
            lambda: not jobs.transact(registry, lambda request: len(request.site.outbox)),
            90,
            worker,
        )
    finally:
        worker.kill()
    counts = jobs.transact(registry, lambda request: dict(request.root))
    assert counts == {f"n{number}": 1 for number in range(promised)}
