"""Looking for viruses in uploads (病毒扫描): clamd by its own protocol; silence refuses them.

Without `yitang.clamd` nothing is scanned; `yitang check` and the page of the site's state say so.
"""

from __future__ import annotations

import logging
import socket
import struct
from dataclasses import dataclass
from typing import Any

from portal.errors import ConfigurationError, PortalError

log = logging.getLogger(__name__)
CHUNK = 64 * 1024
TIMEOUT = 20  # seconds for connecting and for each answer
LONGEST = 4096


class ScannerError(Exception):
    """The scanner is not there, or gave no verdict."""


@dataclass(frozen=True, slots=True)
class Clamd:
    """One clamd: ``address`` is a path of a Unix socket, or host and port."""

    address: str | tuple[str, int]

    @classmethod
    def named(cls, text: str) -> Clamd:
        """Read ``unix:/run/clamd.sock`` or ``tcp:host:3310``; ConfigurationError otherwise."""
        kind, _, rest = text.partition(":")
        if kind == "unix" and rest.startswith("/"):
            return cls(rest)
        host, _, port = rest.rpartition(":")
        if kind == "tcp" and host and port.isdigit():
            return cls((host.strip("[]"), int(port)))
        raise ConfigurationError(
            f"yitang.clamd {text!r} is neither unix:/path/of/socket nor tcp:host:port."
        )

    def scan(self, data: bytes) -> str:
        """Return the name of the virus found, or an empty string; ScannerError without verdict."""
        parts = [b"zINSTREAM\0"]
        for start in range(0, len(data), CHUNK):
            piece = data[start : start + CHUNK]
            parts += (struct.pack(">I", len(piece)), piece)
        parts.append(struct.pack(">I", 0))
        answer = self._ask(parts)
        if answer == "stream: OK":
            return ""
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScannerError(answer or "no answer")

    def version(self) -> str:
        """Return what the scanner says of itself and its signatures; ScannerError when silent."""
        return self._ask([b"zVERSION\0"])

    def _ask(self, parts: list[bytes]) -> str:
        try:
            with self._connect() as connection:
                connection.settimeout(TIMEOUT)
                for part in parts:
                    connection.sendall(part)
                return self._answer(connection)
        except OSError as error:
            raise ScannerError(str(error)) from error

    def _connect(self) -> socket.socket:
        if isinstance(self.address, tuple):
            return socket.create_connection(self.address, TIMEOUT)
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        found.settimeout(TIMEOUT)
        try:
            found.connect(self.address)
        except OSError:
            found.close()
            raise
        return found

    @staticmethod
    def _answer(connection: socket.socket) -> str:
        data = b""
        while b"\0" not in data and len(data) < LONGEST:
            piece = connection.recv(LONGEST)
            if not piece:
                break
            data += piece
        return data.partition(b"\0")[0].decode("utf-8", "replace").strip()


def check_upload(data: bytes, name: str, request: Any) -> None:
    """Raise PortalError for an infected upload, and for any upload while the scanner is silent."""
    scanner = request.registry.scanner
    if scanner is None:
        return
    try:
        virus = scanner.scan(data)
    except ScannerError as error:
        log.error("virus scanner silent: %s", error)  # noqa: TRY400 - its text says it all
        raise PortalError(
            "file.scanner_silent", field="upload", clause="v5.0.0-5.4.3", status=503, name=name
        ) from error
    if virus:
        log.warning("infected upload virus=%s account=%s", virus, request.account_id or "-")
        raise PortalError(
            "file.infected", field="upload", clause="v5.0.0-5.4.3", name=name, virus=virus
        )


def includeme(config: Any) -> None:
    """Read which scanner looks at uploads; none unless one is named."""
    named = str(config.registry.settings.get("yitang.clamd", "")).strip()
    config.registry.scanner = Clamd.named(named) if named else None
