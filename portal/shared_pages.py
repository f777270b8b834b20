"""Pages that many see alike (共用页面): made once and kept until anything at all has changed.

A view takes part by ``shared=``. A kept page serves only requests of the same address, language,
look and audience, on the very state of the database it was made from; any commit of any process
ends it. Right and person are found out anew for every request before a kept page is looked for.
What is one's own in it, the name and the token of forms, is a gap that each answer fills.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from markupsafe import escape
from pyramid.csrf import get_csrf_token
from pyramid.response import Response
from pyramid_zodbconn import get_connection

from portal import clock
from portal.layout import Layout

# Pages tell the time, and what is left of it, in minutes.
TICK_SECONDS = 60
MOST = 2000
HTML = ("Content-Type", "text/html; charset=UTF-8")
GAPS = "shared_page_gaps"
ADDRESS = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")

View = Callable[[Any, Any], Any]


def visitors(_item: Any) -> bool:
    """Say that only those who are not logged in see the page alike."""
    return False


def same_roles(_item: Any) -> bool:
    """Say that all who hold the same roles see the page alike; who made an object is no role."""
    return True


class Gaps:
    """Stands for what is one's own while a page is made; nobody can write it into a text."""

    def __init__(self) -> None:
        mark = secrets.token_hex(16)
        self.csrf_token, self.own_name = f"{mark}t", f"{mark}n"
        self._mark = mark.encode()

    def cut(self, body: bytes) -> list[bytes]:
        """Return text, gap, text, gap … text; a gap is its last letter."""
        first, *others = body.split(self._mark)
        return [first, *(part for other in others for part in (other[:1], other[1:]))]


class Kept(NamedTuple):
    """The pages of one state of the database in one tick of the clock."""

    state: Hashable
    pages: dict[Hashable, list[bytes]]


def shared_view(view: View, info: Any) -> View:
    """Keep the pages of a view that says ``shared=alike``.

    ``alike(item)`` says whether all who hold the same roles see the page of an object alike;
    those who are not logged in always must. The page may depend on nothing but the database, the
    address, the language, the look and the clock.
    """
    alike = info.options.get("shared")
    if alike is None:
        return view

    def shared(context: Any, request: Any) -> Any:
        if request.method not in ("GET", "HEAD") or (
            request.cookies and request.session.peek_flash()
        ):
            return view(context, request)
        if request.account is not None and not _is_stranger(context, request, alike):
            return view(context, request)
        pages, key = _kept(request), _key(context, request)
        parts = pages.get(key)
        if parts is not None:
            body = _join(parts, request)
            headers = [HTML, ("Content-Length", str(len(body)))]
            return Response(headerlist=headers, app_iter=[body])
        gaps = Gaps()
        setattr(request, GAPS, gaps)
        try:
            response = view(context, request)
        finally:
            delattr(request, GAPS)
        parts = gaps.cut(response.body)
        if response.status_int == 200 and _is_plain(response):
            if len(pages) >= MOST:
                pages.clear()
            pages[key] = parts
        response.body = _join(parts, request)
        return response

    return shared


shared_view.options = ("shared",)  # type: ignore[attr-defined]


def csrf_token(request: Any) -> str:
    """Return the token of forms, or its gap while a page for many is made."""
    gaps = getattr(request, GAPS, None)
    return get_csrf_token(request) if gaps is None else gaps.csrf_token


def own_name(request: Any) -> str:
    """Return the name of the person who is asking, or its gap while a page for many is made."""
    gaps = getattr(request, GAPS, None)
    return request.account.display_name(request.vault) if gaps is None else gaps.own_name


def _is_stranger(item: Any, request: Any, alike: Callable[[Any], bool]) -> bool:
    return alike(item) and getattr(item, "creator", "") != request.account_id


def _is_plain(response: Any) -> bool:
    (first, *rest) = response.headerlist
    return first == HTML and [name for name, _ in rest] == ["Content-Length"]


def _kept(request: Any) -> dict[Hashable, list[bytes]]:
    """Return the pages of the state that this request sees."""
    state = (_snapshot(request), int(clock.now().timestamp()) // TICK_SECONDS)
    kept = request.registry.shared_pages
    if kept is None or kept.state != state:
        # A request on another state may put its own in place meanwhile; this one keeps its hands
        # on what belongs to its state.
        kept = request.registry.shared_pages = Kept(state, {})
    return kept.pages


def _snapshot(request: Any) -> bytes:
    """Return the newest transaction that the request's connection sees."""
    storage = get_connection(request)._storage  # noqa: SLF001 - there is no public way.
    start: bytes | None = getattr(storage, "_start", None)
    # RelStorage keeps by itself what each connection sees.
    return start if start is not None else storage.lastTransaction()


def _key(context: Any, request: Any) -> Hashable:
    look = Layout(request, context).mode
    page = (*map(request.environ.get, ADDRESS), request.locale_name, look)
    account = request.account
    if account is None:
        return page
    roles = request.principals - {f"account:{account.id}"}
    return (*page, account.kind, roles, request.site.messages.unread(account.id))


def _join(parts: list[bytes], request: Any) -> bytes:
    """Fill the gaps for the person who is asking."""
    if len(parts) == 1:
        return parts[0]
    found, own = list(parts), {}
    for position in range(1, len(parts), 2):
        gap = parts[position]
        if gap not in own:
            text = csrf_token(request) if gap == b"t" else escape(own_name(request))
            own[gap] = text.encode()
        found[position] = own[gap]
    return b"".join(found)


def includeme(config: Any) -> None:
    """Let views keep pages; give requests what is one's own in them."""
    config.registry.shared_pages = None
    config.add_request_method(csrf_token, "csrf_token", property=True)
    config.add_request_method(own_name, "own_name", property=True)
    config.add_view_deriver(shared_view)
