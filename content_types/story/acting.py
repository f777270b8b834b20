"""Acting as somebody in a transaction of the story."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from content_types.posting import Posting
from portal import clock, files, jobs


@contextmanager
def acting(request: Any, login: str) -> Any:
    """Let the request be that of an account, found by its log-in name or id."""
    before = (request.account, request.account_id, request.principals)
    account = request.site.accounts.get(login) or request.site.accounts.find(request.vault, login)
    request.account, request.account_id = account, account.id
    request.principals = account.principals()
    try:
        yield account
    finally:
        request.account, request.account_id, request.principals = before


class Stage:
    """The clock of the story and its transactions."""

    def __init__(self, registry: Any, say: Callable[[str], None]) -> None:
        self.registry = registry
        self.say = say
        self.instant: datetime | None = None

    def at(self, instant: datetime) -> None:
        """Move the clock forward day by day and let it do what is due on each."""
        day = self.instant or instant - timedelta(days=1)
        if instant < day:
            raise ValueError(f"The story goes back from {day} to {instant}.")
        while day + timedelta(days=1) < instant:
            day += timedelta(days=1)
            self._settle_at(day)
        self._settle_at(instant)

    def _settle_at(self, instant: datetime) -> None:
        self.instant = instant
        clock.set_clock(lambda: instant)
        self.settle()

    def settle(self) -> None:
        """Do what the clock and the outbox ask for; any failure ends the story."""
        jobs.tick(self.registry, strict=True)
        jobs.run_pending(self.registry, strict=True)

    def run(self, act: Callable[[Any], Any], login: str = "") -> Any:
        """Run ``act(request)`` in one transaction, as somebody when a log-in name is given."""

        def whole(request: Any) -> Any:
            if not login:
                return act(request)
            with acting(request, login):
                return act(request)

        return jobs.transact(self.registry, whole)


def photo(words: str) -> bytes:
    """Return a picture of a notice board, as evidence of a posting."""
    picture = Image.new("RGB", (640, 480), (120, 92, 60))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((120, 60, 520, 420), fill=(250, 248, 240), outline=(60, 40, 20), width=4)
    for row in range(8):
        draw.line((150, 130 + 32 * row, 490 - 40 * (row % 3), 130 + 32 * row), (90, 90, 90), 4)
    draw.text((150, 80), words.encode("ascii", "replace").decode(), fill=(140, 20, 20))
    out = BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def posting(holder: Any, place: str, request: Any) -> Posting:
    """Return the evidence of a posting made now, its photo kept with the holder."""
    stored = holder.attach(files.store(BytesIO(photo(holder.__name__)), "posting.jpg", request))
    return Posting(place, clock.now(), stored.id, request.account_id, clock.now())
