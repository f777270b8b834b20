"""Money (金额) as an integer number of 分."""

import re
import unicodedata

from portal.rules.errors import RuleError
from portal.rules.number import format_hundredths

_SUFFIXES = ("元", "圆", "RMB", "CNY")
_PREFIXES = ("¥", "RMB", "CNY")
_PLAIN = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_MAX_DIGITS = 15
_PLACES = 2


def parse_amount(text: str) -> int:
    """Return the amount written in ``text`` in 分; the sign is kept.

    Full-width digits, spaces and one currency before and after are accepted. Raises RuleError
    ``rules.amount.malformed`` or ``rules.amount.too_precise``; TypeError for anything but text, so
    that a binary fraction can never enter.
    """
    if not isinstance(text, str):
        raise TypeError(f"amount must be text, not {type(text).__name__}")
    bare = "".join(unicodedata.normalize("NFKC", text).split()).replace("−", "-")
    bare = next((bare.removeprefix(one) for one in _PREFIXES if bare.startswith(one)), bare)
    bare = next((bare.removesuffix(one) for one in _SUFFIXES if bare.endswith(one)), bare)
    if _GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    match = _PLAIN.fullmatch(bare)
    if match is None or not bare.isascii() or len(match[2]) > _MAX_DIGITS:
        raise RuleError("rules.amount.malformed", field="amount", value=text)
    sign, whole, places = match[1], match[2], (match[3] or "").rstrip("0")
    if len(places) > _PLACES:
        raise RuleError("rules.amount.too_precise", field="amount", value=text)
    amount_fen = int(whole) * 100 + int(places.ljust(_PLACES, "0"))
    return -amount_fen if sign == "-" else amount_fen


def format_amount(amount_fen: int, *, grouping: bool = True) -> str:
    """Return an amount in 分 as text in 元 with two places, e.g. ``1,000.00``."""
    return format_hundredths(amount_fen, grouping=grouping)
