"""The site the measures run on: a community with register, announcements and an open vote."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import texts
from portal import clock, content, workflow
from tests.crowd import Crowd, Visitor, Voter, log_in, open_vote
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from tests.site_process import nursery

SETTINGS = {"yitang.limits": "off", "yitang.broker": "none"}
BATCH = 100


class World:
    """A site in a folder; between the measures no process has it open."""

    path = "/communities/haitang/"
    crowd: Crowd
    voters: list[Voter]
    convenor: Visitor

    def __init__(self, folder: Path, clock_: MovedClock, settings: dict[str, str]) -> None:
        self.folder, self.clock = folder, clock_
        self.settings = SETTINGS | settings

    @contextmanager
    def site(self) -> Iterator[SiteUnderTest]:
        """Open the site in this process."""
        site = SiteUnderTest(self.folder, **self.settings)
        try:
            yield site
        finally:
            site.close()

    def processes(self) -> Any:
        """Return a nursery whose processes continue the clock of the world."""
        shutil.rmtree(self.folder / "templates", ignore_errors=True)
        return nursery(self.folder, self.settings, self.clock())

    @property
    def data(self) -> Path:
        """The file of the object database."""
        return self.folder / "db" / "Data.fs"


@contextmanager
def world(units: int, count: int, settings: dict[str, str] | None = None) -> Iterator[World]:
    """Make a site with so many units and announcements; it is gone after the block."""
    moved = MovedClock(START)
    clock.set_clock(moved)
    folder = Path(tempfile.mkdtemp(prefix="yt-bench-"))
    try:
        made = World(folder, moved, settings or {})
        with made.site() as site:
            made.crowd, made.voters = open_vote(site, moved, units)
            publish(site, texts.announcements(count))
            made.convenor = site.run(convenor)
        yield made
    finally:
        clock.set_clock(None)
        shutil.rmtree(folder, ignore_errors=True)


def convenor(request: Any) -> Visitor:
    """Log the convenor in."""
    account = request.site.accounts.find(request.vault, "convenor")
    return log_in(request, account.id)


def publish(site: SiteUnderTest, written: list[tuple[str, str]]) -> None:
    """Put texts up as published announcements ``bench-0`` and on."""

    def add(request: Any, start: int) -> None:
        place = request.site["communities"]["haitang"]["announcements"]
        for number, (title, body) in enumerate(written[start : start + BATCH], start):
            item = content.create("announcement", request, title=title, body=body)
            content.add(place, item, request, name=f"bench-{number}")
            workflow.transition(item, "publish", request, system=True)

    for start in range(0, len(written), BATCH):
        site.run(lambda request, n=start: add(request, n))
        site.drain()
