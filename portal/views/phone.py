"""Changing the mobile number (更换手机号码): fresh log-in, then a code to the new number."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import audit, clock, codes, i18n, notify
from portal.errors import PortalError
from portal.forms import Form
from portal.rules.masking import mask_phone
from portal.security import Permission
from portal.views.again import fresh_or_redirect
from portal.views.codes import ask_code, ask_phone
from portal.views.register import anybody

PAGE = "skins:default/register.pt"
PURPOSE = "confirm"
STEPS = ("register.step.phone", "register.step.code")
OWN = Permission.ACCOUNT_OWN.value


def _page(current: int, **values: Any) -> dict[str, Any]:
    return {
        "heading": i18n.message("phone.title"),
        "steps": [i18n.message(step) for step in STEPS],
        "current": current,
        "form": None,
        **values,
    }


def _purpose(request: Any) -> str:
    return str(request.localizer.translate(i18n.message("phone.title")))


@view_config(route_name="phone", renderer=PAGE, permission=OWN)
def phone(request: Any) -> Any:
    """Take the new number and send a code to it."""
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    form = ask_phone(request, PURPOSE, "phone_code", anybody, action=_purpose(request))
    if not isinstance(form, Form):
        return form
    account = request.account
    old = request.vault.open(account.sealed_phone, f"account:{account.id}:phone")
    hint = i18n.message("phone.present", phone=mask_phone(old)) if old else ""
    return _page(1, form=form.render(), hint=hint, context=request.site)


@view_config(route_name="phone_code", renderer=PAGE, permission=OWN)
def phone_code(request: Any) -> Any:
    """Take the code; a number that has an account stays where it is."""
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    if codes.waiting(request, PURPOSE) is None and request.method == "GET":
        return HTTPSeeOther(request.route_path("phone"))
    found = ask_code(request, PURPOSE, "phone", anybody, action=_purpose(request))
    if isinstance(found, dict):
        return _page(2, **found)
    if not isinstance(found, str):
        return found
    account = request.account
    codes.forget(request, PURPOSE)
    try:
        request.site.accounts.change_phone(request.vault, account, found)
    except PortalError as error:
        request.response.status_int = error.status
        return _page(2, reasons=[i18n.of_error(error)], context=request.site)
    audit.record(request, "account.phone")
    time = clock.local(clock.now()).strftime("%Y-%m-%d %H:%M")
    notify.send(request, account.id, "account.phone_changed", {"time": time})
    request.session.flash(["success", "phone.changed"])
    return HTTPSeeOther(request.route_path("me"))
