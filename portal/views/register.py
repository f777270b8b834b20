"""Registering (注册): number, code, then password and consent; nothing is ticked in advance."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import CheckboxWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import accounts, audit, clock, codes, i18n, notify, texts
from portal.authentication import remember_login
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema
from portal.rules.masking import mask_phone
from portal.views.codes import ask_code, ask_phone
from portal.views.passwords import password_field, password_widget, show_link

PAGE = "skins:default/register.pt"
PURPOSE = "register"
STEPS = ("register.step.phone", "register.step.code", "register.step.password")


class PasswordSchema(FormSchema):
    """The password and the consent to the privacy text (35273 5.4 a)."""

    password = password_field()
    consent = Field(
        colander.Boolean(),
        title=i18n.message("register.field.consent"),
        description=i18n.message("register.field.consent_help"),
        widget=CheckboxWidget(),
        validator=colander.OneOf([True]),
        data_class="internal",
    )


def anybody(_account: Any) -> bool:
    """Every number gets its code: who holds the phone may learn that it has an account."""
    return True


def page(current: int, **values: Any) -> dict[str, Any]:
    """Return what the page of a step needs."""
    return {
        "heading": i18n.message("register.title"),
        "steps": [i18n.message(step) for step in STEPS],
        "current": current,
        "form": None,
        **values,
    }


@view_config(route_name="register", renderer=PAGE)
def register(request: Any) -> Any:
    """Take the mobile number and send a code to it."""
    if request.account is not None:
        return HTTPSeeOther(request.route_path("me"))
    form = ask_phone(request, PURPOSE, "register_code", anybody)
    if not isinstance(form, Form):
        return form
    return page(1, form=form.render(), context=request.site)


@view_config(route_name="register_code", renderer=PAGE)
def register_code(request: Any) -> Any:
    """Take the code."""
    if codes.waiting(request, PURPOSE) is None and request.method == "GET":
        return HTTPSeeOther(request.route_path("register"))
    found = ask_code(request, PURPOSE, "register", anybody)
    if isinstance(found, dict):
        return page(2, **found)
    if isinstance(found, str):
        return HTTPSeeOther(request.route_path("register_password"))
    return found


@view_config(route_name="register_password", renderer=PAGE)
def register_password(request: Any) -> Any:
    """Take password and consent of somebody who proved the number, and create the account."""
    phone = codes.proven(request, PURPOSE)
    if not phone:
        request.session.flash(["warning", "code.over"])
        return HTTPSeeOther(request.route_path("register"))
    if request.site.accounts.find(request.vault, phone) is not None:
        # Only who holds the phone gets here, so this tells nothing to strangers.
        known = {
            "title": i18n.message("register.known"),
            "text": i18n.message("register.known_text"),
            "url": request.route_path("login"),
            "action": i18n.message("register.known_action"),
        }
        return page(3, done=known, context=request.site)
    schema = PasswordSchema()
    schema["password"].widget = password_widget(request)
    form = Form(schema, request, button="register.submit")
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        try:
            accounts.check_password_policy(values["password"], phone)
        except PortalError as error:
            form.fail(error)
        else:
            create(request, phone, values["password"])
            return HTTPSeeOther(request.route_path("verify_identity"))
    return page(
        3,
        form=form.render(),
        show=show_link(request),
        hint=i18n.message("register.number", phone=mask_phone(phone)),
        context=request.site,
    )


def create(request: Any, phone: str, password: str) -> Any:
    """Create an owner's account with a proven number, log in and tell the person."""
    account = request.site.accounts.create(request.vault, phone=phone, kind="owner")
    accounts.set_password(account, password, phone)
    account.language = request.locale_name
    account.consent = (("privacy", texts.version("privacy"), clock.now()),)
    codes.forget(request, PURPOSE)
    remember_login(request, account)
    audit.record(request, "account.register", account=account.id)
    notify.send(
        request,
        account.id,
        "account.registered",
        {"time": clock.local(clock.now()).strftime("%Y-%m-%d %H:%M")},
        link="/me/identity",
    )
    request.session.flash(["success", "register.registered"])
    return account
