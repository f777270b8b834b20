"""The register of a whole project, clean and with every defect planted in it."""

import pytest

from content_types.owner_register.check import check_sheet
from content_types.owner_register.plan import build_units, compare, total
from content_types.owner_register.sheet import read_sheet

from .conftest import DATA, TODAY

BUILDINGS = [f"{number}栋" for number in range(1, 9)]


def outcome(name):
    sheet = read_sheet((DATA / name).read_bytes())
    return check_sheet(sheet, TODAY, project="海棠花园", buildings=BUILDINGS)


def test_clean_register_has_no_finding_at_all():
    checked = outcome("register-clean.xlsx")
    assert checked.findings == ()
    assert checked.refused_units == 0


@pytest.mark.clause("SZ-7.2", "CN-I9")
def test_totals_of_clean_register_are_the_published_ones(facts):
    totals = total(build_units(outcome("register-clean.xlsx")))
    assert totals.buildings == facts["buildings"]
    assert totals.units == facts["units"]
    assert totals.area == facts["area_hundredths"]
    assert totals.heads == facts["heads_one_per_owner_group"]
    assert totals.unsold_units == facts["unsold_units"]


@pytest.mark.clause("MF-4.2.1-1.a")
def test_dirty_register_gives_exactly_the_planted_findings(facts):
    checked = outcome("register-dirty.xlsx")
    planted = [(defect["row"], defect["accept"]) for defect in facts["dirty"]["defects"]]
    assert [(f.row, f.severity) for f in checked.findings] == planted


def test_a_unit_with_a_refused_line_is_kept_out_whole(facts):
    checked = outcome("register-dirty.xlsx")
    refused = {d["row"] for d in facts["dirty"]["defects"] if d["accept"] == "refused"}
    taken = {row.number for rows in checked.units for row in rows}
    assert not refused & taken
    # Rows 516 and 311 are faultless themselves, but another line disputes their unit.
    assert not {516, 311} & taken
    assert len(checked.units) + checked.refused_units == facts["units"]


def test_importing_the_same_register_again_changes_nothing():
    units = build_units(outcome("register-clean.xlsx"))
    plan = compare(units, {unit.key: unit for unit in units})
    assert plan.is_empty
    assert len(plan.unchanged) == len(units)
    assert plan.untouched == ()


def test_good_units_of_the_dirty_register_equal_those_of_the_clean_one():
    clean = {unit.key: unit for unit in build_units(outcome("register-clean.xlsx"))}
    plan = compare(build_units(outcome("register-dirty.xlsx")), clean)
    assert [unit.key for unit in plan.add] == [("9栋", "2单元", "1501")]
    changed = {change.after.rows: change.columns for change in plan.change}
    # Row 909 was given another date along with the other way of writing it.
    assert changed == {(187,): ("exclusive_area",), (909,): ("owners",)}


def test_no_finding_shows_a_full_identity_number_or_phone():
    checked = outcome("register-dirty.xlsx")
    shown = [
        str(part)
        for f in checked.findings
        if f.column in ("id_number", "phone")
        for part in (f.value, *(value for _key, value in f.values))
    ]
    assert shown
    assert all("***" in part for part in shown)
