"""Messages (文案): dotted ids, Chinese first, English second."""

from __future__ import annotations

from typing import Any

from pyramid.i18n import TranslationString, TranslationStringFactory

from portal.errors import PortalError
from portal.rules.errors import RuleError

DOMAIN = "portal"
LANGUAGES = {"zh_CN": "中文", "en": "English"}
COOKIE = "yitang_lang"

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


def of_error(error: PortalError | RuleError) -> TranslationString:
    """Return the message of a user error."""
    return message(error.message_id, **error.values)


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
