"""Each rule at both edges: what is taken, what is corrected, what is refused."""

from datetime import date, datetime
from fractions import Fraction

import pytest

from content_types.owner_register import masked, normalise
from content_types.owner_register.plan import build_units

from .conftest import line, make_register, rules

OK = []


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ({"building": 1}, "1栋"),
        ({"building": "01"}, "1栋"),
        ({"building": "１栋"}, "1栋"),
        ({"entrance": 2}, "2单元"),
        ({"room": 302}, "302"),
        ({"room": "302室"}, "302"),
        ({"room": "Ａ302"}, "A302"),
        ({"floor": "3层"}, 3),
        ({"floor": "B1"}, -1),
        ({"floor": "负一"}, -1),
        ({"floor": "十二层"}, 12),
        ({"exclusive_area": "107.81㎡"}, 10781),
        ({"exclusive_area": "1,107.81 平方米"}, 110781),
        ({"exclusive_area": "１０７.8"}, 10780),
        ({"exclusive_area": 88.345}, 8835),
        ({"phone": "199-0000-0001"}, "19900000001"),
        ({"phone": "+86 199 0000 0001"}, "19900000001"),
        ({"phone": 19900000001}, "19900000001"),
        ({"phone": "0755 2600 1234"}, "0755-26001234"),
        ({"phone": "+852 9123 4567"}, "+85291234567"),
        ({"registered_on": "2019/3/5"}, date(2019, 3, 5)),
        ({"registered_on": "2019年3月5日"}, date(2019, 3, 5)),
        ({"registered_on": "2019.3.5"}, date(2019, 3, 5)),
        ({"registered_on": 20190305}, date(2019, 3, 5)),
        ({"registered_on": 43529}, date(2019, 3, 5)),
        ({"share": "100%"}, Fraction(1)),
        ({"owner_name": " 业 主 "}, "业主"),
    ],
)
def test_ways_of_writing_are_brought_to_one_form_and_said(check, cell, value):
    outcome = check(line(**cell))
    (column,) = cell
    assert rules(outcome) == [(3, column, "cell.normalised")]
    assert getattr(outcome.units[0][0], column) == value


@pytest.mark.parametrize(
    "cell",
    [
        {"building": "A座"},
        {"building": "1号楼"},
        {"entrance": ""},
        {"floor": ""},
        {"floor": -1},
        {"exclusive_area": "88.35"},
        {"exclusive_area": 68.35000000000001},
        {"phone": ""},
        {"phone": "0755-26001234"},
        {"registered_on": ""},
        {"registered_on": "2026-11-20"},
        {"use": "人防工程"},
        {"area_source": ""},
        {"owner_name": "示例（深圳）有限公司", "id_kind": "护照", "id_number": "E12345678"},
    ],
)
def test_correct_cells_pass_without_a_word(check, cell):
    assert rules(check(line(**cell))) == OK


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ({"building": ""}, "cell.required"),
        ({"room": " "}, "cell.required"),
        ({"use": ""}, "cell.required"),
        ({"owner_name": ""}, "cell.required"),
        ({"id_kind": ""}, "cell.required"),
        ({"id_number": ""}, "cell.required"),
        ({"exclusive_area": ""}, "cell.required"),
        ({"exclusive_area": 0}, "area.not_positive"),
        ({"exclusive_area": -88.37}, "area.not_positive"),
        ({"exclusive_area": "约90"}, "area.unreadable"),
        ({"exclusive_area": "nan"}, "area.unreadable"),
        ({"exclusive_area": "1e9999999"}, "area.unreadable"),
        ({"id_kind": "学生证"}, "id_kind.unknown"),
        ({"id_number": 440307197312091146}, "id_number.as_number"),
        ({"id_number": "4.40307E+17"}, "id_number.as_number"),
        ({"id_number": "12345"}, "id_number.form"),
        ({"phone": "1384992938"}, "phone.form"),
        ({"phone": "138000000001"}, "phone.form"),
        ({"phone": "13800000000/13900000000"}, "phone.form"),
        ({"registered_on": "2026-11-21"}, "registered_on.future"),
        ({"registered_on": "2019-02-30"}, "registered_on.unreadable"),
        ({"registered_on": "去年"}, "registered_on.unreadable"),
        ({"share": "一半"}, "share.unreadable"),
        ({"share": "1/0"}, "share.unreadable"),
        ({"share": 0}, "share.unreadable"),
        ({"share": 120}, "share.unreadable"),
        ({"share": 60}, "share.sum"),
        ({"note": "长" * 201}, "cell.too_long"),
    ],
)
def test_wrong_cells_are_refused_with_the_rule(check, cell, rule):
    outcome = check(line(**cell))
    (column,) = cell
    assert rules(outcome) == [(3, column, rule)]
    assert outcome.units == ()
    assert outcome.refused_units == 1


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ({"use": "棋牌室"}, "use.unknown"),
        ({"floor": "阁楼"}, "floor.unreadable"),
        ({"area_source": "听说"}, "area_source.unknown"),
        ({"ownership": "租用"}, "ownership.unknown"),
    ],
)
def test_doubtful_cells_warn_and_the_unit_is_taken(check, cell, rule):
    outcome = check(line(**cell))
    (column,) = cell
    assert rules(outcome) == [(3, column, rule)]
    assert len(outcome.units) == 1


