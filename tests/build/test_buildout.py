"""The buildout assembles a site, and what it assembled answers."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services import folder_for, free_port

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("buildout.cfg", "versions.cfg", "setup.py", "setup.cfg", "etc")
PACKAGES = ("portal", "content_types", "workflows", "skins", "plugins")
UNWANTED = shutil.ignore_patterns("__pycache__", "*.egg-info", "node_modules", "tests", "build")
WITHIN = 60
# Installed packages are kept for the next run: they cost most of the time.
EGGS = ROOT / ".venv" / "buildout-eggs"

pytestmark = [pytest.mark.build, pytest.mark.timeout(600)]

LOCAL = """
[buildout]
extends = buildout.cfg
eggs-directory = {eggs}

[site]
address = https://assembly.example
port = {port}
data = {data}
mqtt-port = {mqtt}
"""


def checked(command, folder):
    """Run a command in the folder; show all it wrote when it fails."""
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=environment | {"PYTHON": sys.executable},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        pytest.fail(f"{command} ended with {done.returncode}:\n{done.stdout[-6000:]}")
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A copy of the sources, built; the value is folder, data folder and web port."""
    folder = tmp_path_factory.mktemp("buildout") / "site"
    folder.mkdir()
    for name in PARTS + PACKAGES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=UNWANTED)
        else:
            shutil.copy(ROOT / name, folder / name)
    EGGS.mkdir(parents=True, exist_ok=True)
    with folder_for() as short:  # the path of a socket must be short
        port = free_port()
        local = LOCAL.format(eggs=EGGS, port=port, data=short / "var", mqtt=free_port())
        (folder / "local.cfg").write_text(local, "utf-8")
        checked(["etc/build.sh", "-c", "local.cfg"], folder)
        checked(["bin/yitang", "--ini", "parts/etc/production.ini", "init"], folder)
        yield folder, short / "var", port


@contextmanager
def supervised(folder):
    """Run the built site under its own process control."""
    config = "parts/etc/supervisord.conf"
    supervisor = subprocess.Popen(
        ["bin/supervisord", "-n", "-c", config],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        yield (
            lambda *words: (
                subprocess.run(
                    ["bin/supervisorctl", "-c", config, *words],
                    check=False,
                    cwd=folder,
                    capture_output=True,
                    text=True,
                ).stdout
            )
        )
    finally:
        supervisor.terminate()
        try:
            supervisor.wait(30)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()


def first_page(port):
    """Status and text of the first page as the proxy would ask for it; 0 if nobody answers."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/",
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "assembly.example"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_built_scripts_are_there(built):
    folder, _, _ = built
    names = {path.name for path in (folder / "bin").iterdir()}
    assert {"buildout", "yitang", "celery", "ingest", "runzeo", "supervisord", "python"} <= names


def test_built_command_explains_itself(built):
    folder, _, _ = built
    assert checked(["bin/yitang", "--help"], folder).startswith("usage: yitang")


def test_no_placeholder_is_left_in_the_configuration(built):
    folder, data, port = built
    written = {path.name: path.read_text("utf-8") for path in (folder / "parts/etc").iterdir()}
    assert set(written) == {
        "production.ini",
        "zeo.conf",
        "supervisord.conf",
        "nginx.conf",
        "yitang.service",
    }
    assert [name for name, text in written.items() if "${" in text] == []
    assert f"server 127.0.0.1:{port};" in written["nginx.conf"]
    assert f"ReadWritePaths={data}" in written["yitang.service"]


def test_built_site_answers_under_its_process_control(built):
    folder, data, port = built
    with supervised(folder) as control:
        end = time.monotonic() + WITHIN
        while (page := first_page(port))[0] == 0 and time.monotonic() < end:
            time.sleep(0.2)
        status = control("status")
        logs = "\n".join(path.read_text("utf-8", "replace") for path in (data / "log").iterdir())
        assert page[0] == 200, f"{status}\n{logs}"
        assert "</html>" in page[1]
        programs = {line.split()[0]: line.split()[1] for line in status.splitlines()}
        assert set(programs) == {"database", "web", "worker", "beat", "broker", "ingest"}
        failed = [name for name, state in programs.items() if state not in ("RUNNING", "STARTING")]
        assert failed == [], logs
