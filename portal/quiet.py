"""How a person wants to be told (通知偏好): channels in order and hours of quiet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from portal import clock
from portal.errors import PortalError

CHANNELS = ("inapp", "sms", "email")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class Preferences:
    """Channels are tried in this order; times are ``HH:MM`` in Asia/Shanghai, empty for none."""

    channels: tuple[str, ...] = ("inapp",)
    quiet_from: str = ""
    quiet_until: str = ""


def make_preferences(
    channels: tuple[str, ...], quiet_from: str = "", quiet_until: str = ""
) -> Preferences:
    """Check what a person chose; raises PortalError for an unknown channel or a bad time."""
    if set(channels) - set(CHANNELS) or len(set(channels)) != len(channels):
        raise PortalError("preference.bad_channels", clause="EV-9.9.2", field="channels")
    for field, value in (("quiet_from", quiet_from), ("quiet_until", quiet_until)):
        if value and not _TIME.fullmatch(value):
            raise PortalError("preference.bad_time", clause="EV-9.9.2", field=field)
    if bool(quiet_from) != bool(quiet_until) or (quiet_from and quiet_from == quiet_until):
        raise PortalError("preference.bad_time", clause="EV-9.9.2", field="quiet_until")
    return Preferences(tuple(channels), quiet_from, quiet_until)


def opens_at(preferences: Preferences, now: datetime) -> datetime | None:
    """Return when a quiet hour that holds now ends, or None when the person may be told."""
    if not preferences.quiet_from:
        return None
    local = clock.local(now)
    start, end = (time.fromisoformat(preferences.quiet_from), preferences.quiet_until)
    until = time.fromisoformat(end)
    minute = local.time()
    over_midnight = start > until
    quiet = (minute >= start or minute < until) if over_midnight else start <= minute < until
    if not quiet:
        return None
    day = local.date() + timedelta(days=1) if over_midnight and minute >= start else local.date()
    return datetime.combine(day, until, local.tzinfo)
