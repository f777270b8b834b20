"""Lines of one unit and units side by side."""

from fractions import Fraction

import pytest

from content_types.owner_register.plan import build_units, compare, total

from .conftest import line, make_register, rules

OK = []


def shared(*shares, ownership="按份共有"):
    return [line(n, share=s, ownership=ownership) for n, s in enumerate(shares, start=1)]


@pytest.mark.clause("BJ-G4.3", "MF-4.2.1-1.b")
def test_a_unit_holds_all_its_co_owners_with_their_shares(check):
    outcome = check(*shared(60, 40))
    assert rules(outcome) == OK
    (unit,) = build_units(outcome)
    assert [owner.share for owner in unit.owners] == [Fraction(3, 5), Fraction(2, 5)]


@pytest.mark.parametrize(
    ("shares", "ownership", "meant"),
    [
        ((0.6, 0.4), "按份共有", [Fraction(3, 5), Fraction(2, 5)]),
        ((33.33, 33.33, 33.33), "按份共有", [Fraction(1, 3)] * 3),
        (("", ""), "共同共有", [Fraction(1, 2)] * 2),
        (("",), "单独所有", [Fraction(1)]),
        ((1,), "单独所有", [Fraction(1)]),
    ],
)
def test_other_ways_of_writing_shares_are_understood_and_said(check, shares, ownership, meant):
    outcome = check(*shared(*shares, ownership=ownership))
    assert {rule for _row, _column, rule in rules(outcome)} == {"cell.normalised"}
    (unit,) = build_units(outcome)
    assert [owner.share for owner in unit.owners] == meant


@pytest.mark.parametrize(
    ("shares", "ownership"),
    [
        ((60, 30), "按份共有"),
        ((60, 50), "按份共有"),
        ((50, ""), "按份共有"),
        (("", ""), "按份共有"),
        ((99,), "按份共有"),
        ((1,), "按份共有"),
        ((33.3, 33.3, 33.3), "按份共有"),
    ],
)
def test_shares_that_do_not_make_a_whole_are_refused(check, shares, ownership):
    outcome = check(*shared(*shares, ownership=ownership))
    assert rules(outcome) == [(3, "share", "share.sum")]
    assert outcome.units == ()


def test_fractions_in_words_of_arithmetic_make_a_whole(check):
    outcome = check(*shared("1/3", "1/3", "1/3"))
    assert rules(outcome) == OK


def test_same_owner_twice_in_a_unit_is_refused_at_the_second_line(check):
    outcome = check(line(1), line(2, room="102"), line(1))
    assert rules(outcome) == [(5, "", "row.duplicate")]
    assert dict(outcome.findings[0].values) == {"first": 3}
    assert [unit.room for unit in build_units(outcome)] == ["102"]


def test_second_sole_owner_is_refused(check):
    outcome = check(line(1), line(2))
    assert rules(outcome) == [(4, "", "ownership.second_sole_owner")]
    assert outcome.units == ()


def test_lines_of_one_unit_must_agree_about_it(check):
    lines = shared(60, 40)
    lines[1]["exclusive_area"] = 90
    assert rules(check(*lines)) == [(4, "exclusive_area", "unit.differs")]


def test_spellings_of_a_building_mean_one_building(check):
    outcome = check(
        line(1, building="1号楼", room="101"),
        line(2, building="1栋", room="102"),
        line(3, building="一栋", room="103"),
    )
    assert {unit.building for unit in build_units(outcome)} == {"1号楼"}
    assert rules(outcome) == [(n, "building", "cell.normalised") for n in (4, 5)]


def test_the_registers_own_spelling_of_a_building_rules(check):
    outcome = check(line(building="1号楼"), buildings=["1栋"])
    assert build_units(outcome)[0].building == "1栋"


