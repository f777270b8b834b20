"""`yitang serve` starts, watches and stops every process of a site."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.services import folder_for, free_port

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 90


@pytest.fixture(scope="module")
def site():
    """A settings file like the demo's, with a data folder and ports of its own, for this module."""
    with folder_for() as folder:
        text = (ROOT / "etc/development.ini").read_text("utf-8")
        changes = {
            "data = %(here)s/../var": f"data = {folder}/var",
            "127.0.0.1:8080": f"127.0.0.1:{free_port()}",
            "yitang.mqtt_port = 1883": f"yitang.mqtt_port = {free_port()}",
        }
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        ini = folder / "site.ini"
        ini.write_text(text, "utf-8")
        yield ini


def port_of(ini):
    line = next(line for line in ini.read_text("utf-8").splitlines() if line.startswith("listen"))
    return int(line.rpartition(":")[2])


@contextlib.contextmanager
def serving(ini):
    """Run `yitang serve`; whatever the test does, no process of it stays."""
    with (ini.parent / "serve.log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.scripts.main", "serve", "--ini", str(ini)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
        try:
            yield process
        finally:
            left = family(process.pid)
            for member in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.kill()
            process.wait()


def family(pid):
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def until(condition, what, ini):
    end = time.monotonic() + WITHIN
    while not (value := condition()):
        if time.monotonic() > end:
            log = (ini.parent / "serve.log").read_text("utf-8", "replace")
            pytest.fail(f"{what} did not happen:\n{log}")
        time.sleep(0.1)
    return value


def answer(ini):
    """The status of the first page, 0 while nobody answers."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port_of(ini)}/", timeout=WITHIN
        ) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def log_of(ini):
    return (ini.parent / "serve.log").read_text("utf-8", "replace")


def named(pid, word):
    """The descendants whose command line holds the word."""
    found = []
    for member in family(pid)[1:]:
        with contextlib.suppress(psutil.NoSuchProcess):
            if word in member.cmdline():
                found.append(member)
    return found


@pytest.fixture(scope="module")
def stopped(site):
    """What was seen when the site was started the first time and told to stop."""
    with serving(site) as process:
        until(lambda: "is ready" in log_of(site), "the first start", site)
        status = answer(site)
        everyone = family(process.pid)
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        left = [member for member in everyone if member.is_running()]
    return {"page": status, "code": code, "left": left, "log": log_of(site)}


@pytest.fixture(scope="module")
def running(site, stopped):
    """The site, started a second time."""
    with serving(site) as process:
        until(lambda: "is ready" in log_of(site), "the second start", site)
        yield process


def test_one_command_starts_the_site(stopped):
    assert stopped["page"] == 200
    assert "first start" in stopped["log"]


def test_stopped_site_leaves_nothing_running(stopped):
    assert stopped["code"] == 0
    assert stopped["left"] == []
    assert stopped["log"].rstrip().endswith("stopped")


def test_data_stays_over_a_restart(site, running):
    assert running.poll() is None
    assert "first start" not in log_of(site)
    assert (site.parent / "var/db/Data.fs").stat().st_size > 0
    assert answer(site) == 200


def test_crashed_process_is_started_again(site, running):
    worker = until(lambda: named(running.pid, "worker"), "the worker", site)[0]
    worker.kill()
    until(
        lambda: [m for m in named(running.pid, "worker") if m.pid != worker.pid],
        "a new worker",
        site,
    )
    assert answer(site) == 200


def test_second_serve_on_the_same_data_is_refused(site, running):
    second = subprocess.run(
        [sys.executable, "-m", "portal.scripts.main", "serve", "--ini", str(site)],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert second.returncode == 2
    assert second.stderr.endswith(f"is already being served (process {running.pid}).\n")
    assert answer(site) == 200


def test_killed_serve_leaves_no_process_behind(site, running):
    # The last test with this process: nothing runs afterwards.
    children = family(running.pid)[1:]
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    until(
        lambda: not [m for m in children if m.is_running() and m.status() != "zombie"],
        "the end of the children",
        site,
    )


def test_port_in_use_is_one_clear_line(tmp_path):
    with folder_for() as folder, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        text = (ROOT / "etc/development.ini").read_text("utf-8")
        text = text.replace("data = %(here)s/../var", f"data = {folder}/var")
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        ini = tmp_path / "site.ini"
        ini.write_text(text, "utf-8")
        with serving(ini) as process:
            assert process.wait(60) == 2
        assert log_of(ini).strip() == (
            f"yitang: Port {port} on 127.0.0.1, wanted for web, cannot be used: "
            "Address already in use."
        )
