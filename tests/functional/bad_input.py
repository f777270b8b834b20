"""A corpus of bad input, and every page and form of a site to try it on.

Pages and forms are found in the configuration and in the pages themselves, so a new page is
tried without being named here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

import transaction
from webtest import Upload

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
RUN = "133700191"  # what the template would show
SCRIPT, TEMPLATE = "<script>alert(1)</script>", "${191*700001}{{191*700001}}<%= 191*700001 %>"
TEXTS = {
    "empty": "",
    "spaces": " \t\u3000 ",
    "long": "长" * 60_000,
    "word": "x",
    "sql": "' OR 1=1; DROP TABLE units; --",
    "html": f'"><img src=x onerror=alert(1)>{SCRIPT}',
    "template": TEMPLATE,
    "path": "../../../../etc/passwd",
    "header": "a\r\nSet-Cookie: x=1",
    "nul": "a\x00b",
    "controls": "\x01\x08\x1b[31m\x7f",
    "bidi": "\u202egnp.exe\u202c\u2066x",
    "astral": "𠮷🏠\U0010fffd",
    "noncharacter": "\ufffe\uffff",
    "negative": "-1",
    "huge_number": "9" * 400,
    "float": "1e309",
    "nan": "NaN",
    "foreign_digits": "١٢٣",
    "early": "0000-00-00T00:00",
    "late": "9999-12-31T23:59",
    "formula": "=HYPERLINK(1)",
}
UPLOADS = {
    "nothing": ("a.pdf", b""),
    "not_a_pdf": ("a.pdf", b"MZ\x90\x00"),
    "cut_pdf": ("a.pdf", b"%PDF-1.7"),
    "not_a_picture": ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 64),
    "not_a_sheet": ("a.xlsx", b"PK\x03\x04" + b"\xff" * 64),
    "program": ("a.exe", b"MZ"),
    "odd_name": ("../\u202e\x00<b>.pdf", b"%PDF-1.4\n"),
    "no_ending": ("a", b"x"),
    "bad_text": ("a.txt", b"\xff\xfe\x00"),
}
RAW = {
    "no_utf8": (b"title=%ff%fe&%c3=1&login=\xff", "application/x-www-form-urlencoded"),
    "json": (b'{"title": {"a": []}}', "application/json"),
    "deep_json": (b"[" * 20_000, "application/json"),
    "broken_parts": (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
    "no_boundary": (b"--x\r\n", "multipart/form-data"),
    "odd_charset": (b"title=a", "application/x-www-form-urlencoded; charset=utf-9"),
    "xml": (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "text/xml"),
}
# Markers by which the form library builds structures, out of order.
MARKERS = (
    [("__end__", "x:mapping")],
    [("__start__", "x:mapping")],
    [("__start__", "x:nonsense"), ("__end__", "x:nonsense")],
    [("__start__", "title:sequence"), ("title", "a"), ("__end__", "title:sequence")],
    [("__start__", ":mapping")] * 40,
)
QUERIES = (
    "page=-1",
    "page=0&page=x",
    "page=" + "9" * 400,
    "page=%D9%A1",
    "page=%ff",
    "%ff=1",
    "q=%00",
    "q=" + "a" * 9000,
    "q=%22%20AND%20*&type=%27",
    "type=nothing&state=nothing&building=nothing",
    "came_from=//evil.example/%0d%0aX:1",
    "right=%00&unit=%ff",
    "a[b]=1&a[]=2",
    "=&&;==",
)
TAILS = (
    "nothing",
    "nothing/at/all",
    "@@nothing",
    "__parent__",
    "_p_jar",
    "%00",
    "%2e%2e/%2e%2e/etc/passwd",
    "..;/",
    "a" * 5000,
    "%E2%80%AE",
    "-1",
)
# Refusals of these count failures or note tries, on purpose.
COUNTS_REFUSALS = re.compile(
    r"^/(login|register|reset|me/(again|phone|identity|password|second)|setup)\b"
)
# Pages that note their own reading, on purpose: an export is audited, and a
# message is no longer unread once its owner opened it.
NOTED = (
    *("/me/data.json", "/audit.csv", "/messages/"),
    # The document of an appointment: the convenor's look at it is audited.
    "/communities/haitang/meetings/2026-001/p-sample/",
    "/communities/haitang/meetings/2026-001/paper/delivery.",
    "/communities/haitang/service/requests.csv",
)
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
    for item in _walk(site):
        section = getattr(item, "section_name", "")
        found.setdefault((type(item), section, item.workflow_state), item)
    return list(found.values())


def _walk(item: Any) -> Iterator[Any]:
    yield item
    if getattr(item, "section_name", None) is not None:
        for child in item.values():
            yield from _walk(child)


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


@dataclass
class Found:
    """A form as a person got it."""

    person: str
    page: str
    action: str
    controls: list[tuple[str, Any]]
    uploads: tuple[str, ...]

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What tells one form from another: where it goes, without names, and what it asks."""
        names = [part for part in self.action.partition("?")[0].split("/") if part]
        where = "/".join(names[-2:] if names[-2:-1] in (["add"], ["step"]) else names[-1:])
        return where, tuple(name for name, _ in self.controls)

    def filled(self, text: str) -> list[tuple[str, Any]]:
        """Return the form with every field set to one text."""
        keep = ("csrf_token", "_charset_", "__formid__", "__start__", "__end__")
        return [(name, value if name in keep else text) for name, value in self.controls]

    def token(self) -> list[tuple[str, Any]]:
        """Return the CSRF token alone."""
        return [pair for pair in self.controls if pair[0] == "csrf_token"]

    def with_upload(self, filename: str, data: bytes) -> list[tuple[str, Any]]:
        """Return the form as it came, with one file in every upload."""
        kept = [(name, value) for name, value in self.controls if name not in self.uploads]
        return [*kept, *((name, Upload(filename, data)) for name in self.uploads)]