@pytest.mark.clause("BJ-G2.2")
def test_building_outside_the_project_warns_once(check):
    lines = [line(n, building="9栋", room=f"10{n}") for n in (1, 2)]
    outcome = check(line(3), *lines, buildings=["1栋"])
    assert rules(outcome) == [(4, "building", "building.not_in_project")]
    assert dict(outcome.findings[0].values) == {"lines": 2}
    assert len(outcome.units) == 3


def test_file_of_another_project_warns_once(check):
    lines = [line(1), line(2, room="102")]
    outcome = check(*lines, project="海棠花园")
    assert rules(outcome) == [(3, "project", "project.differs")]


def test_one_document_with_two_names_warns(check):
    outcome = check(line(1), line(1, room="102", owner_name="别名"))
    assert rules(outcome) == [(4, "owner_name", "id_number.other_name")]


@pytest.mark.parametrize(
    ("factor", "found"), [(5, True), (4.99, False), (0.2, True), (0.21, False)]
)
def test_area_far_from_the_units_above_and_below_warns(check, factor, found):
    stack = [line(n, room=f"{n}01", floor=n, exclusive_area=100) for n in range(1, 6)]
    stack[2]["exclusive_area"] = round(100 * factor, 2)
    expected = [(5, "exclusive_area", "area.far_from_siblings")] if found else OK
    assert rules(check(*stack)) == expected


def test_few_neighbours_prove_nothing_about_an_area(check):
    assert rules(check(line(1), line(2, room="102", exclusive_area=2000))) == OK


@pytest.mark.parametrize("word", ["合计", "总　计", "小计：", "Total"])
def test_total_lines_are_ignored_and_said(check, word):
    outcome = check(line(1), {"project": word, "exclusive_area": 88.35})
    assert rules(outcome) == [(4, "", "row.total")]
    assert len(outcome.units) == 1


def test_empty_lines_between_are_said_and_those_at_the_end_are_not(check):
    assert rules(check(line(1), {}, line(2, room="102"), {}, {})) == [(4, "", "row.empty")]


def test_an_owner_called_like_a_total_is_no_total(check):
    assert rules(check(line(1, project="合计花园"))) == OK


@pytest.mark.clause("CN-I9")
def test_developers_unsold_units_count_as_one_and_a_buyer_of_three_as_one(check):
    developer = {
        "owner_name": "示例置业有限公司",
        "id_kind": "统一社会信用代码",
        "id_number": make_register.credit_code(1),
        "note": "未售",
    }
    lines = [line(n, room=f"1{n:02d}") for n in range(1, 258)]
    lines += [line(300, room=f"2{n:02d}") for n in range(1, 4)]
    lines += [line(1, room=f"3{n:02d}", **developer) for n in range(1, 41)]
    totals = total(build_units(check(*lines)))
    assert totals.units == 300
    assert totals.unsold_units == 40
    # 300 − 2 − 39, as the catalogue works it out.
    assert totals.heads == 259


def test_the_same_co_owners_of_two_units_are_one_group(check):
    pair = shared(60, 40)
    other = [dict(one, room="102", share=50) for one in reversed(pair)]
    assert total(build_units(check(*pair, *other))).heads == 1


@pytest.mark.clause("MF-4.2.1-2")
def test_comparison_names_what_is_new_changed_and_left_alone(check):
    before = build_units(check(line(1), line(2, room="102"), line(3, room="103")))
    after = build_units(check(line(1), line(2, room="102", exclusive_area=90), line(4, room="104")))
    plan = compare(after, {unit.key: unit for unit in before})
    assert [unit.room for unit in plan.add] == ["104"]
    assert [(c.after.room, c.columns) for c in plan.change] == [("102", ("exclusive_area",))]
    assert [unit.room for unit in plan.unchanged] == ["101"]
    assert plan.untouched == (("1栋", "1单元", "103"),)


def test_order_of_co_owners_in_the_file_is_no_change(check):
    pair = shared(50, 50)
    first = build_units(check(*pair))
    second = build_units(check(*reversed(pair)))
    assert compare(second, {unit.key: unit for unit in first}).is_empty
