"""The clients: keep-alive connections in a process of their own, one thread each."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import answer_of, percentile, processor_of

CONNECTIONS = 8
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What the clients saw; times in seconds."""

    answers: int
    seconds: float
    statuses: dict[str, int]
    latencies: tuple[float, ...]
    size: int
    locations: tuple[str, ...]
    processor: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds

    @property
    def cost(self) -> float:
        """Processor time of the server for one answer, in ms; it hardly depends on other load."""
        return self.processor / self.answers * 1000

    def failed(self, expected: str) -> int:
        """Return how many answers were other than expected."""
        return self.answers - self.statuses.get(expected, 0)

    def at(self, part: float) -> float:
        """Return a percentile of the answer times, in ms."""
        return percentile(self.latencies, part) * 1000


def get(path: str, cookie: str = "") -> str:
    """Return a GET request as text."""
    sent = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{sent}\r\n"


def post(path: str, body: str, cookie: str = "") -> str:
    """Return a POST request of a form as text."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def run(servers: Any, requests: list[str], seconds: float | None) -> Load:
    """Send requests over eight connections: for so many seconds, or each once when None.

    ``servers`` is one process with its ``port`` and ``pid``, or a list of them that share the
    connections.
    """
    servers = servers if isinstance(servers, list) else [servers]

    def used() -> float:
        return sum(processor_of(server.pid) for server in servers)

    before = used()
    ports = [server.port for server in servers]
    order = {"ports": ports, "requests": requests, "seconds": seconds}
    found = answer_of("benchmarks.load", order)
    found["processor"] = used() - before
    return Load(**found | {name: tuple(found[name]) for name in ("latencies", "locations")})


# --- The process of the clients ---------------------------------------------------------------


class Connection:
    """One keep-alive connection; it is opened again when the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def exchange(self, request: bytes) -> tuple[str, int, str]:
        """Send a request; return status and size of the whole answer, and where it leads."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=120)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        data = b""
        while HEAD_END not in data:
            part = self._socket.recv(65536)
            if not part:
                msg = "the server closed the connection"
                raise ConnectionError(msg)
            data += part
        head, _, body = data.partition(HEAD_END)
        lower = head.lower()
        start = lower.index(b"content-length:") + 15
        length = int(lower[start:].split(b"\r\n", 1)[0])
        got = len(body)
        while got < length:
            got += len(self._socket.recv(65536))
        if b"connection: close" in lower:
            self._socket.close()
            self._socket = None
        location = re.search(rb"\r\nLocation: ([^\r]+)", head)
        where = location[1].decode("ascii") if location else ""
        return head[9:12].decode("ascii"), len(head) + 4 + got, where


def _client(order: dict[str, Any], number: int, start: threading.Barrier) -> dict[str, Any]:
    share = order["requests"][number::CONNECTIONS]
    connection = Connection(order["ports"][number % len(order["ports"])])
    statuses, latencies, size, locations = Counter(), [], 0, []
    start.wait()
    begin = time.perf_counter()
    position = 0
    while share:
        if order["seconds"] is None and position == len(share):
            break
        at = time.perf_counter()
        if order["seconds"] is not None and at - begin >= order["seconds"]:
            break
        status, length, where = connection.exchange(share[position % len(share)])
        latencies.append(time.perf_counter() - at)
        statuses[status] += 1
        size += length
        if where and order["seconds"] is None:
            locations.append(where)
        position += 1
    return {"statuses": statuses, "latencies": latencies, "size": size, "locations": locations}


def _main() -> None:
    order = json.load(sys.stdin)
    order["requests"] = [text.encode("ascii") for text in order["requests"]]
    found: list[dict[str, Any]] = []
    start = threading.Barrier(CONNECTIONS + 1)

    def work(number: int) -> None:
        found.append(_client(order, number, start))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    start.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    statuses = sum((one["statuses"] for one in found), Counter())
    latencies = [value for one in found for value in one["latencies"]]
    locations = [where for one in found for where in one["locations"]]
    size = sum(one["size"] for one in found) // max(1, len(latencies))
    if len(found) < CONNECTIONS:
        sys.exit("a client was cut off")
    answer = {"answers": len(latencies), "seconds": took, "statuses": dict(statuses)}
    rest = {"latencies": latencies, "size": size, "locations": locations}
    json.dump(answer | rest, sys.stdout)


if __name__ == "__main__":
    _main()
