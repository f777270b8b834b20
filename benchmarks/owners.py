"""The owners of a stated load: a process that lets so many come each second, whatever happens.

An owner opens the ballot page, confirms and fetches the voucher. Nobody waits for another one: who
comes while all connections are busy is late, and that counts as time of the page.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks.measure import answer_of

CONNECTIONS = 48
PATIENCE = 60
# Of so many vouchers one is handed back whole.
KEEP = 25


@dataclass(frozen=True)
class Seen:
    """What the owners saw; times in seconds, one of each owner."""

    pages: tuple[float, ...]
    casts: tuple[float, ...]
    vouchers: tuple[float, ...]
    largest: int
    failures: tuple[str, ...]
    leaves: dict[str, str]
    kept: tuple[str, ...]
    seconds: float


def visit(ports: list[int], path: str, voters: list[Any], rate: float) -> Seen:
    """Let the voters come at a rate per second, each to the next web server; return what they saw.

    ``path`` is the address of the meeting.
    """
    order = {
        "ports": ports,
        "path": path,
        "rate": rate,
        "voters": [[v.right, v.visitor.cookie, v.form().decode("ascii")] for v in voters],
    }
    found = answer_of("benchmarks.owners", order)
    lists = ("pages", "casts", "vouchers", "failures", "kept")
    return Seen(**found | {name: tuple(found[name]) for name in lists})


# --- The process of the owners ----------------------------------------------------------------


class Owners:
    """All who vote, in their order; each thread takes the next one."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order, self.numbers = order, count()
        self.begin = time.perf_counter() + 1
        self.times: list[tuple[float, float, float]] = []
        self.failures: list[str] = []
        self.leaves: dict[str, str] = {}
        self.kept: list[str] = []
        self.largest = 0

    def work(self, port: int) -> None:
        """Take owners until there are none left."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        for number in self.numbers:
            if number >= len(self.order["voters"]):
                break
            due = self.begin + number / self.order["rate"]
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                self._vote(connection, number, due)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
        connection.close()

    def _vote(self, connection: http.client.HTTPConnection, number: int, due: float) -> None:
        right, cookie, form = self.order["voters"][number]
        path = self.order["path"]
        page, body, _ = _ask(connection, "GET", f"{path}vote", cookie)
        shown = time.perf_counter()
        cast, _, where = _ask(connection, "POST", f"{path}vote", cookie, form)
        done = time.perf_counter()
        told, voucher, _ = _ask(connection, "GET", f"{path}voucher/{right}.json", cookie)
        end = time.perf_counter()
        well = b'name="nonce"' in body and where.endswith(f"/voucher/{right}")
        if (page, cast, told) != (200, 303, 200) or not well:
            self.failures.append(f"{right}: {page} {cast} {told} {where}")
            return
        self.times.append((shown - due, done - shown, end - done))
        self.leaves[right] = json.loads(voucher)["promise"]["leaf"]["sha256"]
        self.largest = max(self.largest, len(voucher))
        if number % KEEP == 0:
            self.kept.append(voucher.decode("utf-8"))


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, cookie: str, form: str = ""
) -> tuple[int, bytes, str]:
    headers = {"Cookie": cookie}
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, form or None, headers)
    response = connection.getresponse()
    return response.status, response.read(), response.headers.get("Location", "")


def _main() -> None:
    order = json.load(sys.stdin)
    owners = Owners(order)
    ports = order["ports"]
    threads = [
        threading.Thread(target=owners.work, args=(ports[number % len(ports)],))
        for number in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - owners.begin
    pages, casts, vouchers = zip(*owners.times, strict=True) if owners.times else ((), (), ())
    times = {"pages": pages, "casts": casts, "vouchers": vouchers, "seconds": took}
    rest = {"failures": owners.failures, "leaves": owners.leaves, "kept": owners.kept}
    json.dump(times | rest | {"largest": owners.largest}, sys.stdout)


if __name__ == "__main__":
    _main()
