"""Decimal text with at most two places as an integer number of hundredths (百分之一)."""

import re
import unicodedata
from decimal import Context, Decimal
from fractions import Fraction

from portal.rules.errors import RuleError

_PLAIN = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_MAX_DIGITS = 15
_PLACES = 2
_SIX_DIGITS = Context(prec=6)


def parse_hundredths(text: str, suffixes: tuple[str, ...], kind: str) -> int:
    """Return the hundredths in ``text``; full-width digits, spaces and one suffix are accepted.

    Raises RuleError ``rules.<kind>.malformed`` or ``rules.<kind>.too_precise``; TypeError for
    anything but text, so that a binary fraction can never enter.
    """
    if not isinstance(text, str):
        raise TypeError(f"{kind} must be text, not {type(text).__name__}")
    bare = "".join(unicodedata.normalize("NFKC", text).split()).replace("−", "-")
    for suffix in sorted(suffixes, key=len, reverse=True):
        folded = unicodedata.normalize("NFKC", suffix)
        if bare.endswith(folded):
            bare = bare[: -len(folded)]
            break
    if _GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    match = _PLAIN.fullmatch(bare)
    if match is None or not bare.isascii() or len(match[2]) > _MAX_DIGITS:
        raise RuleError(f"rules.{kind}.malformed", field=kind, value=text)
    sign, whole, places = match[1], match[2], (match[3] or "").rstrip("0")
    if len(places) > _PLACES:
        raise RuleError(f"rules.{kind}.too_precise", field=kind, value=text)
    hundredths = int(whole) * 100 + int(places.ljust(_PLACES, "0"))
    return -hundredths if sign == "-" else hundredths


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
