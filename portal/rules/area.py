"""Exclusive area (专有部分面积) as an integer number of 0.01 m²."""

from portal.rules.errors import RuleError
from portal.rules.number import format_hundredths, parse_hundredths

_SUFFIXES = ("㎡", "m²", "m2", "M2", "平方米", "平米", "平方", "平")


def parse_area(text: str) -> int:
    """Return the area written in ``text`` in hundredths of a square metre.

    Raises RuleError ``rules.area.malformed``, ``rules.area.too_precise`` or, for zero and less,
    ``rules.area.not_positive``.
    """
    area = parse_hundredths(text, _SUFFIXES, "area")
    if area <= 0:
        raise RuleError("rules.area.not_positive", field="area", value=text)
    return area


def format_area(exclusive_area: int, *, grouping: bool = True) -> str:
    """Return an area in hundredths as text with two places and no unit, e.g. ``1,107.81``."""
    return format_hundredths(exclusive_area, grouping=grouping)
