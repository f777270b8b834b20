"""The only source of time (时钟): every rule, stamp and deadline asks here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.errors import ConfigurationError

SITE_ZONE = ZoneInfo("Asia/Shanghai")

_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC) if _source is None else _source().astimezone(UTC)


def local(instant: datetime) -> datetime:
    """Return an aware instant as wall time in the zone of the law (Asia/Shanghai)."""
    return instant.astimezone(SITE_ZONE)


def set_clock(source: Callable[[], datetime] | None) -> None:
    """Replace the source of time; None restores the machine's clock.

    Raises ConfigurationError in production: a moved clock could open or close a real vote.
    """
    global _source  # noqa: PLW0603 - one clock per process is the point of this module.
    if source is not None and os.environ.get("YITANG_PRODUCTION") == "1":
        raise ConfigurationError("The clock cannot be set in production.")
    _source = source


def shift(seconds: int) -> None:
    """Run the clock so many seconds beside the machine's, as a demo site may."""
    offset = timedelta(seconds=seconds)
    set_clock(lambda: datetime.now(UTC) + offset)


@contextmanager
def freeze(instant: datetime) -> Iterator[None]:
    """Hold the clock at one aware instant for the length of a block."""
    before = _source
    set_clock(lambda: instant)
    try:
        yield
    finally:
        set_clock(before)


def datetime_from_milliseconds(value: int) -> datetime:
    """Return the aware UTC instant of a number of milliseconds since 1970."""
    return datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000)
