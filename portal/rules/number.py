"""Hundredths (百分之一) and shares as decimal text."""

from decimal import Context, Decimal
from fractions import Fraction

_SIX_DIGITS = Context(prec=6)


def format_hundredths(value: int, *, grouping: bool) -> str:
    """Return ``value`` hundredths as text with exactly two places."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"hundredths must be an integer, not {type(value).__name__}")
    whole, places = divmod(abs(value), 100)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole:,}.{places:02d}" if grouping else f"{sign}{whole}.{places:02d}"


def format_percent(share: Fraction) -> str:
    """Return a share in percent with six digits at most and no sign, e.g. ``33.3333``."""
    hundredfold = share * 100
    digits = _SIX_DIGITS.divide(Decimal(hundredfold.numerator), Decimal(hundredfold.denominator))
    return f"{digits.normalize():f}"


def percent(numerator: int, denominator: int) -> str:
    """Return a share in percent with two places, rounded down so that it never shows too much."""
    hundredths = numerator * 10_000 // denominator if denominator else 0
    return format_hundredths(hundredths, grouping=False)
