"""Measure the portal, each number against its floor in the same run: `make bench`.

The table goes to stdout, to ``benchmarks/last.md`` and, with every figure, to
``benchmarks/last.json``. ``--full`` takes the large sizes and the other storages, too;
``--readme`` puts the table into README.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    casting,
    counting,
    devices,
    pages,
    published,
    register,
    search,
    storages,
    writing,
)
from benchmarks.measure import Row, machine, tell
from benchmarks.world import world
from portal import clock
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from tests.functional.world import build_city

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"


def main() -> int:
    """Run the measures asked for and write what they found."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="large sizes, ZEO and PostgreSQL, too")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    parser.add_argument("only", nargs="*", help="measures to run, all without any")
    options = parser.parse_args()
    table = measures(full=options.full)
    unknown = set(options.only) - set(table)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(table)}")
    began, where = time.monotonic(), machine()
    rows: list[Row] = []
    for name, function in table.items():
        if options.only and name not in options.only:
            continue
        at = time.monotonic()
        rows.extend(function())
        tell(f"{name}: {time.monotonic() - at:.0f} s")
    text = render(rows, where, time.monotonic() - began, full=options.full)
    sys.stdout.write(text)
    if not options.only:
        (HERE / "last.md").write_text(text, "utf-8")
        found = [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in rows]
        published.write(machine=where, rows=found)
        if options.readme:
            put_into_readme(text)
    return 0


def measures(*, full: bool) -> dict[str, Callable[[], Iterator[Row]]]:
    """Return the measures by name, in their order."""
    table: dict[str, Callable[[], Iterator[Row]]] = {
        "web": lambda: web(full=full),
        "storage": lambda: casting.storage(16_000 if full else 4000),
        "tally": lambda: counting.tally(10_000, 20, target=1),
        "package": lambda: counting.package(10_000),
        "import": lambda: on_its_clock(lambda: register.measure(10_000)),
        "search": lambda: on_its_clock(lambda: searching(10_000)),
        "devices": lambda: devices.measure(200_000 if full else 40_000),
    }
    if full:
        table["tally of a city"] = lambda: counting.tally(1_000_000, 10, target=60)
        table["storages"] = storages.measure
    return table


def web(*, full: bool) -> Iterator[Row]:
    """Measure everything that needs a web server, on one site."""
    with world(units=1220 if full else 600, count=pages.PAGES) as made:
        yield from pages.measure(made, 12 if full else 6)
        yield from casting.through_http(made)
        yield from writing.measure(made, 800 if full else 160)
        yield from pages.start(made)
        yield from pages.weight(made)


def searching(count: int) -> Iterator[Row]:
    """Measure search on a site with nothing else."""
    with tempfile.TemporaryDirectory(prefix="yt-bench-") as folder:
        site = SiteUnderTest(Path(folder), **{"yitang.broker": "none"})
        try:
            build_city(site, register="")
            yield from search.measure(site, count)
        finally:
            site.close()


def on_its_clock(function: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """Run a measure at the time of the test data."""
    clock.set_clock(MovedClock(START))
    try:
        yield from function()
    finally:
        clock.set_clock(None)


def render(rows: list[Row], where: str, took: float, *, full: bool) -> str:
    """Return the table with the machine it was made on."""
    day = datetime.now(UTC).date().isoformat()
    kind = "full" if full else "short"
    lines = [f"{kind.capitalize()} run of {day}, {took / 60:.1f} minutes: {where}.", ""]
    lines += [*published.table(rows), "", published.missed(rows), ""]
    return "\n".join(lines)


def put_into_readme(text: str) -> None:
    """Replace the part of the README between the markers."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{text}{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
