"""Everything a person can ask a site for: its views, its interface and whatever links lead to."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urldefrag, urlsplit

import pypdfium2
from python_calamine import CalamineWorkbook

from content_types.kiosk.model import Terminal
from content_types.meeting import Meeting
from content_types.meeting.paper import PaperRound
from tests.functional.assembly import Assembly

PAPER = f"{Assembly.path}paper/"
# Where a crawl begins, beside the views of the meeting.
STARTS = (
    *("/", "/votes", "/messages", "/me", "/queue", "/cockpit", "/audit", "/outbox", "/verify"),
    *("/communities/haitang/", "/communities/haitang/meetings/", "/communities/haitang/owners/"),
    *(f"/search?q={quote(word)}" for word in ("同意", "反对", "张三", "会议", "101")),
)
# What a crawl leaves alone: files that are the same for all, and what ends the session.
LEFT_OUT = (
    "/me/second",
    "/static/",
    "/vendor/",
    "/help",
    "/login",
    "/logout",
    "/law",
    "/policies",
    "/verify/",
)
# Slow to make, and of the settings alone: one person looks at them for all.
PRINTED = ("poster.pdf", "guide.pdf", "size=a4", "size=a3")
KEYS = {"community": "haitang", "meeting": "2026-001", "motion": "2026-001", "right": "r00001"}
# Random in each site: keys, signatures, ids, tokens and what is computed from them.
RANDOM = re.compile(
    r"[A-Za-z0-9+/]{43,}={0,2}|[A-Za-z0-9_-]{20,}|-?(?<![0-9a-z])[0-9a-f]{6,}(?![0-9a-z])"
)


def views_of(site: Any, *classes: type) -> set[str]:
    """Return the names of every view of these types that is asked for with GET."""
    found = set()
    for one in site.registry.introspector.get_category("views"):
        view = one["introspectable"]
        methods = view["request_methods"]
        context = view["context"]
        named = context is not None and any(issubclass(c, context) for c in classes if _is(context))
        if named and (methods is None or "GET" in methods):
            found.add(view["name"])
    return found


def _is(context: Any) -> bool:
    return isinstance(context, type) and context is not Terminal


def addresses(site: Any) -> list[str]:
    """Return every address of the meeting: its views, those of its paper round, the interface."""
    found = [Assembly.path + name for name in sorted(views_of(site, Meeting))]
    found += [PAPER + name for name in sorted(views_of(site, PaperRound))]
    for operation in site.registry.api_operations:
        keys = {name: KEYS.get(name, "x") for name in operation.parameters}
        if operation.method == "GET":
            found.append("/api/v1" + operation.path.format(**keys))
    found += [f"/api/v1/search?q={quote(word)}" for word in ("同意", "反对", "张三")]
    return found


def crawl(
    browser: Any, first: list[str], most: int, left_out: tuple[str, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """Yield address and answer of the first addresses and of what their links lead to."""
    seen: set[str] = set()
    waiting = list(first)
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        if address in seen or address.endswith(left_out):
            continue
        seen.add(address)
        answer = browser.get(address, expect_errors=True)
        assert answer.status_int < 500, address
        yield address, answer
        if answer.location:
            waiting.append(urlsplit(answer.location)._replace(scheme="", netloc="").geturl())
        if answer.content_type == "text/html":
            for link in re.findall(r'href="(/[^"]*)"', answer.text):
                target = quote(urldefrag(link).url.replace("&amp;", "&"), safe="/?&=%+:~")
                if not target.startswith(LEFT_OUT):
                    waiting.append(target)


def plain(text: str) -> str:
    """Return a text without what is random in each site."""
    return RANDOM.sub("#", text)


def text_of(answer: Any) -> str:
    """Return what an answer says: pages and data as they are, documents and sheets as text."""
    kind = answer.content_type
    if kind == "application/pdf":
        pages = pypdfium2.PdfDocument(answer.body)
        # Long numbers are broken into lines.
        return "".join("".join(p.get_textpage().get_text_range().splitlines()) for p in pages)
    if kind.endswith("spreadsheetml.sheet"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.body))
        return "\n".join(str(book.get_sheet_by_name(n).to_python()) for n in book.sheet_names)
    return answer.text if kind.startswith("text/") or kind.endswith("json") else f"{kind} file"


def told(address: str, answer: Any) -> tuple[str, Counter[str]]:
    """Return an address and what its answer says, without order and without random parts."""
    words = Counter(re.split(r"[\s<>\"',]+", plain(text_of(answer))))
    words[f"status {answer.status_int}"] += 1
    return plain(address), words
