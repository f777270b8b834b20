"""`yitang serve`: every process of the site under one command."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import IO

from portal.errors import ConfigurationError
from portal.scripts.children import Child, say
from portal.scripts.main import available_commands
from portal.scripts.processes import (
    Process,
    Site,
    answers,
    child_environment,
    load_site,
    site_processes,
)

READY_WITHIN = 60
STOP_WITHIN = 4.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--listen", metavar="HOST:PORT", help="address of the web server")
    parser.add_argument(
        "--demo", action="store_true", help="on the first start, fill the site with a demo"
    )


def run(arguments: argparse.Namespace) -> int:
    """Start everything, restart what crashes, stop everything on Ctrl-C or SIGTERM."""
    if arguments.listen:
        os.environ["YITANG_LISTEN"] = arguments.listen
    site = load_site(arguments.ini)
    if os.environ.get("YITANG_LISTEN") and site.setting("demo", "") == "true":
        # Links of the demo lead to where it listens.
        host, port = site.web_address
        os.environ.setdefault("YITANG_BASE_URL", f"http://{shown(host)}:{port}")
    lock = lock_site(site)
    processes = site_processes(site)
    check_addresses(processes)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: stopping.set())
    children = [Child(process, site.ini) for process in processes]
    try:
        start_all(children, site, stopping, demo=arguments.demo)
        while not stopping.wait(0.2):
            for child in children:
                child.watch()
    finally:
        stop_all(children)
        lock.close()
    return 0


def lock_site(site: Site) -> IO[str]:
    """Return the held lock of the data folder.

    Raises ConfigurationError when another serve holds it.
    """
    lock = (site.run / "serve.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise ConfigurationError(
            f"The site in {site.var} is already being served (process {lock.read().strip()})."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def check_addresses(processes: list[Process]) -> None:
    """Raise ConfigurationError when something else already uses an address of the site."""
    for process in processes:
        address = process.address
        if address is None:
            continue
        if isinstance(address, str):
            if answers(address):
                raise ConfigurationError(f"Another {process.name} already answers at {address}.")
            continue
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise ConfigurationError(
                    f"Port {address[1]} on {address[0]}, wanted for {process.name}, "
                    f"cannot be used: {error.strerror}."
                ) from error


def start_all(children: list[Child], site: Site, stopping: threading.Event, *, demo: bool) -> None:
    """Start the processes one after the other, the demo between database and web."""
    prepared = False
    for child in children:
        if child.process.name != "database" and not prepared:
            prepare(site, stopping, demo=demo)
            prepared = True
        if stopping.is_set():
            return
        say("serve", f"starting {child.process.name}")
        child.start()
        wait_ready(child, stopping)
    if not stopping.is_set():
        announce(site)


def wait_ready(child: Child, stopping: threading.Event) -> None:
    """Wait until a process answers, or until everything shall stop."""
    end = time.monotonic() + READY_WITHIN
    while not stopping.is_set() and child.process.address is not None:
        if answers(child.process.address):
            return
        child.watch()
        if time.monotonic() > end:
            raise ConfigurationError(
                f"{child.process.name} does not answer after {READY_WITHIN} s, see above."
            )
        stopping.wait(0.05)


def prepare(site: Site, stopping: threading.Event, *, demo: bool) -> None:
    """On the first start, create the site by `yitang demo` or `yitang init`."""
    mark = site.var / "created"
    if mark.exists():
        return
    command = "demo" if demo and "demo" in available_commands() else "init"
    say("serve", f"first start: yitang {command}")
    creator = subprocess.Popen(
        [sys.executable, "-m", "portal.scripts.main", command, "--ini", site.ini],
        stdin=subprocess.DEVNULL,
        env=child_environment(),
        start_new_session=True,
    )
    while creator.poll() is None:
        if stopping.wait(0.1):
            os.killpg(creator.pid, signal.SIGTERM)
            creator.wait()
            return
    if creator.returncode:
        raise ConfigurationError(f"yitang {command} failed, see above.")
    mark.touch()


def shown(host: str) -> str:
    """Return the name of a host as it stands in an address that can be opened."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def announce(site: Site) -> None:
    """Print where the site is and, for a demo, who can log in and what to try."""
    host, port = site.web_address
    notes = site.var / "demo-accounts.txt"
    lines = ["", f"  Yitang 议堂 is ready:  http://{shown(host)}:{port}/"]
    if notes.exists():
        lines += ["", *("  " + line for line in notes.read_text(encoding="utf-8").splitlines())]
    lines += ["", "  Ctrl-C stops everything. Data: " + str(site.var), ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def stop_all(children: list[Child]) -> None:
    """Stop the processes within five seconds, the database last so that the others can finish."""
    end = time.monotonic() + STOP_WITHIN
    first = [child for child in children if child.process.name != "database"]
    for child in first:
        child.signal(signal.SIGTERM)
    for child in first:
        child.end(end - time.monotonic())
    for child in children:
        if child.process.name == "database":
            child.stop(1)
    say("serve", "stopped")
