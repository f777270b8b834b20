"""Publication guard (公布防识别): rows or summed groups from which no choice of a unit follows.

The area of a unit is nearly its fingerprint. Ballots are therefore published only as sums of
random groups, and groups whose sums tell a choice to whoever knows all areas are joined.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

# A group that still tells a choice with more ballots than this leaves nothing but the result.
MOST = 48
# The classes of area that are tried as other explanations of a sum; fewer is more careful.
TRIED = 300
TICKET_DIGITS = 32


class WeighedBallot(NamedTuple):
    """A counted ballot: its area in 0.01 m² and the cells (motion, option) it adds to."""

    area: int
    cells: tuple[Hashable, ...]


class Cell(NamedTuple):
    """A published sum: heads and area (0.01 m²) of the ballots behind it, by class of area."""

    heads: int
    area: int
    classes: Mapping[int, int]


def ticket(seed: bytes, lot: str) -> str:
    """Return what decides in which group a ballot falls.

    ``lot`` is what only its voter and auditors know of it: the order of the log, which tells who
    watched the turnout whose ballot is whose, must not tell who is in which group.
    """
    return hashlib.sha256(seed + lot.encode()).hexdigest()[:TICKET_DIGITS]


def base_groups(tickets: Sequence[str], size: int) -> list[list[int]]:
    """Return the positions of ``tickets`` in random groups of at least ``size`` (all, if fewer).

    Auditors repeat it: positions are sorted by their tickets and cut evenly.
    """
    order = sorted(range(len(tickets)), key=tickets.__getitem__)
    number = max(1, len(order) // size)
    cuts = [len(order) * at // number for at in range(number + 1)]
    return [order[low:high] for low, high in itertools.pairwise(cuts)]


def buckets(
    ballots: Sequence[WeighedBallot], tickets: Sequence[str], size: int
) -> list[list[list[int]]]:
    """Return the groups that are published together: each bucket joins neighbouring groups.

    In the end no sum of a bucket tells a choice, or one bucket is left, which is the result.
    """
    groups = base_groups(tickets, size)
    joined = [[group] for group in groups]
    weights = Counter(ballot.area for ballot in ballots)
    while len(joined) > 1:
        members = [[ballots[at] for group in bucket for at in group] for bucket in joined]
        bad = tell([list(cells(some)) for some in members], weights)
        if not bad:
            break
        joined = _join(joined, bad)
        if any(sum(map(len, bucket)) > MOST for bucket in joined):
            return [groups]
    return joined


def cells(ballots: Iterable[WeighedBallot]) -> Iterable[Cell]:
    """Return the sums that a group of ballots would publish."""
    found: dict[Hashable, Counter[int]] = {}
    for ballot in ballots:
        for name in ballot.cells:
            found.setdefault(name, Counter())[ballot.area] += 1
    for classes in found.values():
        yield Cell(classes.total(), sum(area * n for area, n in classes.items()), classes)


def tell(published: Sequence[Sequence[Cell]], weights: Mapping[int, int]) -> set[int]:
    """Return which of the groups of cells tell a choice to who knows how many have which area.

    A cell tells when every way to make its heads and area uses all ballots of some class.
    """
    asked: dict[int, list[tuple[int, Cell]]] = {}
    found = set()
    for at, group in enumerate(published):
        for cell in group:
            for area, number in cell.classes.items():
                if number == weights[area]:
                    if cell.heads == 1:
                        found.add(at)
                    asked.setdefault(area, []).append((at, cell))
    rest = [
        (at, area, cell) for area, rows in asked.items() for at, cell in rows if at not in found
    ]
    if rest:
        found |= _only(rest, weights)
    return found


def rows_are_safe(classes: Iterable[Hashable], size: int) -> bool:
    """Tell whether single ballots may be shown: every class has at least ``size`` of them."""
    counted = Counter(classes)
    return bool(counted) and min(counted.values()) >= size


def _join(joined: list[list[list[int]]], bad: Collection[int]) -> list[list[list[int]]]:
    """Join each telling bucket with the one after it, the last with the one before it."""
    found: list[list[list[int]]] = []
    at = 0
    while at < len(joined):
        bucket, at = joined[at], at + 1
        if at - 1 in bad:
            if at < len(joined):
                bucket, at = bucket + joined[at], at + 1
            elif found:
                found[-1] = found[-1] + bucket
                continue
        found.append(bucket)
    return found


def _only(asked: Sequence[tuple[int, int, Cell]], weights: Mapping[int, int]) -> set[int]:
    """Return the groups of which some cell cannot be made without all ballots of a class."""
    by_class: dict[int, list[tuple[int, Cell]]] = {}
    for at, area, cell in asked:
        by_class.setdefault(area, []).append((at, cell))
    areas = sorted(weights)
    tried = areas[:: max(1, -(-len(areas) // TRIED))]
    search = _Search(by_class, weights)
    search.leave_one_out(tried, search.nothing)
    untried = by_class.keys() - set(tried)
    if untried:
        every = search.add(search.nothing, tried)
        for area in untried:
            search.settle(area, every)
    return search.found


class _Search:
    """Which sums can be made without all ballots of a class: one bit per area, by heads."""

    def __init__(
        self, asked: Mapping[int, Sequence[tuple[int, Cell]]], weights: Mapping[int, int]
    ) -> None:
        cells = [cell for rows in asked.values() for _, cell in rows]
        self.asked, self.weights = asked, weights
        self.heads = max(cell.heads for cell in cells)
        self.mask = (1 << (max(cell.area for cell in cells) + 1)) - 1
        self.nothing = [1] + [0] * self.heads
        self.found: set[int] = set()

    def add(self, sums: list[int], areas: Iterable[int], spare: int = 0) -> list[int]:
        """Return what can be made with all ballots of some more classes but ``spare`` of each."""
        sums = list(sums)
        for area in areas:
            for _ in range(min(self.weights[area] - spare, self.heads)):
                for count in range(self.heads, 0, -1):
                    sums[count] |= (sums[count - 1] << area) & self.mask
        return sums

    def settle(self, area: int, sums: list[int]) -> None:
        """Note the groups whose cells need the last ballot of a class."""
        sums = self.add(sums, (area,), spare=1)
        for at, cell in self.asked.get(area, ()):
            if not sums[cell.heads] >> cell.area & 1:
                self.found.add(at)

    def leave_one_out(self, some: Sequence[int], sums: list[int]) -> None:
        """Halve the classes; each half is asked with all of the other half added."""
        if not any(area in self.asked for area in some):
            return
        if len(some) == 1:
            self.settle(some[0], sums)
            return
        half = len(some) // 2
        for mine, other in ((some[:half], some[half:]), (some[half:], some[:half])):
            self.leave_one_out(mine, self.add(sums, other))
