"""Language and large print (语言与长辈版): kept with the account, else in a cookie.

Who is not logged in needs no token: nothing is stored but the look of his own pages, and pages
without a token are the same for everybody.
"""

from __future__ import annotations

from typing import Any

from pyramid.csrf import check_csrf_origin, check_csrf_token
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import i18n
from portal.layout import MODE_COOKIE
from portal.views.login import local_target

ONE_YEAR = 365 * 86_400


@view_config(route_name="preferences", request_method="POST", require_csrf=False)
def set_preferences(request: Any) -> HTTPSeeOther:
    """Store the chosen language or mode and go back to the page."""
    check_csrf_origin(request)
    if request.account is not None:
        check_csrf_token(request)
    response = HTTPSeeOther(local_target(request.POST.get("return_to", "/")))
    language, mode = request.POST.get("lang", ""), request.POST.get("mode", "")
    account = request.account
    if language in i18n.LANGUAGES:
        if account is not None:
            account.language = language
        response.set_cookie(i18n.COOKIE, language, max_age=ONE_YEAR, samesite="Lax", httponly=True)
    if mode in ("elder", "standard"):
        if account is not None:
            account.mode = mode
        response.set_cookie(MODE_COOKIE, mode, max_age=ONE_YEAR, samesite="Lax", httponly=True)
    return response
