"""What a person sees when something is not possible (错误页面)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from typing import Any

from pyramid.exceptions import URLDecodeError
from pyramid.httpexceptions import (
    HTTPClientError,
    HTTPException,
    HTTPForbidden,
    HTTPNotFound,
    HTTPSeeOther,
)
from pyramid.renderers import render_to_response
from pyramid.response import Response
from pyramid.view import exception_view_config, forbidden_view_config, notfound_view_config

from portal import i18n
from portal.authentication import lacks_second
from portal.errors import PortalError
from portal.rules.errors import RuleError

log = logging.getLogger(__name__)
PAGE = "skins:default/error.pt"
PROBLEM = "application/problem+json"


def wants_json(request: Any) -> bool:
    """Say whether the request came through the API."""
    return str(request.environ["PATH_INFO"]).startswith("/api/")


def answer(
    request: Any,
    status: int,
    message: Any,
    *,
    clause: str = "",
    field: str = "",
    ref: str = "",
    code: str = "",
    more: Sequence[tuple[str, str]] = (),
) -> Response:
    """Return an error as a page, or as a problem document (RFC 9457) for the API."""
    localizer = request.localizer
    detail = localizer.translate(message)
    title = localizer.translate(i18n.message(f"error.{status}"))
    if wants_json(request):
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        extra = {"code": code, "clause": clause, "field": field, "reference": ref}
        body.update({key: value for key, value in extra.items() if value})
        return Response(json_body=body, status=status, content_type=PROBLEM, charset="utf-8")
    values = {
        "status": status,
        "title": title,
        "detail": detail,
        "clause": clause,
        "reference": ref,
        "code": code,
        "more": more,
        "context": None,
    }
    response = render_to_response(PAGE, values, request=request)
    response.status_int = status
    return response


@exception_view_config(PortalError)
def portal_error(error: PortalError, request: Any) -> Response:
    """Show a user error with its clause and what to do."""
    return answer(
        request,
        error.status,
        i18n.of_error(error),
        clause=error.clause,
        field=error.field,
        code=i18n.reason_code(error),
    )


@exception_view_config(RuleError)
def rule_error(error: RuleError, request: Any) -> Response:
    """Show what the law refuses, with its clause."""
    return refusal_page(request, error)


def refusal_page(request: Any, error: Any, more: Sequence[tuple[str, str]] = ()) -> Response:
    """Show a refusal of the law and, as (words, address), where it is explained."""
    text = i18n.of_error(error)
    code = i18n.reason_code(error)
    return answer(request, 422, text, clause=error.clause, field=error.field, code=code, more=more)


@forbidden_view_config()
def forbidden(error: Any, request: Any) -> Any:
    """Send a stranger to the log-in page; tell a known person that this is not for him."""
    if request.account is None and not wants_json(request) and request.method == "GET":
        return HTTPSeeOther(request.route_path("login", _query={"came_from": request.path_qs}))
    status = 401 if request.account is None else 403
    log.info("denied account=%s path=%s", request.account_id or "-", request.path)
    lacking = request.account is not None and lacks_second(request, request.account)
    detail = "second.required" if lacking else f"error.{status}_detail"
    response = answer(request, status, i18n.message(detail))
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@notfound_view_config(append_slash=False)
def not_found(error: Any, request: Any) -> Response:
    """Say that there is nothing here."""
    return answer(request, 404, i18n.message("error.404_detail"))


@exception_view_config(HTTPClientError)
def client_error(error: HTTPClientError, request: Any) -> Response:
    """Show any other refusal of the web layer."""
    if isinstance(error, (HTTPForbidden, HTTPNotFound)):
        return (
            forbidden(error, request)
            if isinstance(error, HTTPForbidden)
            else not_found(error, request)
        )
    response = answer(request, error.status_int, i18n.message(f"error.{error.status_int}_detail"))
    for name in ("Retry-After", "Allow"):
        if name in error.headers:
            response.headers[name] = error.headers[name]
    return response


@exception_view_config(URLDecodeError)
@exception_view_config(UnicodeDecodeError)
def bad_encoding(error: Any, request: Any) -> Response:
    """Refuse an address or a form that is not valid UTF-8."""
    # A page would show its own address, which cannot be read here.
    title, detail = i18n.message("error.400"), i18n.message("error.not_utf8")
    body = {
        "type": "about:blank",
        "title": request.localizer.translate(title),
        "status": 400,
        "detail": request.localizer.translate(detail),
    }
    return Response(json_body=body, status=400, content_type=PROBLEM, charset="utf-8")


@exception_view_config(Exception)
def unexpected(error: Exception, request: Any) -> Any:
    """Apologise, log with a reference, show no detail."""
    if isinstance(error, HTTPException):
        return error
    ref = uuid.uuid4().hex[:8]
    log.error("unexpected reference=%s path=%s", ref, request.path, exc_info=error)
    try:
        return answer(request, 500, i18n.message("error.500_detail", reference=ref), ref=ref)
    except Exception:
        log.exception("the error page failed too, reference=%s", ref)
        return Response(f"500 {ref}", status=500, content_type="text/plain")
