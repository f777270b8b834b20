"""Search over Chinese texts, through the catalogue with its permission filter."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator

from benchmarks import texts
from benchmarks.measure import Row, own_memory, percentile, tell
from benchmarks.world import publish
from portal import catalog
from tests.functional.conftest import SiteUnderTest

QUERIES = 200


def measure(site: SiteUnderTest, count: int) -> Iterator[Row]:
    """Look for words and pieces of sentences among ``count`` announcements."""
    written = texts.announcements(count, seed=23)
    start = time.perf_counter()
    publish(site, written)
    tell(f"{count} announcements in {time.perf_counter() - start:.0f} s")
    chance = random.Random(3)
    queries = list(texts.WORDS)
    while len(queries) < QUERIES:
        # A piece from inside a sentence, blind to where words begin.
        piece = chance.choice(re.split(r"[，。、\n]", chance.choice(written)[1]))
        if len(piece) > 3:
            at = chance.randrange(len(piece) - 2)
            queries.append(piece[at : at + chance.randrange(2, 6)])

    def look(request: object) -> tuple[list[float], list[int]]:
        times, totals = [], []
        for query in queries:
            begin = time.perf_counter()
            found = catalog.find(request, text=query, types=("announcement",))
            times.append(time.perf_counter() - begin)
            totals.append(found.total)
        return times, totals

    times, totals = site.run(look)
    plain, there = [], []
    documents = [f"{title}\n{body}" for title, body in written]
    for query in queries:
        begin = time.perf_counter()
        there.append(sum(query in text for text in documents))
        plain.append(time.perf_counter() - begin)
    wrong = sum(found != real for found, real in zip(totals, there, strict=True))
    p95, floor = percentile(times, 0.95) * 1000, percentile(plain, 0.95) * 1000
    yield Row(
        f"search over {count:,} announcements, p95",
        p95,
        "ms",
        floor,
        "`in` over all texts in memory",
        target=50,
        better="less",
        memory=own_memory(),
        note=f"{QUERIES} queries, {sum(totals) / QUERIES:,.0f} hits each; "
        f"{wrong} found too few or too many",
    )
