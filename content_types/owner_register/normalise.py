"""Bringing the ways people write a cell to one form (规范化); pure functions.

Each reader returns ``(clean value, changed)`` and raises ``Unreadable`` with a rule of
``findings.RULES``. ``changed`` is true when a person would see a difference.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import phonenumbers
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

MAX_TEXT = 200
CENTI = Decimal("0.01")
_PERCENT = 100
_FIRST_GENERATION_LENGTH = 15

# Excel counts days from here (its 1900 has a leap day that never was).
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_FIRST, _EXCEL_LAST = 18_264, 73_050  # 1950-01-01 to 2099-12-31

_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# In names the brackets stay as wide as the licence prints them; letters and digits do not.
_WIDE_ALPHANUMERIC = {w: n for w, n in _WIDE.items() if chr(n).isalnum() or n == 0x20}
_DIGITS = "零一二三四五六七八九"


class Unreadable(ValueError):
    """A cell that cannot be taken; ``rule`` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def plain(value: Any) -> str:
    """Return a cell as text without changing it, numbers without a needless ``.0``."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def text(value: Any, *, codes: bool = False) -> tuple[str, bool]:
    """Trim, join spaces and narrow wide characters; in codes punctuation is narrowed too."""
    raw = plain(value)
    clean = " ".join(raw.translate(_WIDE if codes else _WIDE_ALPHANUMERIC).split())
    # Printable says no to rare characters newer than Python, so only then each one is asked.
    if len(clean) > MAX_TEXT or not (
        clean.isprintable() or not any(unicodedata.category(c) in ("Cc", "Cs") for c in clean)
    ):
        raise Unreadable("cell.too_long")
    return clean, clean != raw


def name(value: Any) -> tuple[str, bool]:
    """Read a person's or organisation's name; spaces between Chinese characters go."""
    clean, _changed = text(value)
    clean = re.sub(r"(?<=[\u4e00-\u9fff·]) (?=[\u4e00-\u9fff·])", "", clean)
    return clean, clean != plain(value)


def chinese_number(word: str) -> int | None:
    """Read 1 to 99 in Chinese (二十三) or Arabic digits; None if it is neither."""
    if word.isascii() and word.isdigit():
        return int(word)
    found = re.fullmatch("([一二三四五六七八九])?(十)?([一二三四五六七八九])?", word)
    if not found or not word:
        return None
    tens, ten, ones = found.groups()
    if not ten:
        return _DIGITS.index(word) if len(word) == 1 else None
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


_PLACE = re.compile(r"第?([0-9一二三四五六七八九十]+)(#楼|号楼|栋楼|栋|幢|号|座|楼|#|单元|门)?")


def place(value: Any, suffix: str) -> tuple[str, str, bool]:
    """Read a building or entrance: ``(key, name, changed)``.

    The key is equal for 1栋, 1号楼, 01幢, 一栋 and a bare 1; the name keeps the file's word and
    gives a bare number the suffix.
    """
    clean, changed = text(value, codes=True)
    clean = clean.replace(" ", "")
    found = _PLACE.fullmatch(clean)
    number = chinese_number(found[1]) if found else None
    if found is None or number is None:
        return clean.upper(), clean, changed or clean != plain(value)
    if not found[2]:
        return str(number), f"{number}{suffix}", True
    return str(number), clean, clean != plain(value)


def room(value: Any) -> tuple[str, bool]:
    """Read a room number: text, without 室 or 房; a number cell loses its decimals."""
    clean, changed = text(value, codes=True)
    short = re.sub(r"(室|房|号房|号)$", "", clean.replace(" ", "")).upper()
    if re.fullmatch(r"\d+\.0+", short):
        short = short.split(".")[0]
    return short, changed or short != clean or not isinstance(value, str)


def floor(value: Any) -> tuple[int | None, bool]:
    """Read a floor as a whole number, basements negative (B1, 负一); empty is None."""
    clean, _changed = text(value, codes=True)
    if not clean:
        return None, False
    found = re.fullmatch(
        r"(-|B|负|地下)?第?([0-9一二三四五六七八九十]+)(?:\.0+)?(层|F|楼)?", clean.upper()
    )
    number = chinese_number(found[2]) if found else None
    if found is None or number is None:
        raise Unreadable("floor.unreadable")
    return (-number if found[1] else number), clean not in (str(number), f"-{number}")


def area(value: Any) -> tuple[int, bool]:
    """Read an area in m² as whole hundredths (0.01 m²)."""
    if isinstance(value, (bool, date, datetime)):
        raise Unreadable("area.unreadable")
    clean, _changed = text(value, codes=True)
    bare = re.sub(r"(㎡|m2|m²|M2|平方米|平米|平方)$", "", clean).replace(",", "").strip()
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?(E-?\d+)?", bare.upper()):
        raise Unreadable("area.unreadable")
    try:
        exact = Decimal(bare)
        rounded = exact.quantize(CENTI, ROUND_HALF_UP)
    except InvalidOperation as error:
        raise Unreadable("area.unreadable") from error
    if rounded <= 0:
        raise Unreadable("area.not_positive")
    # A spreadsheet's 68.35000000000001 is 68.35; a third decimal that means something is shown.
    meant = abs(exact - rounded) > Decimal("0.000001")
    return int(rounded * _PERCENT), meant or bare != plain(value)


def share(value: Any) -> tuple[Fraction | None, bool]:
    """Read a share in per cent (50, 50%, 1/2) as a fraction of the unit; empty is None."""
    if isinstance(value, (bool, date, datetime)):
        raise Unreadable("share.unreadable")
    clean, _changed = text(value, codes=True)
    bare = clean.rstrip("%").replace(" ", "")
    if not bare:
        return None, False
    try:
        if re.fullmatch(r"\d{1,9}/\d{1,9}", bare):
            result = Fraction(bare)
        elif re.fullmatch(r"\d{1,9}(\.\d{1,9})?", bare):
            result = Fraction(Fraction(bare), _PERCENT)
        else:
            raise Unreadable("share.unreadable")
    except ZeroDivisionError as error:
        raise Unreadable("share.unreadable") from error
    if not 0 < result <= 1:
        raise Unreadable("share.unreadable")
    return result, bare != plain(value)


def id_number(value: Any, kind: str) -> tuple[str, bool]:
    """Read an identity number and prove its check digit and birth date."""
    if isinstance(value, (int, float)) and kind in ("resident_id", "credit_code"):
        # A number cell keeps 15 digits only; the rest is already lost.
        raise Unreadable("id_number.as_number")
    clean, _changed = text(value, codes=True)
    clean = re.sub(r"[\s\-]", "", clean).upper()
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", clean):
        raise Unreadable("id_number.as_number")
    if kind == "resident_id":
        clean = _resident_id(clean)
    elif kind == "credit_code":
        _credit_code(clean)
    elif not re.fullmatch(r"[A-Z0-9\u4e00-\u9fff()]{5,24}", clean):
        raise Unreadable("id_number.form")
    return clean, clean != plain(value)


def _resident_id(number: str) -> str:
    if len(number) == _FIRST_GENERATION_LENGTH and number.isascii() and number.isdigit():
        longer = f"{number[:6]}19{number[6:]}0"
        number = longer[:-1] + ric.calc_check_digit(longer)
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number, re.ASCII):
        raise Unreadable("id_number.form")
    # The library also compares the county with its own list, which refuses many valid numbers.
    try:
        born = birth_date(number)
    except ValueError as error:
        raise Unreadable("id_number.birth_date") from error
    if born.year < 1880:
        raise Unreadable("id_number.birth_date")
    if number[-1] != ric.calc_check_digit(number):
        raise Unreadable("id_number.check_digit")
    return number


def _credit_code(number: str) -> None:
    try:
        uscc.validate(number)
    except ValidationError as error:
        known = re.fullmatch(r"[0-9A-Z]{18}", number, re.ASCII)
        raise Unreadable("id_number.check_digit" if known else "id_number.form") from error


def birth_date(number: str) -> date:
    """Return the birth date inside a resident ID; raises ValueError for an impossible one."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def is_first_generation(value: Any) -> bool:
    """Say whether a resident ID is written in the old form of 15 digits."""
    digits = re.sub(r"\D", "", text(value, codes=True)[0])
    return len(digits) == _FIRST_GENERATION_LENGTH


