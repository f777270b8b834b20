"""The processes of a site, as a table: what each one runs, needs and listens on.

`yitang run NAME` becomes one of them, under any process control; `yitang serve` starts them all.
"""

from __future__ import annotations

import importlib.metadata
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import plaster
from pyramid.settings import aslist

from portal.errors import ConfigurationError

# A Unix socket address is a field of 108 bytes with a zero at its end.
SOCKET_PATH_MAX = 107
# A plugin brings processes by an entry point under its own name: a function (site) -> [Process].
PLUGIN_PROCESSES = "portal.processes"


@dataclass(frozen=True)
class Site:
    """Where a site is: its settings file, settings of the application, and folders."""

    ini: str
    settings: dict[str, str]
    server: dict[str, str]

    def setting(self, name: str, default: str) -> str:
        """Return a setting as portal.settings does: the environment wins over the file."""
        value = os.environ.get("YITANG_" + name.upper())
        return value if value is not None else self.settings.get("yitang." + name, default)

    @property
    def var(self) -> Path:
        """Return the folder of the run-time data."""
        return Path(self.setting("data", "var")).resolve()

    @property
    def run(self) -> Path:
        """Return the folder of sockets, queues and process files, readable by the owner only."""
        folder = self.var / "run"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    @property
    def web_address(self) -> tuple[str, int]:
        """Return host and port of the web server."""
        listen = os.environ.get("YITANG_LISTEN") or self.server.get("listen", "127.0.0.1:8080")
        host, _, port = listen.split()[0].rpartition(":")
        return host.strip("[]") or "127.0.0.1", int(port)


def load_site(ini: str) -> Site:
    """Read a settings file.

    Raises ConfigurationError when it is missing or cannot be read.
    """
    if not Path(ini).is_file():
        raise ConfigurationError(f"There is no settings file {ini}.")
    return Site(
        ini=ini,
        settings=dict(plaster.get_settings(ini, "app:main")),
        server=dict(plaster.get_settings(ini, "server:main")),
    )


# --- The object database ----------------------------------------------------------------------


@dataclass(frozen=True)
class ZeoAddress:
    """The Unix socket of a ZEO server, the folder of its files, the storages expected there."""

    path: str
    folder: Path
    storages: dict[str, str] = field(default_factory=dict)


def zeo_address(site: Site) -> ZeoAddress | None:
    """Return the local ZEO server that the settings name; None when they name another storage."""
    path, storages = "", {}
    for key, value in site.settings.items():
        if key != "zodbconn.uri" and not key.startswith("zodbconn.uri."):
            continue
        parts = urlsplit(value.strip())
        if parts.scheme != "zeo" or parts.netloc:
            continue
        query = dict(parse_qsl(parts.query))
        path = os.path.normpath(parts.path)
        storages[query.get("storage", "1")] = query.get("blob_dir", "")
    if not path:
        return None
    if len(os.fsencode(path)) > SOCKET_PATH_MAX:
        raise ConfigurationError(f"The path of the ZEO socket is too long for a socket: {path}")
    folder = Path(site.settings.get("zeo.folder", site.var / "db")).resolve()
    return ZeoAddress(path, folder, storages)


def zeo_config(address: ZeoAddress) -> str:
    """Return the configuration of the ZEO server: one FileStorage for each storage name.

    The files have the names that an embedded FileStorage has (Data.fs, Audit.fs).
    """
    lines = ["<zeo>", f"  address {address.path}", "</zeo>"]
    for name, blobs in address.storages.items():
        lines += [f"<filestorage {name}>", f"  path {address.folder}/{name.capitalize()}.fs"]
        if blobs:
            lines.append(f"  blob-dir {os.path.normpath(blobs)}")
        lines.append("</filestorage>")
    lines += ["<eventlog>", "  level warning", "  <logfile>", "    path STDERR"]
    lines += ["    format %(levelname)s %(name)s: %(message)s", "  </logfile>", "</eventlog>"]
    return "\n".join(lines) + "\n"


