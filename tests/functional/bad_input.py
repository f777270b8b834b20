"""A corpus of bad input, and every page and form of a site to try it on.

Pages and forms are found in the configuration and in the pages themselves, so a new page is
tried without being named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webtest import Upload

from tests.functional.bad_world import World

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
