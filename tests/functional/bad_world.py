"""A site with one object of every kind, for the corpus of bad input."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from datetime import date
from typing import Any

import transaction

from content_types.owner_register import proof
from content_types.record_file import Part, capture
from portal import accounts, clock, content, files, workflow
from portal.security import SITE_SCOPE, Role
from portal.type_registry import addable_types
from tests.functional.acting_world import add_samples
from tests.functional.assembly import Assembly, meeting_of
from tests.functional.conftest import PASSWORD
from tests.functional.world import photo

PEOPLE = ("", "anna", "dora", "convenor", "street", "municipal", "records", "operator", "auditor")
PARAMETERS = {"community": "haitang", "meeting": "2026-001", "announcement": "2026-001"}


class World(Assembly):
    """A site with one object of every kind and state that pages can be opened for."""

    def __init__(self, site: Any, moved_clock: Any) -> None:
        super().__init__(site, moved_clock)
        site.run(lambda request: setattr(meeting_of(request), "method", "electronic_paper"))
        self.open()
        self.key = self.cast("anna", m1=("for",))
        site.run(self._more)
        self.browsers = {name: self._browser(name) for name in PEOPLE}

    def publish_result(self) -> None:
        """Let the vote end and its result be published; everybody logs in again."""
        self.close().publish()
        self.browsers = {name: self._browser(name) for name in PEOPLE}

    def _browser(self, name: str) -> Any:
        return self.site.logged_in(name) if name else self.site.browser()

    def _more(self, request: Any) -> None:
        for login, role in (
            ("operator", Role.ADMINISTRATOR),
            ("auditor", Role.AUDIT_ADMINISTRATOR),
        ):
            account = request.site.accounts.create(request.vault, login=login, kind="staff")
            accounts.set_password(account, PASSWORD)
            accounts.grant(account, role, SITE_SCOPE)
        community = request.site["communities"]["haitang"]
        held = {"held_on": date(2026, 5, 1), "audience": "业主", "people": 1}
        training = content.create("training", request, title="培训", **held)
        content.add(request.site["offices"]["city"]["district"], training, request)
        notice = content.create("office_notice", request, title="公告", body="正文")
        content.add(request.site["offices"]["city"]["district"], notice, request)
        draft = content.create("announcement", request, title="草稿", body="正文")
        content.add(community["announcements"], draft, request)
        stored = files.keep(photo(), "a.jpg", "image/jpeg", request)
        draft.attach(stored)
        meeting = content.create(
            "meeting",
            request,
            title="草稿会议",
            place="会所",
            voting_opens_at=meeting_of(request).voting_opens_at,
            voting_closes_at=meeting_of(request).voting_closes_at,
        )
        content.add(community["meetings"], meeting, request)
        motion = content.create("motion", request, title="议题", description="说明")
        content.add(meeting, motion, request)
        parts = [Part("notice", "公示", "a.txt", "text/plain", b"text")]
        capture(community["archives"], meeting_of(request), parts, (), request)
        unit = next(community["owners"].units())
        papers = content.create(
            "identity_proof",
            request,
            title=unit.label,
            unit_code=unit.code,
            id_kind="resident_id",
            title_kind="deed",
            due_at=clock.now(),
        )
        content.add(proof.place_of(community, request), papers, request)
        papers.sealed_claim = request.vault.seal('["李四", "1"]', f"proof:{papers.owner}")
        content.add(community["service"], content.create("service_request", request), request)
        for name in ("objection", "extension", "complaint"):
            content.add(meeting_of(request), content.create(name, request), request)
        box = meeting_of(request).ballot_box
        cast = next(key for key, slot in box.slots.items() if slot.is_cast)
        case = content.create("ballot_case", request, unit=box.roll.rights[cast].units[0])
        content.add(meeting_of(request), case, request)
        add_samples(request, self.ids)

    @property
    def storage(self) -> Any:
        """The storage of the object database."""
        return self.database.storage

    @property
    def database(self) -> Any:
        """The object database."""
        return self.site.registry._zodb_databases[""]

    def last(self) -> bytes:
        """Return the id of the last transaction."""
        return self.storage.lastTransaction()

    def back_to(self, before: bytes) -> None:
        """Undo what was committed since a transaction."""
        ids = [
            entry["id"]
            for entry in self.database.undoLog(0, 20)
            if base64.decodebytes(entry["id"] + b"\n") > before
        ]
        manager = transaction.TransactionManager()
        self.database.undoMultiple(ids, manager.begin())
        manager.commit()

    @contextmanager
    def same_cookies(self, person: str) -> Iterator[Any]:
        """Lend a person's browser; what the answer does to its cookies is forgotten."""
        browser = self.browsers[person]
        kept = [copy(cookie) for cookie in browser.cookiejar]
        yield browser
        browser.reset()
        for cookie in kept:
            browser.cookiejar.set_cookie(cookie)

    def addresses(self) -> list[str]:
        """Return the address of every page that can be opened, found in the configuration."""
        return self._addresses(posted=False)

    def orders(self) -> list[str]:
        """Return the address of every view that only takes what is sent."""
        return self._addresses(posted=True)

    def _addresses(self, *, posted: bool) -> list[str]:
        found = [] if posted else list(self._routes())
        found += self.site.run(lambda request: self._places(request, posted=posted))
        return list(dict.fromkeys(found))

    def objects(self) -> list[str]:
        """Return the address of one object of every class, section and state."""
        return self.site.run(
            lambda request: [request.resource_path(item) for item in _samples(request.site)]
        )

    def _routes(self) -> Iterator[str]:
        message = self.site.run(lambda r: r.site.messages.inbox(self.ids["anna"])[0].id)
        known = PARAMETERS | {"message_id": message, "message": message, "right": self.key}
        known |= {"account_id": self.ids["anna"], "record": "2026-001", "page": "vote"}
        for entry in self.site.config.introspector.get_category("routes"):
            pattern = "/" + entry["introspectable"]["pattern"].lstrip("/")
            if "*" not in pattern:
                yield re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], "x"), pattern)

    def _places(self, request: Any, *, posted: bool) -> list[str]:
        views = [
            (view["context"], view["name"])
            for entry in self.site.config.introspector.get_category("views")
            if not (view := entry["introspectable"])["route_name"]
            and isinstance(view["context"], type)
            and not issubclass(view["context"], BaseException)
            and (view["request_methods"] == "POST") == posted
        ]
        return [
            request.resource_path(item) + name + tail
            for item in _samples(request.site)
            for context, name in views
            if isinstance(item, context)
            for tail in _tails(item, name, self.key)
        ]


def _samples(site: Any) -> list[Any]:
    """Return one object of every class, section and state."""
    found: dict[Any, Any] = {}
    for item in walk(site):
        section = getattr(item, "section_name", "")
        found.setdefault((type(item), section, item.workflow_state), item)
    return list(found.values())


def walk(item: Any) -> Iterator[Any]:
    """Yield an item and everything below it."""
    yield item
    if getattr(item, "section_name", None) is not None:
        for child in item.values():
            yield from walk(child)


def _tails(item: Any, name: str, key: str) -> list[str]:
    """Return the paths below a view that lead somewhere."""
    if name == "add":
        return [f"/{cls.content_type_name}" for cls in addable_types(item)]
    if name == "step":
        if not item.workflow_name:
            return [""]
        return [f"/{step}" for step in workflow.definition(item.workflow_name).transitions]
    if name in ("file", "detach") and hasattr(item, "files"):
        return ["", *(f"/{stored.id}" for stored in item.files()[:1])]
    return {"voucher": ["", f"/{key}", f"/{key}.json"], "part": ["", "/1"]}.get(name, [""])
