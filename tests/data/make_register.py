"""Makes registers of any size, the same every time: fictional people, valid check digits.

Run it to write a file: python tests/data/make_register.py 10000 var/register.xlsx
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from stdnum.cn import ric, uscc

PROJECT = "示例花园"
DEVELOPER = "示例置业有限公司"
HEADING = (
    *("项目名称", "楼栋", "单元", "房号", "实际层", "用途", "建筑面积(㎡)", "产权人"),
    *("证件类型", "证件号码", "共有情况", "份额(%)", "手机号码", "登记日期", "面积来源", "备注"),
)
# Counties 99xxxx do not exist, so no number below can belong to anybody.
COUNTY = 990100
ROOMS_PER_FLOOR = 4
FLOORS = 25
ENTRANCES = 2
AREAS = (6833, 8835, 10781, 12006)
DIGITS = "〇一二三四五六七八九"


def resident_id(number: int) -> str:
    """Return the resident ID of the fictional person of a number."""
    born = date(1950, 1, 1) + timedelta(days=number * 37 % 18_000)
    body = f"{COUNTY + number // 18_000:06d}{born:%Y%m%d}{number * 7 % 1000:03d}"
    return body + ric.calc_check_digit(body + "0")


def credit_code(number: int) -> str:
    """Return the credit code of the fictional company of a number."""
    body = f"91990100MA{number:07d}"
    return body + uscc.calc_check_digit(body)


def person(number: int) -> tuple[str, str, str, str]:
    """Return name, kind of document, document and phone of a fictional person."""
    name = "业主" + "".join(DIGITS[int(digit)] for digit in f"{number:05d}")
    return name, "居民身份证", resident_id(number), f"1990{number:07d}"


def rows(units: int, *, seed: int = 1, first: int = 1) -> Iterator[list[Any]]:
    """Yield the lines of a register: one in five units co-owned, one in fifty unsold.

    The people have numbers from ``first`` on.
    """
    chance = random.Random(seed)
    next_person = first
    for index in range(units):
        floor_unit, room = divmod(index, ROOMS_PER_FLOOR)
        entrance_floor, floor = divmod(floor_unit, FLOORS)
        building, entrance = divmod(entrance_floor, ENTRANCES)
        place = [
            PROJECT,
            f"{building + 1}栋",
            f"{entrance + 1}单元",
            f"{floor + 1}{room + 1:02d}",
            floor + 1,
            "住宅",
            AREAS[room] / 100,
        ]
        kind = chance.random()
        if kind < 0.02:
            owner = [
                DEVELOPER,
                "统一社会信用代码",
                credit_code(1),
                "单独所有",
                100,
                "0755-26000000",
            ]
            yield [*place, *owner, "", "实测", "未售"]
            continue
        day = (date(2010, 1, 1) + timedelta(days=chance.randrange(5000))).isoformat()
        shares = [100] if kind < 0.8 else [60, 40]
        how = "单独所有" if len(shares) == 1 else "按份共有"
        for share in shares:
            # One owner in twenty holds a unit already.
            again = next_person > first + 99 and chance.random() < 0.05
            number = (
                chance.randrange(first, first + 99) if again and len(shares) == 1 else next_person
            )
            next_person += number == next_person
            name, id_kind, id_number, phone = person(number)
            yield [*place, name, id_kind, id_number, how, share, phone, day, "不动产登记簿", ""]


def write(path: Path, lines: Iterator[list[Any]], *, heading: tuple[str, ...] = HEADING) -> None:
    """Write lines under a title and a heading as a workbook."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("分户信息")
        sheet.write_string(0, 0, f"{PROJECT}分户及产权人信息表")
        sheet.write_row(1, 0, heading)
        for number, line in enumerate(lines, start=2):
            sheet.write_row(number, 0, line)


if __name__ == "__main__":
    write(Path(sys.argv[2]), rows(int(sys.argv[1])))
