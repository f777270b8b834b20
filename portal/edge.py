"""The edge (输入边界): a request is decoded once, before anything else looks at it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPRequestEntityTooLarge,
    HTTPUnsupportedMediaType,
)
from pyramid.tweens import EXCVIEW

# A verification package is the largest thing that may come; fields without a file are small.
MAX_BODY = 60 * 1024 * 1024
MAX_FIELDS = 4 * 1024 * 1024
URLENCODED = "application/x-www-form-urlencoded"
FORMS = frozenset((URLENCODED, "multipart/form-data"))
# What no keyboard enters and no page shows. Vertical tab and form feed come with pasted text.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def includeme(config: Any) -> None:
    """Check requests before every view, but where refusals are shown as pages."""
    config.add_tween("portal.edge.edge_tween", under=EXCVIEW)


def is_clean(texts: Iterable[Any]) -> bool:
    """Say whether texts hold no control characters and no lone halves of characters."""
    return not any(isinstance(text, str) and _FORBIDDEN.search(text) for text in texts)


def edge_tween(handler: Callable[[Any], Any], _registry: Any) -> Callable[[Any], Any]:
    """Refuse with 400, 413 or 415 what cannot be read in exactly one way."""

    def tween(request: Any) -> Any:
        query = request.GET.items() if request.environ.get("QUERY_STRING") else ()
        if not is_clean(part for pair in query for part in pair):
            raise HTTPBadRequest
        if request.method not in ("GET", "HEAD"):
            _check_tokens([request.headers.get("X-CSRF-Token", "")])
            if request.content_type in FORMS:
                if request.path_info.startswith("/api/"):
                    raise HTTPUnsupportedMediaType
                _check_form(request)
        return handler(request)

    return tween


def _check_form(request: Any) -> None:
    most = MAX_FIELDS if request.content_type == URLENCODED else MAX_BODY
    if (request.content_length or 0) > most:
        request.body_file_raw.close()
        raise HTTPRequestEntityTooLarge
    if request.charset.upper() not in ("UTF-8", "UTF8"):
        raise HTTPUnsupportedMediaType
    try:
        pairs = list(request.POST.items())
    except ValueError:  # A broken boundary; bytes that are no UTF-8 are one too.
        raise HTTPBadRequest from None
    names = [name for name, _ in pairs]
    if None in names or not is_clean([*names, *(value for _, value in pairs)]):
        raise HTTPBadRequest
    _check_tokens(request.POST.getall("csrf_token"))


def _check_tokens(tokens: Iterable[Any]) -> None:
    # The framework compares bytes and has none for a file or for other letters.
    if not all(isinstance(token, str) and token.isascii() for token in tokens):
        raise HTTPBadRequest
