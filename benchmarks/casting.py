"""Casting: slots under eight threads, and the whole way through HTTP with sealing and promise."""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import transaction
import ZODB
from BTrees.OOBTree import OOBTree
from ZODB.FileStorage import FileStorage

from benchmarks import load
from benchmarks.floors import THREADS, bare_server
from benchmarks.measure import Row, memory_of, own_memory
from benchmarks.world import World
from content_types.meeting.ballot_box import Slot
from content_types.meeting.sequencing import sequence
from portal import app
from portal.evidence import seal
from tests.functional.assembly import meeting_of

CLIENTS = 8
# What a slot of three motions holds: sealed ballot, ballot id, digests.
RECORD = 400


def storage(ballots: int) -> Iterator[Row]:
    """Measure slots laid by eight threads, one commit each, against append and fsync."""
    with tempfile.TemporaryDirectory(prefix="yt-bench-") as name:
        folder = Path(name)
        floor = _append(folder / "append", ballots)
        rate, size = _slots(folder / "Slots.fs", ballots)
    yield Row(
        "cast into the object database, 8 threads",
        rate,
        "ballots/s",
        floor,
        "append and fsync",
        target=0.8,
        of_floor=True,
        memory=own_memory(),
        note=f"{size:.0f} bytes each",
    )


def _append(path: Path, count: int) -> float:
    data = secrets.token_bytes(RECORD)
    with path.open("ab", buffering=0) as file:

        def work() -> None:
            for _ in range(count // CLIENTS):
                with app._writing:  # noqa: SLF001 - as the product lets one writer in at a time.
                    file.write(data)
                    os.fsync(file.fileno())

        return count / _together(work)


def _slots(path: Path, count: int) -> tuple[float, float]:
    sealing, _ = seal.server_sealing("bench", bytes(32))
    choices = {f"2026-00{n}": ["for"] for n in range(1, 4)}
    envelope = seal.seal_ballot(
        "bench", sealing, f"sha256:{'0' * 64}", ["b1/1-101"], choices, size=512
    )
    digest, caster, now = bytes(16), bytes(8), datetime.now(UTC)
    with closing(ZODB.DB(FileStorage(str(path)), pool_size=CLIENTS + 1)) as db:
        with db.transaction() as connection:
            connection.root()["slots"] = OOBTree({f"r{n:05d}": Slot() for n in range(count)})
        before = path.stat().st_size
        names = iter([f"r{n:05d}" for n in range(count)])

        def work() -> None:
            manager = transaction.TransactionManager()
            connection = db.open(manager)
            for name in names:
                with app._writing:  # noqa: SLF001 - as above
                    manager.begin()
                    connection.root()["slots"][name].put(
                        envelope, at=now, channel="electronic", caster=caster, nonce=digest
                    )
                    manager.commit()
            connection.close()

        names = _locked(names)
        rate = count / _together(work)
        return rate, (path.stat().st_size - before) / count


class _locked:  # noqa: N801 - reads like the function it stands for
    def __init__(self, values: Any) -> None:
        self._values, self._lock = values, threading.Lock()

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        with self._lock:
            return next(self._values)


def _together(work: Callable[[], None]) -> float:
    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def through_http(made: World, name: str = "") -> Iterator[Row]:
    """Measure the confirmation of the voting form, from button to voucher address."""
    first: dict[str, Any] = {}
    for voter in made.voters:
        first.setdefault(voter.right, voter)
    path = made.crowd.path + "vote"
    forms = [
        load.post(path, voter.form().decode("ascii"), voter.visitor.cookie)
        for voter in first.values()
    ]
    file = made.data if made.data.exists() else None
    before = file.stat().st_size if file else 0
    with bare_server() as floor, made.processes() as children:
        web = children.web(threads=THREADS).wait_ready()
        nothing = [load.post("/0", made.voters[0].form().decode("ascii"))] * 400
        load.run(floor, nothing, None)
        # The first ballots warm the caches of the server's connections.
        warm = load.run(web, forms[:40], None)
        bare = load.run(floor, nothing, 2)
        found = load.run(web, forms[40:], None)
        memory = memory_of(web.pid)
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
