"""Masking of personal data on display (脱敏); who may see more is not decided here."""

import re

STAR = "*"
_LONG_DOCUMENT = 8
_RESIDENT_ID = 18
_COMPANY_STAYS = 4

# Surnames of two characters that are still in use, one after the other.
_PAIRS = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶"
    "太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良"
    "漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生梁丘左丘东门西门南荣"
    "第五歐陽司馬諸葛東方尉遲"
)
COMPOUND_SURNAMES = frozenset(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))


def mask_name(name: str) -> str:
    """Mask a person's name: 张* for two characters, 张*丰 for more, 欧阳** with such a surname."""
    if name.isascii():
        return " ".join(word[0] + STAR * 3 for word in name.split())
    name = "".join(name.split())
    for separator in "·•・":
        if separator in name:
            first = name.split(separator)[0]
            return first[0] + STAR * (len(first) - 1) + separator + STAR * 2
    given = name[2:] if name[:2] in COMPOUND_SURNAMES else name[1:]
    surname = name.removesuffix(given)
    if not given:
        surname, given = name[:-1], name[-1:]
    if len(surname) > 1 or len(given) == 1:
        return surname + STAR * len(given)
    return surname + STAR * (len(given) - 1) + given[-1]


def mask_company(name: str) -> str:
    """Mask the name of an organisation: its first four characters tell which it is."""
    return name[:_COMPANY_STAYS] + STAR * 3


def mask_phone(number: str) -> str:
    """Mask a mobile as 138****5678 and a landline as 0755-****1234."""
    digits = re.sub(r"\D", "", number)
    if re.fullmatch(r"(?:86)?1\d{10}", digits):
        return f"{digits[-11:-8]}****{digits[-4:]}"
    landline = re.fullmatch(r"\s*(0\d{2,3})\D*\d{3,4}(\d{4})\D*", number)
    if landline:
        return f"{landline[1]}-****{landline[2]}"
    return STAR * len(digits)


def mask_resident_id(number: str, *, public: bool = False) -> str:
    """Mask a resident ID as 4403**********1234, in public lists as 44****************."""
    number = "".join(number.split())
    if len(number) != _RESIDENT_ID:
        return mask_document(number)
    return number[:2] + STAR * 16 if public else number[:4] + STAR * 10 + number[-4:]


def mask_document(number: str) -> str:
    """Mask any other document number, keeping the first one or two and the last two characters."""
    number = "".join(number.split())
    head = 2 if len(number) >= _LONG_DOCUMENT else 1
    hidden = len(number) - head - 2
    return number[:head] + STAR * hidden + number[-2:] if hidden > 1 else STAR * len(number)


def mask_email(address: str) -> str:
    """Mask an e-mail address as z***@example.cn."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local[:1]}***{at}{domain}" if local else STAR * 3
