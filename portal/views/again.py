"""Proving again who one is (再次验证) before an act that matters (D7)."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import accounts, audit, clock, i18n
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema
from portal.security import Permission
from portal.views.login import local_target
from portal.views.passwords import password_widget


class AgainSchema(FormSchema):
    """The password once more."""

    password = Field(
        colander.String(),
        title=i18n.message("login.field.password"),
        validator=colander.Length(max=accounts.MAX_PASSWORD * 2),
        data_class="secret",
    )


def fresh_or_redirect(request: Any) -> HTTPSeeOther | None:
    """Return None after a fresh log-in, else the way to prove it and to come back."""
    if request.is_fresh:
        return None
    back = request.path_qs if request.method == "GET" else request.path
    return HTTPSeeOther(request.route_path("reauthenticate", _query={"came_from": back}))


@view_config(
    route_name="reauthenticate",
    renderer="skins:default/form.pt",
    permission=Permission.ACCOUNT_OWN.value,
)
def reauthenticate(request: Any) -> Any:
    """Ask for the password again and go back to where the person came from."""
    came_from = local_target(request.params.get("came_from", "/"))
    schema = AgainSchema()
    schema["password"].widget = password_widget(request, "current-password")
    form = Form(schema, request, button="again.submit")
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        try:
            right = accounts.authenticate(request.account, values["password"])
        except PortalError as error:
            form.fail(error)
        else:
            if right:
                request.login_session.fresh_at = clock.now()
                audit.record(request, "account.again")
                return HTTPSeeOther(came_from)
            audit.record(request, "account.login_failed", account=request.account_id)
            form.fail(PortalError("password.wrong", field="password", status=401))
    return {
        "form": form.render(),
        "heading": i18n.message("again.title"),
        "intro": i18n.message("again.intro"),
        "context": request.site,
    }
