import pytest

from portal.rules.errors import RuleError
from portal.rules.heads import (
    DEVELOPER,
    ZERO,
    Measure,
    UnitRow,
    denominators,
    head_groups,
    owner_group,
    voting_units,
)

USES = ("residential", "commercial")


def unit(code, owner, *, area=10_000, use="residential", unsold=False):
    return UnitRow(code, area, owner, use, unsold)


@pytest.mark.clause("CN-I9")
def test_three_hundred_units_with_one_buyer_of_three_and_forty_unsold_are_259_owners():
    units = [unit(f"s{n}", f"owner{n}") for n in range(257)]
    units += [unit(f"b{n}", "buyer") for n in range(3)]
    units += [unit(f"u{n}", f"paper owner {n}", unsold=True) for n in range(40)]
    assert len(units) == 300
    assert denominators(units) == Measure(259, 3_000_000)


@pytest.mark.clause("BJ-OQ6.1", "BJ-OQ6.2")
def test_owner_of_three_units_is_one_head_and_a_couple_is_another():
    couple = owner_group(["zhang", "li"])
    units = [unit("1", "zhang", area=100), unit("2", "zhang", area=200), unit("3", "zhang", area=7)]
    units += [unit("4", couple, area=50)]
    assert denominators(units) == Measure(2, 357)
    groups = {group.key: group for group in head_groups(units)}
    assert groups["zhang"].units == ("1", "2", "3")
    assert groups["zhang"].area == 307


def test_measures_add_by_heads_and_by_area():
    assert Measure(1, 20).plus(Measure(300, 4000)) == Measure(301, 4020)
    assert ZERO == (0, 0)


def test_smallest_area_counts():
    assert denominators(voting_units([unit("1", "a", area=1)], USES)) == Measure(1, 1)


def test_same_group_of_co_owners_is_one_head_in_any_order():
    assert owner_group(["li", "zhang", "li"]) == owner_group(("zhang", "li"))
    assert owner_group(["zhangli"]) != owner_group(["zhang", "li"])
    # A separator that no token holds: two groups never read alike.
    assert owner_group(["li", "zhang"]) == "li\x1fzhang"


@pytest.mark.parametrize("holders", [[], [""], ["zhang", ""]])
def test_unit_without_holder_is_refused(holders):
    with pytest.raises(RuleError) as caught:
        owner_group(holders)
    assert (caught.value.message_id, caught.value.clause) == ("rules.heads.no_holder", "CN-I9")


def test_unsold_units_are_one_head_of_the_developer():
    groups = head_groups([unit("1", "a", unsold=True), unit("2", "b", unsold=True)])
    assert [group.key for group in groups] == [DEVELOPER]


@pytest.mark.clause("BJ-G7.3.9", "BJ-G2.3")
def test_scope_and_use_form_the_denominators():
    units = [unit("1", "a"), unit("2", "b"), unit("3", "c", use="equipment_room")]
    assert denominators(voting_units(units, USES)) == Measure(2, 20_000)
    assert denominators(voting_units(units, USES, {"2", "3"})) == Measure(1, 10_000)
    assert denominators(voting_units(units, USES, set())) == Measure(0, 0)


@pytest.mark.parametrize(
    ("units", "scope", "message", "clause"),
    [
        ([unit("1", "a"), unit("1", "b")], None, "rules.heads.unit_twice", "CN-I9"),
        ([unit("1", "a", area=0)], None, "rules.heads.no_area", "CN-I8"),
        ([unit("1", "a")], {"9"}, "rules.heads.unknown_unit", "EV-6.3.2"),
    ],
)
def test_contradicting_register_is_refused(units, scope, message, clause):
    with pytest.raises(RuleError) as caught:
        voting_units(units, USES, scope)
    assert (caught.value.message_id, caught.value.clause) == (message, clause)
