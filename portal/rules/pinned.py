"""The profile a meeting keeps for life (冻结的规则), readable by every later release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.rules.errors import RuleError
from portal.rules.profile import Profile
from portal.rules.profile_files import digest, parse_profile
from portal.rules.strict import text_of

# What holds for a kept profile of a place that the later keys do not name.
OTHERS = "others"


@dataclass(frozen=True)
class Pinned:
    """A profile kept for the life of a meeting: canonical JSON and its SHA-256."""

    text: str
    digest: str


def pin(profile: Profile) -> Pinned:
    """Return what is kept of a profile."""
    return Pinned(text_of(profile), digest(profile))


def unpin(
    pinned: Pinned, later_keys: Mapping[str, Mapping[str, Any]], gone_keys: Iterable[str] = ()
) -> Profile:
    """Return the profile that was kept; what it says itself is never replaced.

    ``later_keys`` maps the id of a profile, or ``others``, to the paths of the keys that a newer
    release asks for (``*`` stands for every element) and what held in its place before there was
    the key; ``gone_keys`` are the paths of those that no release reads any more. RuleError when the
    text is not what its digest says, ProfileError when a key is missing all the same.
    """
    if hashlib.sha256(pinned.text.encode()).hexdigest() != pinned.digest:
        raise RuleError("rules.profile.changed", clause="EV-8.2.1", digest=pinned.digest)
    data = json.loads(pinned.text)
    for path in gone_keys:
        _leave_out(data, path.split("."))
    later = later_keys[data["id"] if data["id"] in later_keys else OTHERS]
    for path, value in later.items():
        _complete(data, path.split("."), value)
    return parse_profile(data, "pinned")


def _leave_out(data: Any, keys: list[str]) -> None:
    *way, last = keys
    for key in way:
        data = data.get(key) or {}
    data.pop(last, None)


def _complete(data: Any, keys: list[str], value: Any) -> None:
    key, *rest = keys
    if key == "*":
        for element in data.values() if isinstance(data, dict) else data:
            _complete(element, rest, value)
    elif not rest:
        data.setdefault(key, value)
    elif data.get(key) is not None:
        _complete(data[key], rest, value)
