"""Plan of a drawdown (列支方案): the share of every unit and who cannot bear it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.errors import PortalError
from portal.rules.apportion import Apportionment, UnitShare, apportion
from yitang_funds.book import FundBook

# How a bill can be divided, each with the clause that provides for it.
METHODS = {"area": "MF-6.2.2.a", "unit": "MF-6.2.2.b"}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A unit whose available balance is smaller than its share."""

    unit: str
    share_fen: int
    available_fen: int

    @property
    def missing_fen(self) -> int:
        """Return how much is missing."""
        return self.share_fen - self.available_fen


def weights_of(areas: Mapping[str, int], method: str) -> dict[str, int]:
    """Return the weight of every unit by `area` (建筑面积) or by `unit` (房屋分户)."""
    if method == "area":
        return dict(areas)
    if method == "unit":
        return dict.fromkeys(areas, 1)
    raise PortalError("funds.error.method_unknown", clause="MF-6.2.2.a", field="method")


def share_out(total_fen: int, areas: Mapping[str, int], method: str) -> Apportionment:
    """Divide a bill over the units of a scope, exact to the 分 (MF-6.2.2).

    `areas` gives the exclusive area of every unit of the scope in 0.01 m². The result explains
    every share: weight, whole part, remainder and rank.
    """
    if total_fen <= 0:
        raise PortalError("funds.error.amount_not_positive", clause="MF-6.2.2.a", field="amount")
    if not areas:
        raise PortalError("funds.error.scope_empty", clause="MF-2.0.17", field="scope")
    return apportion(total_fen, weights_of(areas, method))


def shortfalls(book: FundBook, shares: Iterable[UnitShare]) -> tuple[Shortfall, ...]:
    """Return the units that cannot bear their share from what is available (MF-6.2.2.e)."""
    return tuple(
        Shortfall(share.unit, share.amount_fen, book.available_of(share.unit))
        for share in shares
        if book.available_of(share.unit) < share.amount_fen
    )
