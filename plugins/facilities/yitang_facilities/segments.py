"""Hourly segments (小时段): one series and one hour of readings in a few bytes each.

Times and values are stored as differences. Values that are exact to at most three decimals
become integers first; others keep their full floating form. The bytes of the differences are
regrouped by significance before zlib, which is what makes slowly changing readings small.
"""

import struct
import zlib
from collections.abc import Iterable
from itertools import accumulate, pairwise
from typing import NamedTuple

HOUR_MS = 3_600_000
_HEADER = struct.Struct("<IB")
_SCALES = (1, 10, 100, 1000)
_FLOATS = 255
_MAX_SCALED = 2**61


class Sample(NamedTuple):
    """Hold one reading: time in ms, value, quality."""

    ts: int
    value: float
    quality: int


def encode(samples: list[Sample]) -> bytes:
    """Return the packed form of samples in time order."""
    times = _differences([sample.ts for sample in samples])
    values = [sample.value for sample in samples]
    scale, scaled = _scaled(values)
    body = _shuffle(struct.pack(f"<{len(times)}q", *times))
    if scaled is None:
        body += _shuffle(struct.pack(f"<{len(values)}d", *values))
    else:
        body += _shuffle(struct.pack(f"<{len(scaled)}q", *_differences(scaled)))
    body += bytes(sample.quality for sample in samples)
    return _HEADER.pack(len(samples), scale) + zlib.compress(body, 6)


def decode(blob: bytes) -> list[Sample]:
    """Return the samples of a packed segment in time order."""
    count, scale = _HEADER.unpack_from(blob)
    body = zlib.decompress(blob[_HEADER.size :])
    width = 8 * count
    times = accumulate(struct.unpack(f"<{count}q", _unshuffle(body[:width], count)))
    raw = _unshuffle(body[width : 2 * width], count)
    if scale == _FLOATS:
        values: Iterable[float] = struct.unpack(f"<{count}d", raw)
    else:
        divisor = _SCALES[scale]
        values = (number / divisor for number in accumulate(struct.unpack(f"<{count}q", raw)))
    return [Sample(*fields) for fields in zip(times, values, body[2 * width :], strict=True)]


def downsample(samples: list[Sample], max_points: int) -> list[Sample]:
    """Return at most ``max_points`` samples that keep the lowest and highest of every span.

    A peak of one reading stays visible, which an average would hide.
    """
    if len(samples) <= max_points:
        return samples
    spans = max(max_points // 2, 1)
    start, end = samples[0].ts, samples[-1].ts + 1
    kept: list[Sample] = []
    low = high = samples[0]
    current = 0
    for sample in samples:
        span = (sample.ts - start) * spans // (end - start)
        if span != current:
            kept += _extremes(low, high)
            current, low, high = span, sample, sample
        elif sample.value < low.value:
            low = sample
        elif sample.value > high.value:
            high = sample
    kept += _extremes(low, high)
    return kept


def _extremes(low: Sample, high: Sample) -> list[Sample]:
    return [low] if low is high else sorted((low, high))


def _differences(numbers: list[int]) -> list[int]:
    return numbers[:1] + [after - before for before, after in pairwise(numbers)]


def _scaled(values: list[float]) -> tuple[int, list[int] | None]:
    for index, scale in enumerate(_SCALES):
        scaled = [round(value * scale) for value in values if abs(value) * scale < _MAX_SCALED]
        if len(scaled) == len(values) and all(
            number / scale == value for number, value in zip(scaled, values, strict=True)
        ):
            return index, scaled
    return _FLOATS, None


def _shuffle(raw: bytes) -> bytes:
    return b"".join(raw[offset::8] for offset in range(8))


def _unshuffle(raw: bytes, count: int) -> bytes:
    plain = bytearray(8 * count)
    for offset in range(8):
        plain[offset::8] = raw[offset * count : (offset + 1) * count]
    return bytes(plain)
