"""Broker process (消息代理): Mosquitto with a private configuration, or amqtt where it is missing.

Mosquitto's defaults lose messages: it keeps 1,000 per sleeping client and saves its sessions
every 30 minutes. The configuration written here keeps all of them and saves every 5 seconds; a
broker killed in between still loses up to 5 seconds, which the gap ledger finds and asks for.
"""

import argparse
import asyncio
import getpass
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from yitang_facilities import access, credentials, embedded
from yitang_facilities.files import write_private
from yitang_facilities.paths import Paths

log = logging.getLogger(__name__)

AUTOSAVE_SECONDS = 5
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Listener:
    """Describe where the broker listens; beyond this machine only with a certificate."""

    bind: str = "127.0.0.1"
    port: int = 1883
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a certificate and its key go together")
        if self.certificate is None and self.bind not in _LOOPBACK:
            raise ValueError(f"listening on {self.bind} needs --certificate and --key")


def find_mosquitto() -> str | None:
    """Return the path of Mosquitto, also where Debian hides it from ordinary users."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def prepare(paths: Paths) -> None:
    """Make the broker's folder and the password of ingest; existing ones stay."""
    paths.mqtt.mkdir(parents=True, exist_ok=True, mode=0o700)
    credentials.service_password(paths.passwords, paths.secret(access.INGEST), access.INGEST)


def write_configuration(paths: Paths, listener: Listener) -> Path:
    """Write Mosquitto's files and return the path of its configuration."""
    prepare(paths)
    acl = paths.mqtt / "acl"
    write_private(acl, access.mosquitto_acl())
    lines = [
        f"user {getpass.getuser()}",
        f"listener {listener.port} {listener.bind}",
        "allow_anonymous false",
        f"password_file {paths.passwords}",
        f"acl_file {acl}",
        "persistence true",
        f"persistence_location {paths.mqtt}/",
        f"autosave_interval {AUTOSAVE_SECONDS}",
        "max_queued_messages 0",
        "max_queued_bytes 536870912",
        "max_inflight_messages 1000",
        "max_packet_size 16384",
        "set_tcp_nodelay true",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
    ]
    if listener.certificate is not None:
        lines += [f"certfile {listener.certificate}", f"keyfile {listener.key}"]
    configuration = paths.mqtt / "mosquitto.conf"
    write_private(configuration, "\n".join(lines) + "\n")
    return configuration


def run_mosquitto(
    binary: str, paths: Paths, listener: Listener, stop: threading.Event
) -> int | None:
    """Run Mosquitto until ``stop``; return its exit code if it ended by itself."""
    configuration = write_configuration(paths, listener)
    # Taken before Mosquitto reads the file: a change in between is told again, never missed.
    mark = paths.passwords.stat().st_mtime_ns
    child = subprocess.Popen([binary, "-c", str(configuration)])
    try:
        while not stop.wait(0.5):
            if child.poll() is not None:
                return child.returncode
            changed = paths.passwords.stat().st_mtime_ns
            if changed != mark:
                mark = changed
                child.send_signal(signal.SIGHUP)
        return None
    finally:
        child.terminate()
        child.wait()


def run_embedded(paths: Paths, listener: Listener, stop: threading.Event) -> None:
    """Run amqtt until ``stop``."""
    if listener.certificate is not None:
        raise ValueError("the embedded broker serves this machine only; install mosquitto for TLS")
    prepare(paths)

    async def main() -> None:
        ended = asyncio.Event()
        serving = asyncio.create_task(
            embedded.serve(listener.bind, listener.port, paths.passwords, ended)
        )
        waiting = asyncio.create_task(asyncio.to_thread(stop.wait))
        await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
        ended.set()
        stop.set()
        await serving

    asyncio.run(main())


def main(arguments: list[str] | None = None) -> int:
    """Run the broker until a signal ends it."""
    parser = argparse.ArgumentParser(prog="yitang-broker", description=__doc__.splitlines()[0])
    parser.add_argument("--var", type=Path, default=Path("var"), help="run-time folder")
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--embedded", action="store_true", help="use amqtt even with Mosquitto")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    os.umask(0o077)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    paths = Paths(options.var.resolve())
    try:
        listener = Listener(options.bind, options.port, options.certificate, options.key)
        binary = None if options.embedded else find_mosquitto()
        if binary is None:
            run_embedded(paths, listener, stop)
            return 0
        code = run_mosquitto(binary, paths, listener, stop)
    except (ValueError, OSError) as error:
        parser.exit(1, f"yitang-broker: {error}\n")
    if code is not None:
        parser.exit(1, f"yitang-broker: mosquitto ended with code {code}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
