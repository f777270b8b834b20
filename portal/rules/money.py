"""Money (金额) as an integer number of 分."""

from portal.rules.number import format_hundredths, parse_hundredths

_SUFFIXES = ("元", "圆", "RMB", "CNY")
_PREFIXES = ("¥", "￥", "RMB", "CNY")


def parse_amount(text: str) -> int:
    """Return the amount written in ``text`` in 分; the sign is kept.

    Raises RuleError ``rules.amount.malformed`` or ``rules.amount.too_precise``.
    """
    if isinstance(text, str):
        bare = text.strip()
        for prefix in _PREFIXES:
            if bare.startswith(prefix):
                return parse_hundredths(bare[len(prefix) :], _SUFFIXES, "amount")
    return parse_hundredths(text, _SUFFIXES, "amount")


def format_amount(amount_fen: int, *, grouping: bool = True) -> str:
    """Return an amount in 分 as text in 元 with two places, e.g. ``1,000.00``."""
    return format_hundredths(amount_fen, grouping=grouping)