def forms_on(page: Any, person: str, address: str) -> Iterator[Found]:
    """Yield the forms of a page that change something."""
    if page.content_type != "text/html" or page.status_int >= 400:
        return
    for form in dict.fromkeys(page.forms.values()):
        if form.method.lower() != "post":
            continue
        uploads = tuple(
            name for name, fields in form.fields.items() if type(fields[0]).__name__ == "File"
        )
        controls = [
            (name, value) for name, value in form.submit_fields() if name not in (None, "upload")
        ]
        buttons = [(name, "") for name in form.fields if name and not form.fields[name]]
        yield Found(person, address, form.action or address, controls + buttons, uploads)


def attempts(form: Found) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is sent instead of a sound form: a label and the arguments of a POST."""
    own = {name for name, _ in form.controls} - {"csrf_token", "_charset_", "__formid__"}
    if own:
        for label, text in TEXTS.items():
            yield label, {"params": form.filled(text)}
    yield "nothing", {"params": form.token()}
    yield "twice", {"params": form.controls + form.filled("x")}
    yield "unknown", {"params": [*form.controls, ("is_admin", "1"), ("__class__", "x")]}
    yield "many", {"params": [*form.token(), *((f"f{n}", "x") for n in range(2000))]}
    for number, markers in enumerate(MARKERS):
        yield f"markers{number}", {"params": [*form.token(), *markers]}
    for label, (filename, data) in UPLOADS.items() if form.uploads else ():
        yield label, {"params": form.with_upload(filename, data)}
    header = {"X-CSRF-Token": dict(form.controls).get("csrf_token", "")}
    for label, (data, media_type) in RAW.items():
        yield label, {"params": data, "headers": header | {"Content-Type": media_type}}


class Crawl:
    """What came of opening every page as everybody."""

    def __init__(self, world: World) -> None:
        self.failed: list[Any] = []
        self.changed: list[Any] = []
        self.opened: set[str] = set()
        self.forms: dict[Any, Found] = {}
        for person, browser in world.browsers.items():
            for address in world.addresses():
                before = world.last()
                page = browser.get(address, status="*")
                if page.status_int >= 500:
                    self.failed.append((person, address))
                if world.last() != before and not address.startswith(NOTED):
                    self.changed.append((person, address))
                if page.status_int == 200:
                    self.opened.add(address)
                for form in forms_on(page, person, address):
                    self.forms.setdefault(form.key, form)
