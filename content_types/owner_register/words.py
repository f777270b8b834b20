"""The words a register may use and the identifiers they mean (用语表)."""

from __future__ import annotations

# Use of a unit (用途).
USES: dict[str, str] = {
    "住宅": "dwelling",
    "普通住宅": "dwelling",
    "成套住宅": "dwelling",
    "公寓": "dwelling",
    "别墅": "dwelling",
    "商业": "shop",
    "商铺": "shop",
    "商业服务": "shop",
    "店铺": "shop",
    "办公": "office",
    "写字楼": "office",
    "车库": "garage",
    "车位": "parking_space",
    "停车位": "parking_space",
    "储藏室": "storage",
    "储藏间": "storage",
    "仓库": "storage",
    "公共设备间": "equipment_room",
    "设备间": "equipment_room",
    "设备用房": "equipment_room",
    "人防工程": "civil_defence",
    "人防": "civil_defence",
    "其他": "other",
}

# Kind of identity document (证件类型).
ID_KINDS: dict[str, str] = {
    "居民身份证": "resident_id",
    "身份证": "resident_id",
    "二代身份证": "resident_id",
    "港澳台居民居住证": "resident_id",
    "统一社会信用代码": "credit_code",
    "营业执照": "credit_code",
    "统一社会信用代码证": "credit_code",
    "护照": "passport",
    "港澳居民来往内地通行证": "hong_kong_macau_permit",
    "港澳通行证": "hong_kong_macau_permit",
    "回乡证": "hong_kong_macau_permit",
    "台湾居民来往大陆通行证": "taiwan_permit",
    "台胞证": "taiwan_permit",
    "军官证": "military_id",
    "士兵证": "military_id",
    "外国人永久居留身份证": "permanent_resident_id",
    "外国人永久居留证": "permanent_resident_id",
}

# How a unit is held (共有情况).
OWNERSHIPS: dict[str, str] = {
    "单独所有": "sole",
    "单独": "sole",
    "独有": "sole",
    "按份共有": "by_shares",
    "共同共有": "joint",
}

# Where an area comes from, best first: title register, survey, contract (CN-I8).
AREA_SOURCES: dict[str, str] = {
    "不动产登记簿": "title_register",
    "不动产权证": "title_register",
    "房产证": "title_register",
    "产权证": "title_register",
    "实测": "survey",
    "实测报告": "survey",
    "测绘报告": "survey",
    "购房合同": "purchase_contract",
    "买卖合同": "purchase_contract",
    "合同": "purchase_contract",
}

TOTAL_WORDS = ("合计", "总计", "小计", "共计", "累计", "total")
UNSOLD_WORDS = ("未售", "未交付")
