"""The columns of a register sheet and the words people use for them (名册列)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its identifier, its headings (the first is ours) and what it holds."""

    key: str
    headings: tuple[str, ...]
    required: bool = False
    personal: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("project", ("项目名称", "项目", "小区名称", "小区")),
    Column("building", ("楼栋", "楼幢", "楼号", "栋号", "幢号", "楼栋号", "楼幢号"), required=True),
    Column("entrance", ("单元", "单元号")),
    Column("room", ("房号", "室号", "房间号", "户号"), required=True),
    Column("floor", ("实际层", "实际楼层", "所在层", "楼层")),
    Column("use", ("用途", "房屋用途", "规划用途"), required=True),
    Column(
        "exclusive_area",
        ("建筑面积", "专有部分面积", "专有部分建筑面积", "专有面积", "面积"),
        required=True,
    ),
    Column(
        "owner_name",
        ("产权人", "产权人姓名", "业主", "业主姓名", "权利人", "权利人姓名"),
        required=True,
        personal=True,
    ),
    Column("id_kind", ("证件类型", "证件种类"), required=True),
    Column("id_number", ("证件号码", "证件号", "证件编号"), required=True, personal=True),
    Column("ownership", ("共有情况", "共有方式")),
    Column("share", ("份额", "共有份额", "产权份额"), required=True),
    Column("phone", ("手机号码", "手机号", "手机", "联系电话", "电话"), personal=True),
    Column("registered_on", ("登记日期", "登记时间", "产权登记日期")),
    Column("area_source", ("面积来源",)),
    Column("note", ("备注", "说明")),
)

BY_KEY = {column.key: column for column in COLUMNS}
INDEX = {column.key: position for position, column in enumerate(COLUMNS)}


def heading_key(value: object) -> str:
    """Reduce a heading to what tells it apart: no spaces, width, unit in brackets or mark."""
    text = "".join(unicodedata.normalize("NFKC", str(value)).split())
    return text.split("(", 1)[0].strip("*:")


_BY_HEADING = {
    heading_key(heading): column.key for column in COLUMNS for heading in column.headings
}


def recognise(value: object) -> str:
    """Return the identifier of the column a heading means, or an empty string."""
    return _BY_HEADING.get(heading_key(value), "")
