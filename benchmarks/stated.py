"""The stated load of an open vote: `make load`, or `python -m benchmarks.stated --minutes 1`.

Owners come from outside at a steady rate to a web server, a worker and a ZEO server as they run
in production; then the vote closes, is counted, and the package is verified. The figures go to
``benchmarks/last.json`` and ``benchmarks/load.md``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import owners, published
from benchmarks.measure import Row, machine, memory_of, percentile, processor_of, tell
from benchmarks.storages import on_zeo
from benchmarks.world import SETTINGS
from content_types.meeting import packages
from portal import clock
from portal.evidence.verify import verify
from tests.crowd import Crowd
from tests.functional.assembly import CLOSES, at, meeting_of
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from tests.site_process import Nursery, nursery, wait_until

# What is stated, and what must hold then.
UNITS, RATE, MINUTES = 10_000, 50, 10
CAST_P95, PAGE, RESULT, VERIFIER, VOUCHER = 800, 2000, 60, 30, 64
# So many rights a unit has; some owners have several units.
RIGHTS = 0.935
PRODUCTION = "&connection_cache_size=20000&connection_pool_size=16"
LEAD, WARM = timedelta(seconds=8), 20


class Vote:
    """An open vote on ZEO with everybody logged in."""

    def __init__(self, folder: Path, settings: dict[str, str], units: int) -> None:
        self.folder, self.settings, self.units = folder, SETTINGS | settings, units
        self.clock = MovedClock(START)
        clock.set_clock(self.clock)
        site = self.site()
        crowd = Crowd(site, self.clock, units)
        self.opened = crowd.open().clock()
        # All log in an hour ahead, so that the log-in stays fresh in a long run.
        self.clock.forward(hours=1)
        first: dict[str, Any] = {}
        for voter in site.run(crowd.voters):
            first.setdefault(voter.right, voter)
        self.path, self.voters = crowd.path, list(first.values())
        site.close()

    def site(self) -> SiteUnderTest:
        """Open the site in this process; the caller closes it."""
        return SiteUnderTest(self.folder, **self.settings)


def measure(seconds: float, rate: float = RATE, *, webs: int = 1, least: int = UNITS) -> list[Row]:
    """Return the rows of a run of so many seconds; there are as many units as it needs."""
    casts = round(seconds * rate)
    units = max(least, round((casts + WARM) / RIGHTS) + 50)
    with on_zeo() as settings, tempfile.TemporaryDirectory(prefix="yt-load-") as name:
        settings["zodbconn.uri"] += PRODUCTION
        try:
            vote = Vote(Path(name), settings, units)
            tell(f"{units:,} units, {casts:,} casts at {rate:g}/s")
            with nursery(vote.folder, vote.settings, vote.opened) as children:
                seen, rows = _load(vote, children, casts, rate, webs)
                rows += _close(vote, children, seen)
        finally:
            clock.set_clock(None)
    return rows


def _load(
    vote: Vote, children: Nursery, casts: int, rate: float, webs: int
) -> tuple[owners.Seen, list[Row]]:
    servers = [children.web().wait_ready() for _ in range(webs)]
    worker = children.worker()
    ports = [web.port for web in servers]
    # The first visits of a server that was just started are no part of the load.
    first = owners.visit(ports, vote.path, vote.voters[-WARM:], 5)
    before = [processor_of(one.pid) for one in (*servers, worker)]
    seen = owners.visit(ports, vote.path, vote.voters[:casts], rate)
    seen.leaves.update(first.leaves)
    for failure in (*first.failures, *seen.failures)[:5]:
        tell(failure)
    used = [
        processor_of(one.pid) - was for one, was in zip((*servers, worker), before, strict=True)
    ]
    cost = f"processor of each: web {sum(used[:-1]) / casts * 1000:.1f} ms"
    cost += f", worker {used[-1] / casts * 1000:.1f} ms"
    rows = [
        _times("cast: p95", seen.casts, 0.95, CAST_P95, cost),
        _times("ballot page: p99", seen.pages, 0.99, PAGE),
        _times("voucher: p95", seen.vouchers, 0.95, None),
        Row("casts answered", len(seen.casts) / seen.seconds, "casts/s", target=0.95 * rate),
        Row("failed visits", len(seen.failures), "visits", target=0, better="less"),
        Row("largest voucher", seen.largest / 1024, "KB", target=VOUCHER, better="less"),
        Row("memory of a web server", max(memory_of(web.pid) for web in servers), "MB"),
    ]
    for one in (*servers, worker):
        one.kill()
    return seen, rows


def _times(
    name: str, values: tuple[float, ...], part: float, target: float | None, note: str = ""
) -> Row:
    found = [f"{label} {percentile(values, p) * 1000:.0f}" for label, p in _PARTS]
    told = f"{', '.join(found)} ms, {len(values):,} times" + (f"; {note}" if note else "")
    return Row(name, percentile(values, part) * 1000, "ms", target=target, better="less", note=told)


_PARTS = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("slowest", 1.0))


def _close(vote: Vote, children: Nursery, seen: owners.Seen) -> Iterator[Row]:
    """Let the clock close the vote; count what is promised and not there."""
    closes = at(CLOSES)
    children.set_clock(closes - LEAD)
    children.worker()
    site = vote.site()
    try:
        wait_until(lambda: site.run(lambda r: meeting_of(r).result is not None), "a result", 600)
        took = time.time() - children.real_time(closes)
        tell(f"result after {took:.1f} s")
        participation, logged, archive = site.run(_outcome)
    finally:
        site.close()
    lost = sum(1 for leaf in seen.leaves.values() if leaf not in logged)
    lost += abs(participation - len(seen.leaves))
    begin = time.perf_counter()
    report = verify(archive)
    verified = time.perf_counter() - begin
    broken = sum(1 for voucher in seen.kept if not verify(voucher.encode()).ok)
    broken += 0 if report.ok else 1
    yield Row("from close to result", took, "s", target=RESULT, better="less")
    size = f"{participation:,} ballots, {len(archive) / 2**20:.1f} MB"
    yield Row("verifier", verified, "s", target=VERIFIER, better="less", note=size)
    yield Row(
        "acknowledged ballots that are not in the log", lost, "ballots", target=0, better="less"
    )
    note = f"the package and {len(seen.kept):,} vouchers"
    yield Row("proofs that do not verify", broken, "proofs", target=0, better="less", note=note)


def _outcome(request: Any) -> tuple[int, set[str], bytes]:
    meeting = meeting_of(request)
    log = meeting.ballot_box.log
    logged = {pair[:32].hex() for pair in log.levels[0]}
    archive = packages.package(meeting, "P2", request.registry)
    return meeting.result.record["participation"][0], logged, archive


def main() -> int:
    """Run the load and publish it; returns 1 when a figure was missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.stated", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--rate", type=float, default=RATE, help="casts per second")
    parser.add_argument("--webs", type=int, default=1, help="web processes")
    options = parser.parse_args()
    where, day = machine(), datetime.now(UTC).date().isoformat()
    rows = measure(options.minutes * 60, options.rate, webs=options.webs)
    stated = {"units": UNITS, "rate": options.rate, "minutes": options.minutes}
    found = [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in rows]
    section = stated | {"webs": options.webs, "machine": where, "day": day, "rows": found}
    title = (
        f"Stated load of {day}: {options.rate:g} casts/s for {options.minutes:g} minutes, "
        f"at least {UNITS:,} units, {options.webs} web process on ZEO: {where}."
    )
    sys.stdout.write(published.put("load", section, title, rows))
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
