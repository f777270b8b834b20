"""Pages through waitress: an announcement as anybody and as an owner sees it; start and weight."""

from __future__ import annotations

import gzip
import re
import statistics
import time
import urllib.request
from collections.abc import Iterator

from benchmarks import load
from benchmarks.floors import THREADS, bare_server
from benchmarks.measure import Row, memory_of, tell
from benchmarks.world import World

ROUNDS = 3
PAGES = 200


def measure(made: World, span: float, name: str = "") -> Iterator[Row]:
    """Measure both pages, taking turns with the bare page, for ``span`` seconds each."""
    paths = [f"{made.path}announcements/bench-{number}" for number in range(PAGES)]
    bare = [load.get(f"/{number}") for number in range(PAGES)]
    kinds = {"anonymous": "", "logged-in": made.voters[0].visitor.cookie}
    asked = {kind: [load.get(path, cookie) for path in paths] for kind, cookie in kinds.items()}
    with bare_server() as floor, made.processes() as children:
        web = children.web(threads=THREADS).wait_ready()
        for server, requests in ((floor, bare), *((web, one) for one in asked.values())):
            load.run(server, requests, None)  # warm
        floors, found = [], {kind: [] for kind in kinds}
        for _ in range(ROUNDS):
            floors.append(load.run(floor, bare, span / ROUNDS))
            for kind, requests in asked.items():
                found[kind].append(load.run(web, requests, span / ROUNDS))
        memory = memory_of(web.pid)
    bare_rate = statistics.median(one.rate for one in floors)
    for kind, loads in found.items():
        failed = sum(one.failed("200") for one in loads)
        p50 = statistics.median(one.at(0.5) for one in loads)
        p99 = statistics.median(one.at(0.99) for one in loads)
        label = f"{kind} announcement page{name}"
        cost = statistics.median(one.cost for one in loads)
        bare_cost = statistics.median(one.cost for one in floors)
        note = f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, {loads[0].size / 1024:.0f} KB; "
        note += f"processor {cost:.2f} ms each, bare {bare_cost:.2f} ms"
        yield Row(
            label,
            statistics.median(one.rate for one in loads),
            "pages/s",
            bare_rate,
            "bare Chameleon page",
            target=0.5,
            of_floor=True,
            memory=memory,
            note=note + (f", {failed} FAILED" if failed else ""),
        )
        if not name:
            yield Row(f"{label}: p99", p99, "ms", target=50, better="less")


def start(made: World) -> Iterator[Row]:
    """Measure the time from starting a web process to its first whole page."""
    with made.processes() as children:
        web = children.web().wait_ready()
        _read(web.port, made.path)  # compiles the templates, as the first start ever does
        web.kill()
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            web = children.web().wait_ready()
            _read(web.port, made.path)
            times.append(time.perf_counter() - begin)
            web.kill()
    tell(f"cold starts: {times}")
    yield Row(
        "cold start to the first page, after imports",
        statistics.median(times),
        "s",
        target=3,
        better="less",
    )


def weight(made: World) -> Iterator[Row]:
    """Weigh the community's home as a phone loads it: page, styles and scripts, compressed."""
    with made.processes() as children:
        web = children.web().wait_ready()
        html = _read(web.port, made.path)
        files = sorted(set(re.findall(rb'(?:href|src)="(/(?:static|vendor)/[^"#]+)', html)))
        sizes = {
            path.decode(): len(gzip.compress(_read(web.port, path.decode()))) for path in files
        }
    total = len(gzip.compress(html)) + sum(sizes.values())
    heaviest = max(sizes, key=lambda path: sizes[path])
    name = heaviest.partition("?")[0]
    yield Row(
        "phone page, compressed",
        total / 1024,
        "KB",
        target=120,
        better="less",
        note=f"{len(sizes)} files; heaviest {name} {sizes[heaviest] / 1024:.0f} KB",
    )


def _read(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return answer.read()
