"""Logging in and out (登录): one form, one answer for every wrong pair."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import colander
from deform.widget import PasswordWidget, TextInputWidget
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from portal import accounts, audit, clock, i18n, notify, ratelimit, recovery, totp
from portal.authentication import (
    check_staff_password,
    is_staff,
    lacks_second,
    remember_login,
    token_of,
)
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema
from portal.initialise import SETUP_LIFE
from portal.sessions import digest

PAGE = "skins:default/login.pt"
SECOND = "second"
SECOND_LIFE = 300  # seconds between the two factors


class LoginSchema(FormSchema):
    """What a person types to log in."""

    login = Field(
        colander.String(),
        title=i18n.message("login.field.login"),
        validator=colander.Length(max=80),
        data_class="personal",
    )
    password = Field(
        colander.String(),
        title=i18n.message("login.field.password"),
        widget=PasswordWidget(autocomplete="current-password"),
        validator=colander.Length(max=accounts.MAX_PASSWORD),
        data_class="secret",
    )


class SetupSchema(FormSchema):
    """The first password of an account made by someone else."""

    password = Field(
        colander.String(),
        title=i18n.message("account.field.new_password"),
        widget=PasswordWidget(autocomplete="new-password"),
        data_class="secret",
    )


def local_target(url: str) -> str:
    """Return a path on this site to go to, never another host."""
    parts = urlsplit(url)
    safe = url.startswith("/") and not url.startswith(("//", "/\\")) and not parts.netloc
    return url if safe and "\n" not in url and "\r" not in url else "/"


def admit(request: Any, account: Any, came_from: str, method: str = "password") -> HTTPSeeOther:
    """Log in somebody who passed the first factor, or ask for the second one first."""
    if account.totp_secret:
        request.session[SECOND] = {
            "account": account.id,
            "at": int(clock.now().timestamp()),
            "came_from": came_from,
        }
        return HTTPSeeOther(request.route_path("login_second"))
    remember_login(request, account)
    audit.record(request, "account.login", actor=account.id, method=method)
    return _onward(request, account, came_from)


def _onward(request: Any, account: Any, came_from: str) -> HTTPSeeOther:
    """Lead to what must be done first, else to where the person came from."""
    if lacks_second(request, account):
        request.session.flash(["warning", "second.required"])
        return HTTPSeeOther(request.route_path("second_factor"))
    level3 = request.registry.settings["yitang"].level3_passwords and is_staff(account)
    if level3 and accounts.password_is_old(account):
        account.must_change_password = True
        request.session.flash(["warning", "password.old"])
    return HTTPSeeOther(
        request.route_path("password") if account.must_change_password else came_from
    )


@view_config(route_name="login", renderer=PAGE)
def login(request: Any) -> Any:
    """Check name and password and start a session."""
    came_from = local_target(request.params.get("came_from", "/"))
    if request.account is not None and request.method == "GET":
        return HTTPSeeOther(came_from)
    form = Form(LoginSchema(), request, button="login.submit", action=request.path_qs)
    if request.method == "POST":
        ratelimit.hit(request, "login")
        values = form.validate()
        if values is not None:
            account = request.site.accounts.find(request.vault, values["login"])
            try:
                right = accounts.authenticate(account, values["password"])
            except PortalError:
                # Locked: the same answer as to a wrong pair, which tells nobody that it exists.
                right = False
            if right:
                return admit(request, account, came_from)
            # Returned, not raised: the count of failures must be kept.
            form.fail(PortalError("login.wrong", field="login", status=401))
            refused(request, account)
    return {"form": form.render(), "context": request.site}


def refused(request: Any, account: Any) -> None:
    """Note a failed log-in; the owner of the account hears of the first lock (ASVS 6.3.5)."""
    audit.record(request, "account.login_failed", account=account.id if account else "")
    if account is not None and account.failures == accounts.FREE_TRIES and account.locked_until:
        told_until = clock.local(account.locked_until).strftime("%H:%M")
        if account.lock_told_at != account.locked_until:
            account.lock_told_at = account.locked_until
            notify.send(request, account.id, "account.locked_out", {"time": told_until})


class SecondSchema(FormSchema):
    """The code of the authenticator app."""

    code = Field(
        colander.String(),
        title=i18n.message("second.field.code"),
        description=i18n.message("second.field.code_help"),
        widget=TextInputWidget(attributes={"autocomplete": "one-time-code"}),
        validator=colander.Length(max=20),
        data_class="secret",
    )


@view_config(route_name="login_second", renderer="skins:default/form.pt")
def login_second(request: Any) -> Any:
    """Check the code of the authenticator app after the password."""
    pending = request.session.get(SECOND, {})
    account = request.site.accounts.get(pending.get("account", ""))
    late = clock.now().timestamp() - pending.get("at", 0) > SECOND_LIFE
    if account is None or not account.active or late:
        return HTTPSeeOther(request.route_path("login"))
    form = Form(SecondSchema(), request, button="login.submit")
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        ratelimit.hit(request, "code_try", account.id)
        method = _second_passed(request, account, values["code"])
        if method:
            remember_login(request, account)
            audit.record(request, "account.login", actor=account.id, method=method)
            return _onward(request, account, local_target(pending["came_from"]))
        accounts.count_failure(account)
        audit.record(request, "account.login_failed", account=account.id)
        if account.locked_until is not None:
            request.session.pop(SECOND)
        form.fail(PortalError("second.wrong", field="code", status=401))
    return {
        "form": form.render(),
        "heading": i18n.message("second.login"),
        "context": request.site,
    }


def _second_passed(request: Any, account: Any, code: str) -> str:
    """Return by what the second step was passed, or nothing; a recovery code is told about."""
    if totp.accept(request.vault, account, code):
        return "second"
    if not recovery.accept(request.vault, account, code):
        return ""
    left = {"left": len(account.recovery)}
    notify.send(request, account.id, "account.recovery_used", left, link="/me/second")
    return "recovery"


@view_config(route_name="logout", request_method="POST")
def logout(request: Any) -> Any:
    """End the session on this device."""
    if request.account is not None:
        audit.record(request, "account.logout")
        request.site.sessions.end(token_of(request))
    request.session.invalidate()
    response = HTTPSeeOther("/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@view_config(route_name="setup", renderer="skins:default/form.pt")
def setup(request: Any) -> Any:
    """Let the holder of a single-use link set the first password."""
    account_id, _, token = request.matchdict["token"].partition(".")
    account = request.site.accounts.get(account_id)
    if (
        account is None
        or not account.active
        or not account.setup_digest
        or account.setup_digest != digest(token)
        or account.setup_expires_at < clock.now()
    ):
        raise HTTPNotFound
    form = Form(SetupSchema(), request, action=request.path)
    if request.method == "POST":
        values = form.validate()
        if values is not None:
            try:
                check_staff_password(request, account, values["password"])
                accounts.set_password(account, values["password"])
            except PortalError as error:
                form.fail(error)
            else:
                account.setup_digest = ""
                request.site.sessions.end_all(account.id)
                audit.record(request, "account.setup", account=account.id)
                request.session.flash(["success", "account.password_set"])
                return admit(request, account, "/", method="link")
    return {
        "form": form.render(),
        "heading": i18n.message("account.setup", hours=SETUP_LIFE.days * 24),
        "item": None,
        "context": request.site,
    }
