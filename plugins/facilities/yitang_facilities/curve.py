"""Curve (曲线): samples as the geometry of an SVG picture and as a small table, computed here.

The page needs no script to show them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yitang_facilities.segments import Sample

# The width is stretched to the page, the height is in pixels; texts stand outside the stretching.
WIDTH, HEIGHT = 1000, 150
MARGIN = 8
MOST_POINTS = 600
TABLE_ROWS = 12
# A pause longer than this share of the time shown interrupts the line.
PAUSE_SHARE = 30
_FLAT = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """Summarise one span of time: its start in ms, lowest, highest and last value."""

    start: int
    low: float
    high: float
    last: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Place a value on the vertical axis."""

    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Hold what a template draws; coordinates in the units of the view box."""

    lines: tuple[str, ...]
    scale: tuple[Mark, ...]
    limits: tuple[Mark, ...]
    rows: tuple[Row, ...]


def draw(samples: Sequence[Sample], start: int, end: int, limits: Iterable[float] = ()) -> Curve:
    """Return the picture of samples between two times in ms."""
    if not samples:
        return Curve((), (), (), ())
    low = min(sample.value for sample in samples)
    high = max(sample.value for sample in samples)
    # A limit is drawn when the curve comes near it; a far one would flatten the curve.
    margin = (high - low) or _FLAT
    near = [limit for limit in limits if low - 2 * margin <= limit <= high + 2 * margin]
    low, high = min([low, *near]), max([high, *near])
    pad = ((high - low) or 2 * _FLAT) * 0.08
    low, high = low - pad, high + pad

    def x(ts: int) -> float:
        return round((ts - start) / (end - start) * WIDTH, 1)

    def y(value: float) -> float:
        return round(MARGIN + (high - value) / (high - low) * (HEIGHT - 2 * MARGIN), 1)

    lines: list[list[str]] = []
    before = None
    for sample in samples:
        if before is None or sample.ts - before > (end - start) // PAUSE_SHARE:
            lines.append([])
        lines[-1].append(f"{x(sample.ts)},{y(sample.value)}")
        before = sample.ts
    # A single reading between two pauses would be an invisible line of no length.
    points = tuple(" ".join(line * 2 if len(line) == 1 else line) for line in lines)
    values = (high - pad, (low + high) / 2, low + pad)
    return Curve(
        lines=points,
        scale=tuple(Mark(y(value), value) for value in values),
        limits=tuple(Mark(y(limit), limit) for limit in near),
        rows=summarise(samples, start, end),
    )


def summarise(samples: Iterable[Sample], start: int, end: int) -> tuple[Row, ...]:
    """Return lowest, highest and last value of each of twelve spans that have readings."""
    span = -(-(end - start) // TABLE_ROWS)
    rows: dict[int, Row] = {}
    for sample in samples:
        begin = start + (sample.ts - start) // span * span
        row = rows.get(begin)
        rows[begin] = Row(
            begin,
            sample.value if row is None else min(row.low, sample.value),
            sample.value if row is None else max(row.high, sample.value),
            sample.value,
        )
    return tuple(rows[begin] for begin in sorted(rows))