def test_a_date_cell_of_excel_is_a_date():
    assert normalise.day(datetime(2019, 3, 5)) == (date(2019, 3, 5), True)  # noqa: DTZ001


@pytest.mark.parametrize("place", range(17))
def test_any_one_wrong_digit_in_an_identity_number_is_found(place):
    good = make_register.resident_id(7)
    digit = str((int(good[place]) + 1) % 10)
    with pytest.raises(normalise.Unreadable):
        normalise.id_number(good[:place] + digit + good[place + 1 :], "resident_id")
    assert normalise.id_number(good, "resident_id") == (good, False)


def test_impossible_birth_date_is_told_apart_from_a_wrong_check_digit(check):
    from stdnum.cn import ric

    body = "99010019471345169"
    number = body + ric.calc_check_digit(body + "0")
    assert rules(check(line(id_number=number))) == [(3, "id_number", "id_number.birth_date")]
    born = "99010020261121169"
    unborn = born + ric.calc_check_digit(born + "0")
    assert rules(check(line(id_number=unborn))) == [(3, "id_number", "id_number.birth_date")]


def test_identity_number_of_fifteen_digits_is_completed_with_a_warning(check):
    outcome = check(line(id_number="990100470305169"))
    assert "id_number.first_generation" in {r for _n, _c, r in rules(outcome)}
    assert outcome.units[0][0].id_number[:17] == "99010019470305169"


def test_wrong_credit_code_is_refused(check):
    good = make_register.credit_code(3)
    company = {"owner_name": "示例有限公司", "id_kind": "统一社会信用代码"}
    assert rules(check(line(**company, id_number=good))) == OK
    wrong = good[:-1] + ("A" if good[-1] != "A" else "B")
    assert rules(check(line(**company, id_number=wrong))) == [
        (3, "id_number", "id_number.check_digit")
    ]


@pytest.mark.clause("BJ-G2.3")
@pytest.mark.parametrize(
    ("word", "use"),
    [
        ("住宅", "dwelling"),
        ("车库", "garage"),
        ("公共设备间", "equipment_room"),
        ("人防工程", "civil_defence"),
    ],
)
def test_each_unit_has_a_use(check, word, use):
    (unit,) = build_units(check(line(use=word)))
    assert unit.use == use


@pytest.mark.clause("CN-I8")
@pytest.mark.parametrize(
    ("word", "source"),
    [
        ("不动产登记簿", "title_register"),
        ("实测", "survey"),
        ("购房合同", "purchase_contract"),
        ("", "unknown"),
    ],
)
def test_each_area_carries_its_source(check, word, source):
    (unit,) = build_units(check(line(area_source=word)))
    assert unit.area_source == source


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("owner_name", "张三", "张*"),
        ("owner_name", "张三丰", "张*丰"),
        ("owner_name", "欧阳修文", "欧阳**"),
        ("phone", "13812345678", "138****5678"),
        ("phone", "0755-26001234", "0755-****1234"),
        ("id_number", "440307197312091146", "4403**********1146"),
        ("id_number", "E26583801", "E2*****01"),
        ("room", "302", "302"),
    ],
)
def test_personal_cells_are_shown_masked(column, value, shown):
    assert masked.mask(column, value) == shown
