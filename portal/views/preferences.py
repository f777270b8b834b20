"""Language and large print (语言与长辈版): kept with the account, else in a cookie."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import i18n
from portal.layout import MODE_COOKIE
from portal.views.login import local_target

ONE_YEAR = 365 * 86_400


@view_config(route_name="preferences", request_method="POST")
def set_preferences(request: Any) -> HTTPSeeOther:
    """Store the chosen language or mode and go back to the page."""
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
