"""Taking personal numbers out of free text (脱敏) before it is logged or sent."""

from __future__ import annotations

import re
import unicodedata

# Letters and digits around a number belong to something else, such as a digest.
_EDGE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_ID_NUMBER = re.compile(_EDGE + r"([1-9]\d{3})\d{2}[ ]?\d{4}[ ]?\d{4}[ ]?(\d{3}[\dXx])" + _END)
_MOBILE = re.compile(_EDGE + r"((?:\+?86[- ]?)?1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})" + _END)
_MAIL = re.compile(r"(?<![\w.+-])([\w+-])[\w.+-]*(@[\w-]+(?:\.[\w-]+)+)")
# Keys whose value is personal whatever it looks like.
PERSONAL_KEYS = frozenset(
    {
        *("name", "full_name", "owner_name", "person_name", "phone", "mobile", "id_number"),
        *("email", "address", "password", "code", "token", "secret", "signature", "bank_account"),
    }
)


def redact(text: str) -> str:
    """Mask mobile numbers, resident ID numbers and e-mail addresses inside a text."""
    text = unicodedata.normalize("NFKC", text) if not text.isascii() and _wide(text) else text
    text = _ID_NUMBER.sub(r"\1**********\2", text)
    text = _MOBILE.sub(r"\1****\2", text)
    return _MAIL.sub(r"\1***\2", text)


def _wide(text: str) -> bool:
    """Say whether a text hides digits or the at sign in full-width forms."""
    return any("\uff10" <= char <= "\uff19" or char == "\uff20" for char in text)
