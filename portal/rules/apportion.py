"""Apportionment (分摊) of an amount by largest remainder, exact to the 分."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.rules.errors import RuleError


@dataclass(frozen=True)
class UnitShare:
    """Share of one unit with its working: total × weight = quotient × Σ weights + remainder."""

    unit: str
    weight: int
    quotient: int
    remainder: int
    rank: int
    extra_fen: int
    amount_fen: int


@dataclass(frozen=True)
class Apportionment:
    """All shares by unit code; they add up to the total."""

    total_fen: int
    total_weight: int
    shares: tuple[UnitShare, ...]


def apportion(total_fen: int, weights: Mapping[str, int]) -> Apportionment:
    """Divide ``total_fen`` over the units by integer weights (MF-6.2.2).

    Each unit gets the whole part of its ideal share; the 分 that are left go to the largest
    remainders, equal remainders by unit code. Raises RuleError for a negative amount or weight
    and when no weight is positive.
    """
    _check(total_fen, weights)
    total_weight = sum(weights.values())
    parts = {unit: divmod(total_fen * weight, total_weight) for unit, weight in weights.items()}
    left = total_fen - sum(quotient for quotient, _ in parts.values())
    by_remainder = sorted(parts, key=lambda unit: (-parts[unit][1], unit))
    ranks = {unit: rank for rank, unit in enumerate(by_remainder, start=1)}
    shares = []
    for unit in sorted(parts):
        quotient, remainder = parts[unit]
        extra = 1 if ranks[unit] <= left else 0
        shares.append(
            UnitShare(
                unit=unit,
                weight=weights[unit],
                quotient=quotient,
                remainder=remainder,
                rank=ranks[unit],
                extra_fen=extra,
                amount_fen=quotient + extra,
            )
        )
    return Apportionment(total_fen, total_weight, tuple(shares))


def _check(total_fen: int, weights: Mapping[str, int]) -> None:
    for value in (total_fen, *weights.values()):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"amounts and weights are integers, not {type(value).__name__}")
    if total_fen < 0:
        raise RuleError("rules.apportion.negative_amount", clause="MF-6.2.2", amount=total_fen)
    for unit, weight in weights.items():
        if weight < 0:
            raise RuleError("rules.apportion.negative_weight", clause="MF-6.2.2", unit=unit)
    if not any(weights.values()):
        raise RuleError("rules.apportion.no_weight", clause="MF-6.2.2")
