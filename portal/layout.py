"""What every page needs around its content (页面框架): name, place, person, messages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from pyramid.decorator import reify
from pyramid.renderers import get_renderer

from portal import clock, i18n, law, workflow
from portal.looks import BACKWARD
from portal.rules.profile import Profile
from portal.security import lineage, permits
from portal.wording import Wording

LAYOUT = "skins:default/layout.pt"
MACROS = "skins:default/macros.pt"
MODE_COOKIE = "yitang_mode"


class Layout(Wording):
    """Given to every template as ``layout``; it never decides, it only shows."""

    def __init__(self, request: Any, context: Any) -> None:
        super().__init__(request)
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
    def mode(self) -> str:
        """``elder`` for large print, else empty."""
        account = self.request.account
        wish = account.mode if account is not None else ""
        return wish or ("elder" if self.request.cookies.get(MODE_COOKIE) == "elder" else "")

    @property
    def csrf_token(self) -> str:
        """The token every POST form carries."""
        return self.request.csrf_token

    @property
    def account(self) -> Any:
        """The account logged in, or None."""
        return self.request.account

    @property
    def own_name(self) -> str:
        """The name of the person logged in; shown to nobody else."""
        return str(self.request.own_name)

    @property
    def breadcrumbs(self) -> list[tuple[str, str]]:
        """The places from the site's home to this page that the person may see."""
        if self.context is None or not hasattr(self.context, "access_rules"):
            return []
        places = [place for place in lineage(self.context) if getattr(place, "title", "")]
        return [
            (self.title_of(place), self.request.resource_url(place))
            for place in reversed(places)
            if self.may_view(place)
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

    def static(self, path: str) -> str:
        """Return the address of a file of the skin, looked up once in the life of a process."""
        known, key = self.request.registry.static_addresses, (self.request.script_name, path)
        if key not in known:
            known[key] = self.request.static_path(f"skins:static/{path}")
        return known[key]

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


def add_layout(event: Any) -> None:
    """Give every template its layout."""
    request = event.get("request")
    if request is not None and getattr(request, "site_available", False):
        event["layout"] = Layout(request, event.get("context"))


def includeme(config: Any) -> None:
    """Give templates the layout."""
    config.registry.static_addresses = {}
    config.add_subscriber(add_layout, "pyramid.events.BeforeRender")
