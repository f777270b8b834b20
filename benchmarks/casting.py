"""Casting: slots under eight threads, and the whole way through HTTP with sealing and promise."""

from __future__ import annotations

import os
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from BTrees.OOBTree import OOBTree

from benchmarks import load
from benchmarks.floors import THREADS, bare_server
from benchmarks.measure import Row, memory_of, own_memory
from benchmarks.world import World
from content_types.meeting.sequencing import sequence
from content_types.meeting.slots import Slot
from portal.evidence import seal
from tests.functional.assembly import meeting_of
from tests.functional.conftest import SiteUnderTest

CLIENTS = 8
ROUNDS = 5
# What a slot of three motions holds: sealed ballot, ballot id, digests.
RECORD = 400


def storage(ballots: int) -> Iterator[Row]:
    """Measure slots laid by eight threads through the writer, against append and fsync."""
    with tempfile.TemporaryDirectory(prefix="yt-bench-") as name:
        site = SiteUnderTest(Path(name))
        try:
            slots = _Slots(site, ballots)
            floors, rates = [], []
            for _ in range(ROUNDS):
                floors.append(_append(Path(name) / "append", ballots // ROUNDS))
                rates.append(slots.fill(ballots // ROUNDS))
            size = slots.grown / ballots
        finally:
            site.close()
    yield Row(
        "cast into the object database, 8 threads",
        statistics.median(rates),
        "ballots/s",
        statistics.median(floors),
        "append and fsync",
        target=0.8,
        of_floor=True,
        memory=own_memory(),
        note=f"{size:.0f} bytes each",
    )


def _append(path: Path, count: int) -> float:
    data, lock = secrets.token_bytes(RECORD), threading.Lock()
    with path.open("ab", buffering=0) as file:

        def work() -> None:
            for _ in range(count // CLIENTS):
                with lock:
                    file.write(data)
                    os.fsync(file.fileno())

        return count / _together(work)


class _Slots:
    """Empty slots of a site, filled through its writer with one and the same ballot."""

    def __init__(self, site: SiteUnderTest, count: int) -> None:
        self._writer, self._path = site.registry.group_commit, site.folder / "db" / "Data.fs"
        self._names = [f"r{number:05d}" for number in range(count)]
        slots = OOBTree({name: Slot() for name in self._names})
        site.run(lambda request: request.site._p_jar.root().update(slots=slots))  # noqa: SLF001
        self._before = self._path.stat().st_size
        sealing, _ = seal.server_sealing("bench", bytes(32))
        choices = {f"2026-00{number}": ["for"] for number in range(1, 4)}
        self._envelope = seal.seal_ballot(
            "bench", sealing, f"sha256:{'0' * 64}", ["b1/1-101"], choices, size=512
        )

    @property
    def grown(self) -> int:
        """The bytes the ballots took."""
        return self._path.stat().st_size - self._before

    def fill(self, count: int) -> float:
        """Fill some slots by eight threads; return how many in a second."""

        def work() -> None:
            # Taking from the end of a list is safe among threads.
            for _ in range(count // CLIENTS):
                self._cast(self._names.pop())

        return count / _together(work)

    def _cast(self, name: str) -> None:
        digest, caster, now = bytes(16), bytes(8), datetime.now(UTC)

        def act(request: Any) -> None:
            slot = request.site._p_jar.root()["slots"][name]  # noqa: SLF001
            slot.put(self._envelope, at=now, channel="electronic", caster=caster, nonce=digest)

        self._writer.do(act)


def _together(work: Callable[[], None]) -> float:
    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def through_http(
    made: World, name: str = "", *, processes: int = 1, part: slice = slice(None)
) -> Iterator[Row]:
    """Measure the confirmation of the voting form, from button to voucher address.

    ``part`` of the rights are used, each can be only once.
    """
    first: dict[str, Any] = {}
    for voter in made.voters:
        first.setdefault(voter.right, voter)
    path = made.crowd.path + "vote"
    forms = [
        load.post(path, voter.form().decode("ascii"), voter.visitor.cookie)
        for voter in list(first.values())[part]
    ]
    file = made.data if made.data.exists() else None
    before = file.stat().st_size if file else 0
    with bare_server() as floor, made.processes() as children:
        webs = [children.web(threads=THREADS).wait_ready() for _ in range(processes)]
        nothing = [load.post("/0", made.voters[0].form().decode("ascii"))] * 400
        load.run(floor, nothing, None)
        # The first ballots warm the caches of the server's connections.
        warm = load.run(webs, forms[:40], None)
        bare = load.run(floor, nothing, 2)
        found = load.run(webs, forms[40:], None)
        memory = sum(memory_of(web.pid) for web in webs)
    failed = found.failed("303") + warm.failed("303")
    yield Row(
        f"cast through HTTP{name}",
        found.rate,
        "ballots/s",
        bare.rate,
        "POST that does nothing",
        target=0.3,
        of_floor=True,
        memory=memory,
        note=f"p99 {found.at(0.99):.0f} ms, {failed} failed of {len(forms)}; "
        f"processor {found.cost:.2f} ms each, bare {bare.cost:.2f} ms",
    )
    if file is None:
        return
    grown = (file.stat().st_size - before) / len(forms)
    with made.site() as site:
        site.run(lambda request: sequence(meeting_of(request), request))
    logged = (file.stat().st_size - before) / len(forms)
    yield Row(
        "bytes per ballot in the object database",
        grown,
        "B",
        target=1024,
        better="less",
        note=f"{logged:.0f} B with its leaf in the log",
    )
