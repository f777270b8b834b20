"""Pages by which a person closes the account or takes a consent back (注销账号、撤回同意)."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import CheckboxWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import accounts, closing, i18n
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema
from portal.layout import Layout
from portal.security import Permission
from portal.views.again import fresh_or_redirect
from portal.views.passwords import password_widget

OWN = Permission.ACCOUNT_OWN.value
DELETED = ("identity", "contact", "password", "messages", "units", "papers", "service")
KEPT = ("votes", "audit", "notices", "register", "consents", "ratings")


class CloseSchema(FormSchema):
    """The password once more, and that the person knows what happens."""

    password = Field(
        colander.String(),
        title=i18n.message("password.field.current"),
        validator=colander.Length(max=accounts.MAX_PASSWORD * 2),
        data_class="secret",
    )
    sure = Field(
        colander.Boolean(),
        title=i18n.message("closing.field.sure"),
        widget=CheckboxWidget(),
        validator=colander.OneOf([True]),
        data_class="internal",
    )


@view_config(route_name="close", renderer="skins:default/close.pt", permission=OWN)
def close_account(request: Any) -> Any:
    """Say what closing means, take the password and the wish; undo it within its days."""
    account = request.account
    if request.method == "POST" and "undo" in request.POST:
        closing.undo(request, account)
        request.session.flash(["success", "closing.undone"])
        return HTTPSeeOther(request.route_path("me"))
    schema = CloseSchema()
    schema["password"].widget = password_widget(request, "current-password")
    form = Form(schema, request, button="closing.submit")
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        try:
            if not accounts.authenticate(account, values["password"]):
                raise PortalError("password.wrong", field="password")  # noqa: TRY301
            closing.ask(request, account)
        except PortalError as error:
            form.fail(error)
        else:
            request.session.flash(["success", "closing.asked"])
            return HTTPSeeOther(request.route_path("close"))
    try:
        closing.check_may_close(account)
        hindrance = ""
    except PortalError as error:
        hindrance = error.message_id
    layout = Layout(request, request.site)
    return {
        "deleted": [layout.translate(f"closing.deleted.{one}") for one in DELETED],
        "kept": [
            (layout.translate(f"closing.kept.{one}"), layout.translate(f"closing.why.{one}"))
            for one in KEPT
        ],
        "days": closing.UNDO.days,
        "closing_at": layout.time(account.closing_at),
        "hindrance": hindrance,
        "form": form.render(),
        "context": request.site,
    }


@view_config(route_name="consents", renderer="skins:default/consents.pt", permission=OWN)
def consents(request: Any) -> Any:
    """List what the person agreed to, and take back the consent to the check of identity."""
    account = request.account
    if request.method == "POST":
        again = fresh_or_redirect(request)
        if again is not None:
            return again
        closing.withdraw_identity(request, account)
        request.session.flash(["success", "consents.withdrawn"])
        return HTTPSeeOther(request.route_path("consents"))
    layout = Layout(request, request.site)
    return {
        "consents": [
            (layout.translate(f"consents.use.{use}"), version, layout.time(at))
            for use, version, at in account.consent
        ],
        "may_withdraw": account.verified_at is not None
        or any(use in closing.WITHDRAWABLE for use, *_ in account.consent),
        "context": request.site,
    }