def answers(address: str | tuple[str, int], timeout: float = 0.5) -> bool:
    """Return whether something accepts connections at a Unix socket or at host and port."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    if not isinstance(address, str) and ":" in address[0]:
        family = socket.AF_INET6
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(timeout)
        try:
            probe.connect(address)
            # ZEO greets first and complains about a client that leaves before that.
            return family != socket.AF_UNIX or bool(probe.recv(16))
        except OSError:
            return False


# --- What each process runs -------------------------------------------------------------------


def child_environment() -> dict[str, str]:
    """Return the environment of a child: it finds the same packages, also in a buildout.

    A script of a buildout extends its own sys.path only.
    """
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        # Pyramid 1.10 and Substance D import pkg_resources; versions.cfg keeps it there. Celery
        # warns the super user about pickled messages; ours are JSON.
        "PYTHONWARNINGS": "ignore:pkg_resources is deprecated as an API:UserWarning,"
        "ignore:You're running the worker with superuser privileges:UserWarning",
    }


def become(*command: str) -> None:
    """Replace this process by another program."""
    sys.stdout.flush()
    os.execvpe(command[0], command, child_environment())  # noqa: S606 - a list, never a shell


def run_database(site: Site) -> None:
    """Serve the object databases to the other processes (ZEO)."""
    address = zeo_address(site)
    if address is None:
        raise ConfigurationError("The settings name no local ZEO server, so none is started.")
    needed = [address.folder, Path(address.path).parent]
    needed += [Path(blobs) for blobs in address.storages.values() if blobs]
    for folder in needed:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = site.run / "zeo.conf"
    config.write_text(zeo_config(address), encoding="utf-8")
    # A killed server leaves its socket file, which would stop the next one.
    if Path(address.path).exists() and not answers(address.path):
        Path(address.path).unlink()
    become(sys.executable, "-m", "ZEO.runzeo", "-C", str(config))


def run_web(site: Site) -> None:
    """Serve the pages (waitress)."""
    from portal.scripts.web import serve_pages

    serve_pages(site)


def run_worker(site: Site) -> None:
    """Run the jobs of the outbox (Celery worker)."""
    threads = site.setting("worker_threads", "2")
    become(
        *(sys.executable, "-m", "celery", "-q", "-A", "portal.tasks:celery_app", "worker"),
        *("--pool", "threads", "--concurrency", threads, "--loglevel", "WARNING"),
        *("--hostname", "worker@localhost"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )


def run_beat(site: Site) -> None:
    """Wake the clock-driven jobs (Celery beat)."""
    become(
        *(sys.executable, "-m", "celery", "-q", "-A", "portal.tasks:celery_app", "beat"),
        *("--schedule", str(site.run / "beat"), "--pidfile", "", "--loglevel", "WARNING"),
    )


# --- The table --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Process:
    """One process of a site; `address` is where it answers once it is ready."""

    name: str
    run: Callable[[Site], int | None]
    address: str | tuple[str, int] | None = None


def site_processes(site: Site) -> list[Process]:
    """Return the processes of a site in the order in which they start."""
    table = []
    zeo = zeo_address(site)
    if zeo is not None:
        table.append(Process("database", run_database, zeo.path))
    table += [
        Process("web", run_web, site.web_address),
        Process("worker", run_worker),
        Process("beat", run_beat),
    ]
    enabled = aslist(site.setting("plugins", ""))
    for entry in importlib.metadata.entry_points(group=PLUGIN_PROCESSES):
        if entry.name in enabled:
            table += entry.load()(site)
    return table


@contextmanager
def database_running(site: Site) -> Iterator[None]:
    """Have the local ZEO server answer for the length of a block; start it only if it is down."""
    address = zeo_address(site)
    if address is None or answers(address.path):
        yield
        return
    from portal.scripts.children import Child

    child = Child(Process("database", run_database, address.path), site.ini)
    child.start()
    try:
        child.wait_ready(30)
        yield
    finally:
        child.stop(5)
