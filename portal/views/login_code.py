"""Ways in without the password (验证码登录、重设密码): a code to the verified number."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import accounts, audit, clock, codes, i18n, notify
from portal.authentication import check_staff_password
from portal.errors import PortalError
from portal.forms import Form, FormSchema
from portal.views.codes import AGAIN, ask_code, ask_phone
from portal.views.login import admit, local_target
from portal.views.passwords import password_field, password_widget, show_link

PAGE = "skins:default/register.pt"
LOGIN, RESET = "login", "reset"
RESET_STEPS = ("register.step.phone", "register.step.code", "register.step.password")


class ResetSchema(FormSchema):
    """A new password."""

    password = password_field()


def is_owner(account: Any) -> bool:
    """Owners may log in by code; staff need password and second factor (ASVS 6.3.4)."""
    return account is not None and account.active and account.kind == "owner"


def has_account(account: Any) -> bool:
    """Say whether there is an active account to reset; its second factor stays asked for."""
    return account is not None and account.active


def _page(purpose: str, current: int, **values: Any) -> dict[str, Any]:
    steps = RESET_STEPS if purpose == RESET else RESET_STEPS[:2]
    return {
        "heading": i18n.message(f"{purpose}.by_code"),
        "steps": [i18n.message(step) for step in steps],
        "current": current,
        "form": None,
        **values,
    }


@view_config(route_name="login_code", renderer=PAGE)
def login_code(request: Any) -> Any:
    """Log an owner in by a code: first the number, then the code, at one address."""
    came_from = local_target(request.params.get("came_from", "/"))
    other = AGAIN in request.GET and "code" not in request.POST
    if codes.waiting(request, LOGIN) is None or "phone" in request.POST or other:
        form = ask_phone(request, LOGIN, "login_code", is_owner)
        return (
            _page(LOGIN, 1, form=form.render(), context=request.site)
            if isinstance(form, Form)
            else form
        )
    found = ask_code(request, LOGIN, "login_code", is_owner)
    if isinstance(found, dict):
        return _page(LOGIN, 2, **found)
    if isinstance(found, str):
        account = request.site.accounts.find(request.vault, found)
        codes.forget(request, LOGIN)
        if not is_owner(account):
            raise PortalError("code.over", status=401)
        return admit(request, account, came_from, method="code")
    return found


@view_config(route_name="reset", renderer=PAGE)
def reset(request: Any) -> Any:
    """Take the number of an account whose password is forgotten."""
    form = ask_phone(request, RESET, "reset_code", has_account)
    if not isinstance(form, Form):
        return form
    return _page(
        RESET, 1, form=form.render(), hint=i18n.message("reset.hint"), context=request.site
    )


@view_config(route_name="reset_code", renderer=PAGE)
def reset_code(request: Any) -> Any:
    """Take the code."""
    if codes.waiting(request, RESET) is None and request.method == "GET":
        return HTTPSeeOther(request.route_path("reset"))
    found = ask_code(request, RESET, "reset", has_account)
    if isinstance(found, dict):
        return _page(RESET, 2, **found)
    return HTTPSeeOther(request.route_path("reset_password")) if isinstance(found, str) else found


@view_config(route_name="reset_password", renderer=PAGE)
def reset_password(request: Any) -> Any:
    """Take the new password; every session of the account ends and the person is told."""
    phone = codes.proven(request, RESET)
    account = request.site.accounts.find(request.vault, phone) if phone else None
    if account is None or not has_account(account):
        request.session.flash(["warning", "code.over"])
        return HTTPSeeOther(request.route_path("reset"))
    schema = ResetSchema()
    schema["password"].widget = password_widget(request)
    form = Form(schema, request, button="reset.submit")
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        try:
            check_staff_password(request, account, values["password"])
            accounts.set_password(account, values["password"], phone)
        except PortalError as error:
            form.fail(error)
        else:
            account.failures, account.locked_until = 0, None
            codes.forget(request, RESET)
            request.site.sessions.end_all(account.id)
            audit.record(request, "account.reset", account=account.id)
            tell_password_changed(request, account)
            request.session.flash(["success", "reset.done"])
            return HTTPSeeOther(request.route_path("login"))
    return _page(RESET, 3, form=form.render(), show=show_link(request), context=request.site)


def tell_password_changed(request: Any, account: Any) -> None:
    """Tell the person at once, by SMS too where there is a number."""
    notify.send(
        request,
        account.id,
        "account.password_changed",
        {"time": clock.local(clock.now()).strftime("%Y-%m-%d %H:%M")},
        channels=("sms",) if account.sealed_phone else (),
        priority=True,
    )
