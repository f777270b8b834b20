"""Exclusive area (专有部分面积) as an integer number of 0.01 m²."""

from portal.rules.number import format_hundredths


def format_area(exclusive_area: int, *, grouping: bool = True) -> str:
    """Return an area in hundredths as text with two places and no unit, e.g. ``1,107.81``."""
    return format_hundredths(exclusive_area, grouping=grouping)
