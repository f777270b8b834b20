"""No published sum tells how a unit voted, however well somebody knows the areas."""

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rules import buckets
from portal.rules.buckets import Cell, WeighedBallot

SEED = b"a public seed of thirty-two bytes"


def telling(cell, areas):
    """Enumerate all subsets: the units that every explanation of the cell needs."""
    ways = [
        set(way)
        for way in itertools.combinations(range(len(areas)), cell.heads)
        if sum(areas[at] for at in way) == cell.area
    ]
    assert ways
    return set.intersection(*ways)


def by_enumeration(cell, areas):
    """Tell whether all units of some area are among the units every explanation needs."""
    sure = Counter(areas[at] for at in telling(cell, areas))
    return any(number == areas.count(area) for area, number in sure.items())


@settings(max_examples=150)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=9), st.data())
def test_guard_agrees_with_the_enumeration_of_all_subsets(areas, data):
    inside = data.draw(st.lists(st.booleans(), min_size=len(areas), max_size=len(areas)))
    chosen = [area for area, is_in in zip(areas, inside, strict=True) if is_in]
    if not chosen:
        return
    cell = Cell(len(chosen), sum(chosen), Counter(chosen))
    assert bool(buckets.tell([[cell]], Counter(areas))) == by_enumeration(cell, areas)


def drawn(count, seed=SEED):
    """Return the tickets of ballots whose lots are their numbers."""
    return [buckets.ticket(seed, str(at)) for at in range(count)]


def vote(areas, chance):
    return [
        WeighedBallot(area, tuple((m, chance.choice("fa")) for m in ("m1", "m2"))) for area in areas
    ]


@pytest.mark.clause("EV-10.8.1", "EV-8.5.1")
def test_no_published_row_tells_the_choice_of_the_one_unit_of_207_10():
    """Checked by all subset sums, for 18 owners of whom one has 207.10 m²."""
    areas = [20_710, *[8950] * 6, *[9200] * 6, *[11_760] * 5]
    for trial in range(20):
        ballots = vote(areas, random.Random(trial))
        table = buckets.buckets(ballots, drawn(len(ballots), SEED + bytes([trial])), 3)
        if len(table) == 1:
            continue
        for bucket in table:
            mine = [ballots[at] for group in bucket for at in group]
            for cell in buckets.cells(mine):
                assert 0 not in telling(cell, areas)


def test_one_odd_unit_among_many_leaves_more_than_the_result():
    areas = [9600, *[9000, 9200, 9400] * 100]
    ballots = vote(areas, random.Random(1))
    table = buckets.buckets(ballots, drawn(len(ballots)), 5)
    assert len(table) > 10
    weights = Counter(areas)
    for bucket in table:
        mine = [ballots[at] for group in bucket for at in group]
        assert not buckets.tell([list(buckets.cells(mine))], weights)


@pytest.mark.clause("EV-10.8.1")
def test_uniform_flats_keep_the_smallest_groups_and_may_show_rows():
    ballots = vote([8950] * 60, random.Random(2))
    assert [len(bucket) for bucket in buckets.buckets(ballots, drawn(len(ballots)), 5)] == [1] * 12
    assert buckets.rows_are_safe([(8950, "b1")] * 5 + [(8950, "b2")] * 5, 5)
    assert not buckets.rows_are_safe([(8950, "b1")] * 5 + [(8950, "b2")] * 4, 5)
    assert not buckets.rows_are_safe([], 5)


@given(st.integers(0, 200), st.integers(1, 12))
def test_groups_hold_every_ballot_once_and_none_is_too_small(count, size):
    groups = buckets.base_groups(drawn(count), size)
    assert sorted(itertools.chain(*groups)) == list(range(count))
    assert all(len(group) >= min(size, count) for group in groups)


@pytest.mark.clause("EV-10.8.1")
def test_groups_follow_from_seed_and_lots_and_not_from_the_order_of_the_log():
    """Who noted the order in which units voted must not learn who is in which group."""
    groups = buckets.base_groups(drawn(40), 5)
    assert groups == buckets.base_groups(drawn(40), 5)
    assert groups != buckets.base_groups(drawn(40, SEED + b"x"), 5)
    other = [buckets.ticket(SEED, f"other {at}") for at in range(40)]
    assert groups != buckets.base_groups(other, 5)
    turned = buckets.base_groups(drawn(40)[::-1], 5)
    assert [sorted(39 - at for at in group) for group in turned] == [sorted(g) for g in groups]


def test_areas_that_are_all_different_leave_only_the_result():
    chance = random.Random(3)
    ballots = vote(chance.sample(range(5000, 20_000), 200), chance)
    # Twenty nays in one motion cannot be hidden in groups of five.
    table = buckets.buckets(ballots, drawn(len(ballots)), 5)
    assert sum(len(group) for bucket in table for group in bucket) == 200
    weights = Counter(ballot.area for ballot in ballots)
    if len(table) > 1:
        for bucket in table:
            mine = [ballots[at] for group in bucket for at in group]
            assert not buckets.tell([list(buckets.cells(mine))], weights)
