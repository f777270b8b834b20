"""Messages (文案): dotted ids, Chinese first, English second."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from babel.dates import format_date
from pyramid.i18n import TranslationString, TranslationStringFactory

from portal.errors import PortalError
from portal.rules.errors import RuleError

DOMAIN = "portal"
LANGUAGES = {"zh_CN": "中文", "en": "English"}
COOKIE = "yitang_lang"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

_ = TranslationStringFactory(DOMAIN)


def message(message_id: str, default: str = "", **values: Any) -> TranslationString:
    """Return a translatable message with its values."""
    shown = {key: _shown(value) for key, value in values.items()}
    return TranslationString(message_id, domain=DOMAIN, default=default or None, mapping=shown)


def reason_code(error: Any) -> str:
    """Return the machine's name of a refusal, the same on pages and in the API.

    The codes of the law stand in ``portal.rules.vocabulary``; others are ids of messages.
    """
    return str(error.message_id).removeprefix("refusal.")


class DatedMessage(TranslationString):
    """A message whose ISO dates are shown as its language writes them."""

    def interpolate(self, translated: str | None = None) -> str:
        """Fill the places of the translated text."""
        text = self if translated is None else translated
        language = "zh_CN" if _HAN.search(text) else "en"
        for key, value in (self.mapping or {}).items():
            if _ISO_DATE.fullmatch(str(value)):
                shown = day_text(date.fromisoformat(str(value)), language)
                text = text.replace(f"${{{key}}}", shown)
        return str(super().interpolate(text))


def day_text(day: date, language: str) -> str:
    """Return a date as a language writes it."""
    pattern = "yyyy年M月d日" if language.startswith("zh") else "d MMM yyyy"
    return str(format_date(day, pattern, locale="zh_CN" if language.startswith("zh") else "en"))


def of_error(error: PortalError | RuleError) -> TranslationString:
    """Return the message of a user error."""
    shown = {key: _shown(value) for key, value in error.values.items()}
    return DatedMessage(error.message_id, domain=DOMAIN, mapping=shown)


def negotiate(request: Any) -> str:
    """Choose the language: account, then cookie, then the browser, then Chinese."""
    account = getattr(request, "account", None)
    for wish in (
        getattr(account, "language", "") if account is not None else "",
        request.cookies.get(COOKIE, ""),
    ):
        if wish in LANGUAGES:
            return str(wish)
    offered = [("zh-cn", "zh_CN"), ("zh", "zh_CN"), ("en", "en")]
    best = request.accept_language.lookup([tag for tag, _ in offered], default="zh-cn")
    return dict(offered).get(best, "zh_CN")


def _shown(value: Any) -> Any:
    return value if isinstance(value, str | int | TranslationString) else str(value)
