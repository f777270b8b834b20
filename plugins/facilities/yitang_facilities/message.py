"""Device messages (设备报文): topics and payloads, checked before anything is stored.

A device publishes on ``c/<community>/d/<device>/<channel>``; the channels are ``t`` telemetry,
``e`` events, ``s`` state (retained, with last will), ``cmd`` commands and ``rsp`` answers.
Telemetry and events are JSON: ``{"s": sequence, "ts": ms, "v": {point: value}, "q": quality}``.
The sequence starts at 0 when the device starts and grows by one with every message.
"""

import json
import math
import re
from dataclasses import dataclass

GOOD, UNCERTAIN, BAD = 0, 1, 2
MAX_PAYLOAD = 8192
MAX_POINTS = 200
MAX_SEQUENCE = 2**53
MAX_AHEAD_MS = 5 * 60 * 1000
MAX_AGE_MS = 7 * 24 * 3600 * 1000

_NAME = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
_TOPIC = re.compile(rf"c/({_NAME})/d/({_NAME})/(t|e|s|cmd|rsp)")
_POINT = re.compile(r"[a-z][a-z0-9_]{0,31}")


class MalformedMessageError(ValueError):
    """Say why a message was refused; the text is a reason code kept in quarantine."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Name the community, the device and the channel of a message."""

    community: str
    device: str
    channel: str

    def __str__(self) -> str:
        return f"c/{self.community}/d/{self.device}/{self.channel}"


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold one checked message: its sequence, time in ms, point values and quality."""

    seq: int
    ts: int
    values: tuple[tuple[str, float], ...]
    quality: int


def is_point_name(name: str) -> bool:
    """Tell whether a point name may be used."""
    return _POINT.fullmatch(name) is not None


def parse_topic(topic: str) -> Topic:
    """Return the parts of a topic; raise MalformedMessageError("topic")."""
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise MalformedMessageError("topic")
    return Topic(*match.groups())


def parse_reading(payload: bytes) -> Reading:
    """Return the reading in a telemetry or event payload; raise MalformedMessageError."""
    data = _load(payload)
    seq = _integer(data.get("s"), "sequence", MAX_SEQUENCE)
    ts = _integer(data.get("ts"), "time", MAX_SEQUENCE)
    quality = _integer(data.get("q", GOOD), "quality", BAD)
    values = data.get("v")
    if not isinstance(values, dict) or not 0 < len(values) <= MAX_POINTS:
        raise MalformedMessageError("values")
    return Reading(seq, ts, tuple((_point(k), _number(v)) for k, v in values.items()), quality)


def parse_state(payload: bytes) -> str:
    """Return "online" or "offline" from a state payload; raise MalformedMessageError.

    A last will is written when the device connects, so its time says nothing: the time of
    arrival counts.
    """
    state = _load(payload).get("state")
    if state not in ("online", "offline"):
        raise MalformedMessageError("state")
    return state


def time_fault(ts: int, now: int) -> str | None:
    """Return why a time cannot be accepted ("future" or "too_old"), or None; all in ms."""
    if ts > now + MAX_AHEAD_MS:
        return "future"
    if ts < now - MAX_AGE_MS:
        return "too_old"
    return None


def encode_reading(seq: int, ts: int, values: dict[str, float], quality: int = GOOD) -> bytes:
    """Return the payload of one telemetry message, as a device writes it."""
    message = {"s": seq, "ts": ts, "v": values, "q": quality}
    return json.dumps(message, separators=(",", ":")).encode()


def _load(payload: bytes) -> dict:
    if len(payload) > MAX_PAYLOAD:
        raise MalformedMessageError("size")
    try:
        data = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MalformedMessageError("json") from error
    if not isinstance(data, dict):
        raise MalformedMessageError("json")
    return data


def _integer(value: object, reason: str, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
        raise MalformedMessageError(reason)
    return value


def _point(name: str) -> str:
    if not is_point_name(name):
        raise MalformedMessageError("point")
    return name


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise MalformedMessageError("value")
    try:
        number = float(value)
    except OverflowError as error:
        raise MalformedMessageError("value") from error
    if not math.isfinite(number):
        raise MalformedMessageError("value")
    return number