_LANDLINE = re.compile(r"0\d{2,3}-[2-9]\d{6,7}(-\d{1,6})?", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)


def phone(value: Any) -> tuple[str, bool]:
    """Read a mobile (11 digits), a landline (0755-26001234) or a foreign number (+852…)."""
    clean, _changed = text(value, codes=True)
    if not clean:
        return "", False
    if _LANDLINE.fullmatch(clean) or _MOBILE.fullmatch(clean):
        return clean, clean != plain(value) or not isinstance(value, str)
    digits = re.sub(r"[\s\-().]", "", clean)
    mobile = re.sub(r"^(\+86|0086|86)(?=1[3-9]\d{9}$)", "", digits)
    if _MOBILE.fullmatch(mobile):
        return mobile, True
    if not re.fullmatch(r"(\+|00|0)\d{7,18}", digits, re.ASCII):
        raise Unreadable("phone.form")
    try:
        number = phonenumbers.parse(re.sub("^00", "+", digits), "CN")
    except phonenumbers.NumberParseException as error:
        raise Unreadable("phone.form") from error
    if not phonenumbers.is_valid_number(number):
        raise Unreadable("phone.form")
    if number.country_code == 86:
        national = str(number.national_number)
        area_length = phonenumbers.length_of_geographical_area_code(number)
        return f"0{national[:area_length]}-{national[area_length:]}", True
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return shown, shown != plain(value)


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0?0:00(?::00)?)?")


def day(value: Any) -> tuple[date | None, bool]:
    """Read a date: 2019-03-05, 2019/3/5, 2019年3月5日, 20190305 or a date cell."""
    if isinstance(value, datetime):
        return value.date(), True
    if isinstance(value, date):
        return value, True
    clean, _changed = text(value, codes=True)
    if not clean:
        return None, False
    found = _DATE.fullmatch(clean) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", clean)
    if found:
        try:
            result = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError as error:
            raise Unreadable("registered_on.unreadable") from error
        return result, result.isoformat() != plain(value)
    if clean.isascii() and clean.isdigit() and _EXCEL_FIRST <= int(clean) <= _EXCEL_LAST:
        return _EXCEL_EPOCH + timedelta(days=int(clean)), True
    raise Unreadable("registered_on.unreadable")
