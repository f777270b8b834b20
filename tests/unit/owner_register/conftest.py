"""Registers of one or a few lines, changed cell by cell."""

import csv
import importlib.util
import io
import json
from datetime import date
from pathlib import Path

import pytest

from content_types.owner_register.check import check_sheet
from content_types.owner_register.sheet import read_sheet

DATA = Path(__file__).resolve().parents[2] / "data"
TODAY = date(2026, 11, 20)

_spec = importlib.util.spec_from_file_location("make_register", DATA / "make_register.py")
make_register = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_register)

PLACE = {"building": "1栋", "entrance": "1单元", "room": "101", "floor": 1, "use": "住宅"}
HEADINGS = {
    "project": "项目名称",
    "building": "楼栋",
    "entrance": "单元",
    "room": "房号",
    "floor": "实际层",
    "use": "用途",
    "exclusive_area": "建筑面积(㎡)",
    "owner_name": "产权人",
    "id_kind": "证件类型",
    "id_number": "证件号码",
    "ownership": "共有情况",
    "share": "份额(%)",
    "phone": "手机号码",
    "registered_on": "登记日期",
    "area_source": "面积来源",
    "note": "备注",
}


def line(number=1, **cells):
    """Return one valid line of a fictional person, with cells replaced."""
    name, kind, id_number, phone = make_register.person(number)
    values = {
        "project": "示例花园",
        **PLACE,
        "exclusive_area": 88.35,
        "owner_name": name,
        "id_kind": kind,
        "id_number": id_number,
        "ownership": "单独所有",
        "share": 100,
        "phone": phone,
        "registered_on": "2019-03-05",
        "area_source": "不动产登记簿",
        "note": "",
    }
    return values | cells


def workbook(tmp_path, lines, headings=HEADINGS, name="r.xlsx"):
    """Write lines to an XLSX file and return its bytes."""
    path = tmp_path / name
    cells = ([one.get(key, "") for key in headings] for one in lines)
    make_register.write(path, cells, heading=list(headings.values()))
    return path.read_bytes()


def csv_bytes(lines, encoding="utf-8-sig", headings=HEADINGS, delimiter=","):
    """Write lines as CSV with the heading in the first line."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(headings.values())
    writer.writerows([one.get(key, "") for key in headings] for one in lines)
    return out.getvalue().encode(encoding)


@pytest.fixture
def check(tmp_path):
    """Return a function that checks lines and gives the outcome."""

    def run(*lines, **known):
        return check_sheet(read_sheet(workbook(tmp_path, lines)), TODAY, **known)

    return run


@pytest.fixture(scope="session")
def facts():
    return json.loads((DATA / "register-facts.json").read_text("utf-8"))


def rules(outcome):
    """Return the findings as (row, column, rule)."""
    return [(f.row, f.column, f.rule) for f in outcome.findings]
