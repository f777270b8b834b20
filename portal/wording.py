"""How things are said in the language of the page (用语): messages, clauses, times, amounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time, timedelta
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_datetime
from markupsafe import Markup

from portal import clauses, clock, i18n
from portal.looks import STATE_KINDS
from portal.rules import area, money


class Wording:
    """What a request reads in its own language."""

    def __init__(self, request: Any) -> None:
        self.request = request

    @property
    def lang(self) -> str:
        """The language tag of the page."""
        return "zh-CN" if self.request.locale_name.startswith("zh") else "en"

    def translate(self, message_id: str, default: str = "", **values: Any) -> str:
        """Return a message in the page's language."""
        return self.request.localizer.translate(i18n.message(message_id, default, **values))

    def clause(self, code: str | None) -> Markup:
        """Return the chip of a clause, which leads to the page that explains it."""
        return clauses.chip(code or "", self.translate)

    def clause_words(self, code: str) -> str:
        """Return source and article of a clause, where no link may stand."""
        return clauses.words(code, self.translate)

    def listed(self, parts: Iterable[str]) -> str:
        """Return words joined as the page's language lists them."""
        return ("、" if self.lang == "zh-CN" else ", ").join(parts)

    def together(self, *parts: str) -> str:
        """Return what belongs together, with the comma of the page's language."""
        return ("，" if self.lang == "zh-CN" else ", ").join(part for part in parts if part)

    def time(self, instant: Any) -> str:
        """Return an instant as date and time in Asia/Shanghai."""
        if instant is None:
            return ""
        pattern = "yyyy年M月d日 HH:mm" if self.lang == "zh-CN" else "d MMM yyyy HH:mm"
        local = clock.local(instant)
        return str(format_datetime(local, pattern, locale=_locale(self.lang)))

    def until(self, instant: Any) -> str:
        """Return the end of a term; midnight is shown as 24:00 of the day that is still in it."""
        if instant is None or clock.local(instant).time() != time():
            return self.time(instant)
        return f"{self.date(instant - timedelta(minutes=1))} 24:00"

    def date(self, day: Any) -> str:
        """Return a date; an instant is shown as its day in Asia/Shanghai."""
        if day is None:
            return ""
        if hasattr(day, "tzinfo"):
            day = clock.local(day).date()
        return i18n.day_text(day, self.lang)

    def left(self, instant: Any) -> str:
        """Return how much time is left until an instant, or how long ago it was."""
        seconds = int((instant - clock.now()).total_seconds())
        days, rest = divmod(abs(seconds), 86_400)
        hours, rest = divmod(rest, 3_600)
        key = "time.left" if seconds >= 0 else "time.ago"
        if days:
            unit = "days" if hours else "whole_days"
            return self.translate(f"{key}_{unit}", days=days, hours=hours)
        return self.translate(f"{key}_hours", hours=hours, minutes=rest // 60)

    def area(self, hundredths: int) -> str:
        """Return an area with its unit."""
        return f"{area.format_area(hundredths)} ㎡"

    def shown(self, name: str, value: Any) -> Any:
        """Return a kept field value as people read it: amounts in 元."""
        return self.money(value) if name.endswith("_fen") and isinstance(value, int) else value

    def money(self, fen: int) -> str:
        """Return an amount with its unit."""
        return f"¥{money.format_amount(fen)}"

    def state(self, item: Any) -> str:
        """Return the name of an object's workflow state."""
        if not item.workflow_name:
            return ""
        return self.translate(f"workflow.{item.workflow_name}.{item.workflow_state}")

    def chip(self, item: Any) -> str:
        """Return how the chip of an object's state looks; the word always stands in it."""
        return STATE_KINDS.get(item.workflow_state, "waiting")

    def step(self, item: Any, name: str) -> str:
        """Return the name of a transition."""
        return self.translate(f"workflow.{item.workflow_name}.{name}")


@cache
def _locale(tag: str) -> Locale:
    # Babel looks through its folder of locales whenever it is given a name.
    return Locale.parse(tag, sep="-")
