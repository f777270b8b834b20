"""Logging in and out (登录): one form, one answer for every wrong pair."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import colander
from deform.widget import PasswordWidget
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from portal import accounts, audit, clock, i18n, ratelimit
from portal.authentication import remember_login, token_of
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema
from portal.initialise import SETUP_LIFE
from portal.sessions import digest

PAGE = "skins:default/login.pt"


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


@view_config(route_name="login", renderer=PAGE)
def login(request: Any) -> Any:
    """Check name and password and start a session."""
    came_from = local_target(request.params.get("came_from", "/"))
    if request.account is not None and request.method == "GET":
        return HTTPSeeOther(came_from)
    form = Form(LoginSchema(), request, button="login.submit", action=request.path_qs)
    if request.method == "POST":
        ratelimit.hit(request, "login", request.client_addr or "-")
        values = form.validate()
        if values is not None:
            account = request.site.accounts.find(request.vault, values["login"])
            try:
                right = accounts.authenticate(account, values["password"])
            except PortalError as error:
                form.fail(error)
            else:
                if right:
                    remember_login(request, account)
                    audit.record(request, "account.login", account=account.id)
                    return HTTPSeeOther(
                        request.route_path("password")
                        if account.must_change_password
                        else came_from
                    )
                # Returned, not raised: the count of failures must be kept.
                form.fail(PortalError("login.wrong", field="login", status=401))
            audit.record(request, "account.login_failed", account=account.id if account else "")
    return {"form": form.render(), "context": request.site}


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
                accounts.set_password(account, values["password"])
            except PortalError as error:
                form.fail(error)
            else:
                account.setup_digest = ""
                audit.record(request, "account.setup", account=account.id)
                remember_login(request, account)
                request.session.flash(["success", "account.password_set"])
                return HTTPSeeOther("/")
    return {
        "form": form.render(),
        "heading": i18n.message("account.setup", hours=SETUP_LIFE.days * 24),
        "item": None,
        "context": request.site,
    }
