"""A small clamd for tests: speaks zINSTREAM and zVERSION as the manual of clamd describes them."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# The test file of the antivirus makers, in two parts so that no scanner minds this source.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 25 * 1024 * 1024


class Handler(socketserver.StreamRequestHandler):
    """Answers one command and closes, as clamd does outside a session."""

    def handle(self) -> None:
        command = self._until_nul()
        if command == b"zVERSION":
            self.wfile.write(b"ClamAV 1.4.2/27500\0")
        elif command == b"zINSTREAM":
            self.wfile.write(self._verdict() + b"\0")
        else:
            self.wfile.write(b"UNKNOWN COMMAND\0")

    def _until_nul(self) -> bytes:
        data = b""
        while not data.endswith(b"\0"):
            byte = self.rfile.read(1)
            if not byte:
                break
            data += byte
        return data.rstrip(b"\0")

    def _verdict(self) -> bytes:
        data = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            data += self.rfile.read(size)
            if len(data) > LIMIT:
                return b"INSTREAM size limit exceeded. ERROR"
        self.server.seen.append(data)
        return self.server.answer or (
            b"stream: Eicar-Test-Signature FOUND" if EICAR in data else b"stream: OK"
        )


class TcpServer(socketserver.ThreadingTCPServer):
    """On a free port of this machine."""

    allow_reuse_address = True
    daemon_threads = True


class UnixServer(socketserver.ThreadingUnixStreamServer):
    """On a socket file."""

    daemon_threads = True


@contextmanager
def clamd(path: str = "", answer: bytes = b"") -> Iterator[tuple[str, list[bytes]]]:
    """Run a clamd; yields its address as the setting names it, and what it was given to scan."""
    server = UnixServer(path, Handler) if path else TcpServer(("127.0.0.1", 0), Handler)
    server.seen, server.answer = [], answer
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield (
            f"unix:{path}" if path else f"tcp:127.0.0.1:{server.server_address[1]}",
            server.seen,
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
