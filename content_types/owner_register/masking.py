"""Masked forms of personal values for display (脱敏)."""

from __future__ import annotations

import re

# Surnames of two characters, each pair one.
_COMPOUND = frozenset(
    (
        "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶"
        "太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空令狐轩辕呼延"
    )[start : start + 2]
    for start in range(0, 68, 2)
)
_ORGANISATION = re.compile(
    "公司|集团|中心|委员会|银行|学校|医院|事务所|合作社|商行|政府|局$|厂$|店$"
)


def mask_name(name: str) -> str:
    """Mask a person's name (张*丰, 欧阳**); the name of an organisation is public."""
    name = name.strip()
    if len(name) < 2 or _ORGANISATION.search(name):  # noqa: PLR2004 - one character hides nothing.
        return name if len(name) > 1 else "*" * len(name)
    if len(name) > 2 and name[:2] in _COMPOUND:  # noqa: PLR2004 - surname of two characters.
        return name[:2] + "*" * (len(name) - 2)
    if len(name) == 2:  # noqa: PLR2004 - surname and one character.
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_number(number: str) -> str:
    """Mask an identity number: 4403**********1234; other documents keep 2 and 2."""
    number = number.strip()
    if len(number) >= 15 and number[:6].isdigit():  # noqa: PLR2004 - a resident ID.
        return number[:4] + "*" * (len(number) - 8) + number[-4:]
    if len(number) > 4:  # noqa: PLR2004 - two and two remain.
        return number[:2] + "*" * (len(number) - 4) + number[-2:]
    return "*" * len(number)


def mask_phone(phone: str) -> str:
    """Mask a phone: 138****5678, 0755-****1234."""
    phone = phone.strip()
    if phone.startswith("0") and "-" in phone:
        area, rest = phone.split("-", 1)
        return f"{area}-{'*' * max(len(rest) - 4, 0)}{rest[-4:]}"
    if len(phone) > 7:  # noqa: PLR2004 - three and four remain.
        return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
    return "*" * len(phone)


_MASKS = {"owner_name": mask_name, "id_number": mask_number, "phone": mask_phone}


def mask(column: str, value: str) -> str:
    """Mask a cell if its column is personal, else return it."""
    masker = _MASKS.get(column)
    return masker(value) if masker else value
