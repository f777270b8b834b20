"""What every page needs around its content (页面框架): name, place, person, messages, time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_datetime
from markupsafe import Markup
from pyramid.decorator import reify
from pyramid.renderers import get_renderer

from portal import clauses, clock, i18n, law, workflow
from portal.looks import BACKWARD, STATE_KINDS
from portal.rules import area, money
from portal.rules.profile import Profile
from portal.security import lineage, permits

LAYOUT = "skins:default/layout.pt"
MACROS = "skins:default/macros.pt"
MODE_COOKIE = "yitang_mode"


class Layout:
    """Given to every template as ``layout``; it never decides, it only shows."""

    def __init__(self, request: Any, context: Any) -> None:
        self.request = request
        self.context = context

    @property
    def rules(self) -> Profile:
        """The rules of the place the page is about, for the clause of what it says."""
        return law.rules_at(self.context, self.request.registry)

    @property
    def main(self) -> Any:
        """The page macro."""
        return get_renderer(LAYOUT).implementation()

    @property
    def macros(self) -> Any:
        """The component macros."""
        return get_renderer(MACROS).implementation().macros

    @property
    def site_title(self) -> str:
        """The name of the site."""
        return str(self.request.registry.settings["yitang"].title)

    @property
    def lang(self) -> str:
        """The language tag of the page."""
        return "zh-CN" if self.request.locale_name.startswith("zh") else "en"

    @property
    def mode(self) -> str:
        """``elder`` for large print, else empty."""
        account = self.request.account
        wish = account.mode if account is not None else ""
        return wish or ("elder" if self.request.cookies.get(MODE_COOKIE) == "elder" else "")

    @property
    def csrf_token(self) -> str:
        """The token every POST form carries."""
        return self.request.csrf_token

    @reify
    def account(self) -> Any:
        """The person logged in, with ``display_name``, or None."""
        account = self.request.account
        return None if account is None else Person(account, self.request)

    @property
    def breadcrumbs(self) -> list[tuple[str, str]]:
        """The places from the site's home to this page that the person may see."""
        if self.context is None or not hasattr(self.context, "access_rules"):
            return []
        places = [place for place in lineage(self.context) if getattr(place, "title", "")]
        return [
            (self.title_of(place), self.request.resource_url(place))
            for place in reversed(places)
            if permits(place, "content:view", self.request.principals)
        ]

    def title_of(self, place: Any) -> Any:
        """The title of a place; places with a section name are named by the message catalogue."""
        section = getattr(place, "section_name", "")
        if section and section != "site":
            return self.translate(f"section.{section}", place.title)
        return place.title

    def may(self, place: Any, permission: str) -> bool:
        """Say whether the person has a permission on an object."""
        return permits(place, permission, self.request.principals)

    def may_view(self, place: Any) -> bool:
        """Say whether the person may open an object."""
        return self.may(place, "content:view")

    def actor(self, account_id: str) -> str:
        """Return how an actor is named to others: the clock, or the roles held, never a name."""
        if account_id == "system":
            return self.translate("actor.system", "系统")
        if not account_id:  # somebody whose part was forgotten
            return self.translate("actor.person", "业主")
        account = self.request.site.accounts.get(account_id)
        if account is None or account.closed_at is not None:
            return self.translate("actor.gone", "已注销账号")
        roles = sorted({role for role, _ in account.grants})
        return self.listed(self.translate(f"role.{role}") for role in roles) or self.translate(
            "actor.person", "业主"
        )

    @reify
    def nav(self) -> list[tuple[Any, str, str, bool]]:
        """The tab bar: home, votes, messages, mine."""
        path = self.request.path
        tabs = (
            ("nav.home", "/", "house"),
            ("nav.votes", "/votes", "check2-square"),
            ("nav.messages", "/messages", "bell"),
            ("nav.me", "/me", "person"),
        )
        return [
            (
                self.translate(label),
                url,
                icon,
                path == url or (url != "/" and path.startswith(url + "/")),
            )
            for label, url, icon in tabs
        ]

    @property
    def flash(self) -> list[tuple[str, Any]]:
        """Messages of the last act, shown once."""
        session = self.request.session
        # Taking out what is not there would write the cookie anew on every page.
        found = session.pop_flash() if session.peek_flash() else []
        return [(kind, self.translate(text)) for kind, text in found]

    @reify
    def unread(self) -> int:
        """How many messages the person has not opened."""
        account_id = self.request.account_id
        return self.request.site.messages.unread(account_id) if account_id else 0

    @property
    def demo(self) -> bool:
        """Whether this is the demo site, said on every page."""
        return bool(self.request.registry.settings["yitang"].demo)

    @property
    def now_text(self) -> str:
        """The server's time, which decides."""
        return self.time(clock.now())

    def _obstacle(self, item: Any, step: Any) -> dict[str, Any]:
        error = workflow.obstacle(item, step, self.request)
        clause = workflow.clause_of(step, item, self.request)
        if error is None:
            return {"clause": clause}
        text = self.request.localizer.translate(i18n.of_error(error))
        return {"clause": error.clause or clause, "disabled_reason": text}

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

    def static(self, path: str) -> str:
        """Return the address of a file of the skin, looked up once in the life of a process."""
        known, key = self.request.registry.static_addresses, (self.request.script_name, path)
        if key not in known:
            known[key] = self.request.static_path(f"skins:static/{path}")
        return known[key]

    def vendor(self, path: str) -> str:
        """Return the address of an installed front-end file."""
        return self.request.static_path(f"skins:node_modules/{path}")

    def url(self, place: Any, *names: str, **query: str) -> str:
        """Return the address of an object, or of a path of the site such as ``login``."""
        if isinstance(place, str):
            return f"/{place}" + (f"?{urlencode(query)}" if query else "")
        return self.request.resource_path(place, *names, query=query or None)

    @property
    def current_url(self) -> str:
        """The address of this page, to come back to."""
        return str(self.request.path_qs) if self.request.method == "GET" else "/"

    @property
    def place(self) -> str:
        """The name of the community the page is about."""
        return self.community_title(self.context)

    def community_title(self, item: Any) -> str:
        """The name of the community an object lies in, or an empty string."""
        for place in lineage(item):
            if getattr(place, "content_type_name", "") == "community":
                return str(place.title)
        return ""

    def actions(self, item: Any, steps: Any, *extra: dict[str, Any]) -> list[dict[str, Any]]:
        """Return workflow steps, and links beside them, as the ``actions`` macro takes them."""
        found = [
            {
                "name": step.name,
                "title": self.step(item, step.name),
                "url": self.url(item, "step", step.name),
                "kind": "primary" if number == 0 and step.name not in BACKWARD else "secondary",
                "comment": step.comment,
                **self._obstacle(item, step),
            }
            for number, step in enumerate(steps)
        ]
        return [*found, *extra]

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


class Person:
    """The logged-in person as a page shows him or her."""

    def __init__(self, account: Any, request: Any) -> None:
        self.account = account
        self._request = request

    @reify
    def display_name(self) -> str:
        """The person's own name; shown to nobody else."""
        return self._request.own_name

    @property
    def is_staff(self) -> bool:
        """Whether the account belongs to a public body or committee."""
        return self.account.kind == "staff"


def add_layout(event: Any) -> None:
    """Give every template its layout."""
    request = event.get("request")
    if request is not None and getattr(request, "site_available", False):
        event["layout"] = Layout(request, event.get("context"))


def includeme(config: Any) -> None:
    """Give templates the layout."""
    config.registry.static_addresses = {}
    config.add_subscriber(add_layout, "pyramid.events.BeforeRender")
