"""Real servers for tests: private instances on free ports, gone when the test run ends.

Each server runs in its own folder under the system's temporary folder and is told by the kernel
to stop when the test process dies, so that not even a killed run leaves one behind.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from portal.scripts.processes import answers

READY_WITHIN = 30
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin"


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name: str) -> str:
    """Return the path of a server program, or fail the test saying how to install it."""
    candidates = [shutil.which(name, path=SYSTEM_PATH)]
    candidates += sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True)
    found = next((path for path in candidates if path), None)
    if found is None:
        pytest.fail(f"{name} is not installed; run etc/setup.sh test", pytrace=False)
    return found


def run_as(user: str | None) -> list[str]:
    """Return the prefix of a command: end with the test process, as another user if root."""
    prefix = [shutil.which("setpriv", path=SYSTEM_PATH) or "setpriv", "--pdeathsig", "TERM"]
    if user and os.getuid() == 0:
        prefix += ["--reuid", user, "--regid", user, "--init-groups"]
    return prefix


@contextmanager
def folder_for(user: str | None = None) -> Iterator[Path]:
    """Give a fresh short folder that belongs to the user the server runs as."""
    folder = Path(tempfile.mkdtemp(prefix="yt-"))
    if user and os.getuid() == 0:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server(command: list[str], address: str | tuple[str, int], folder: Path) -> Iterator[None]:
    """Run a server until the end of the block; its output is shown when it does not answer."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + READY_WITHIN
        while not answers(address):
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"{command[0]} did not start:\n{log.read_text('utf-8', 'replace')}")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# --- PostgreSQL -------------------------------------------------------------------------------


@dataclass
class Postgres:
    """A running PostgreSQL; `new_database` gives every test an empty database of its own."""

    port: int
    created: int = 0

    def connect(self, name: str = "postgres") -> psycopg2.extensions.connection:
        """Return a client connection."""
        return psycopg2.connect(host="127.0.0.1", port=self.port, user="yitang", dbname=name)

    def new_database(self) -> str:
        """Create a database; return its name."""
        self.created += 1
        name = f"t{os.getpid()}_{self.created}"
        with closing(self.connect()) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
        return name

    def new_uri(self, options: str = "") -> str:
        """Create a database; return the zodburi of a RelStorage in it."""
        return f"postgres://yitang:x@127.0.0.1:{self.port}/{self.new_database()}?{options}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Start one PostgreSQL for the run (never as root)."""
    with folder_for("postgres") as folder:
        data, port = folder / "data", free_port()
        prefix = run_as("postgres")
        subprocess.run(
            [
                *prefix,
                *(program("initdb"), "-D", str(data), "-U", "yitang", "-A", "trust"),
                *("--no-sync", "-E", "UTF8", "--locale=C.UTF-8"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "64MB",
            # The data dies with the run, and no test pulls the plug of the machine.
            "fsync": "off",
        }
        options = [word for item in settings.items() for word in ("-c", "=".join(item))]
        command = [*prefix, program("postgres"), "-D", str(data), "-p", str(port), *options]
        with server(command, ("127.0.0.1", port), folder):
            running = Postgres(port)
            wait_for_postgres(running)
            yield running


def wait_for_postgres(running: Postgres) -> None:
    """Wait until the server, which listens before it is ready, lets a client in."""
    end = time.monotonic() + READY_WITHIN
    while True:
        try:
            running.connect().close()
        except psycopg2.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


# --- Redis, Mosquitto, ZEO --------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Start one Redis without persistence; the value is its URL."""
    with folder_for() as folder:
        port = free_port()
        command = [
            *run_as(None),
            *(program("redis-server"), "--port", str(port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(folder)),
        ]
        with server(command, ("127.0.0.1", port), folder):
            yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def mosquitto() -> Iterator[tuple[str, int]]:
    """Start one Mosquitto that lets local clients in; the value is host and port."""
    with folder_for() as folder:
        port = free_port()
        config = folder / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n", "utf-8"
        )
        folder.chmod(0o755)  # as root Mosquitto changes to its own user
        command = [*run_as(None), program("mosquitto"), "-c", str(config)]
        with server(command, ("127.0.0.1", port), folder):
            yield "127.0.0.1", port


ZEO_CONFIG = """
<zeo>
  address {folder}/zeo.sock
</zeo>
<filestorage main>
  path {folder}/main.fs
  blob-dir {folder}/blobs
</filestorage>
<filestorage audit>
  path {folder}/audit.fs
</filestorage>
<eventlog>
  level warning
  <logfile>
    path STDERR
  </logfile>
</eventlog>
"""


@dataclass(frozen=True)
class Zeo:
    """A running ZEO server with the storages `main` (with blobs) and `audit`."""

    folder: Path

    def uri(self, storage: str = "main") -> str:
        """Return the zodburi of a storage."""
        blobs = f"&blob_dir={self.folder}/blobs&shared_blob_dir=1" if storage == "main" else ""
        return f"zeo://{self.folder}/zeo.sock?storage={storage}&wait_timeout=10{blobs}"


@pytest.fixture
def zeo() -> Iterator[Zeo]:
    """Start one ZEO server with empty storages."""
    with folder_for() as folder:
        (folder / "blobs").mkdir(mode=0o700)
        config = folder / "zeo.conf"
        config.write_text(ZEO_CONFIG.format(folder=folder), "utf-8")
        command = [*run_as(None), sys.executable, "-m", "ZEO.runzeo", "-C", str(config)]
        with server(command, str(folder / "zeo.sock"), folder):
            yield Zeo(folder)
