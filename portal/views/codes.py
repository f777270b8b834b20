"""The page of a code (验证码页): enter it, or ask for another one after a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import colander
from deform.widget import TextInputWidget
from pyramid.httpexceptions import HTTPSeeOther

from portal import codes, i18n
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema
from portal.rules.masking import mask_phone

# Asks for the number once more, although a code is on its way.
AGAIN = "again"


class PhoneSchema(FormSchema):
    """A mobile number to send a code to."""

    phone = Field(
        colander.String(),
        title=i18n.message("account.field.phone"),
        description=i18n.message("account.field.phone_help"),
        validator=colander.Length(max=30),
        widget=TextInputWidget(attributes={"inputmode": "tel", "autocomplete": "tel"}),
        data_class="personal",
    )


class CodeSchema(FormSchema):
    """The code from the message."""

    code = Field(
        colander.String(),
        title=i18n.message("code.field.code"),
        description=i18n.message(
            "code.field.code_help", minutes=int(codes.LIFE.total_seconds()) // 60
        ),
        validator=colander.Length(max=20),
        widget=TextInputWidget(
            attributes={"inputmode": "numeric", "autocomplete": "one-time-code"}
        ),
        data_class="secret",
    )


def ask_phone(
    request: Any, purpose: str, next_route: str, may: Callable[[Any], bool], **values: Any
) -> Any:
    """Take a number, send the code and go on; ``may(account)`` says whether one is sent.

    Returns a redirect, or the form to show. The page is the same for every number. ``values``
    fill the message beside code and minutes.
    """
    form = Form(PhoneSchema(), request, button="code.send")
    entered = form.validate() if request.method == "POST" else None
    if entered is not None:
        try:
            phone = codes.mobile(entered["phone"])
        except PortalError as error:
            form.fail(error)
        else:
            account = request.site.accounts.find(request.vault, phone)
            codes.send(request, purpose, phone, deliver=may(account), values=values)
            query = {key: value for key, value in request.GET.items() if key != AGAIN}
            return HTTPSeeOther(request.route_path(next_route, _query=query))
    return form


def ask_code(
    request: Any, purpose: str, first_route: str, may: Callable[[Any], bool], **values: Any
) -> Any:
    """Take the code; returns the number when it is right, else the page's form and resending.

    ``first_route`` asks for another number; ``values`` fill the message of another code.
    """
    form = Form(CodeSchema(), request, button="code.check")
    note: PortalError | None = None
    if request.method == "POST" and "resend" in request.POST:
        left = codes.seconds_to_resend(request, purpose)
        phone = codes.phone_of(request, purpose)
        if phone and not left:
            account = request.site.accounts.find(request.vault, phone)
            codes.send(request, purpose, phone, deliver=may(account), values=values)
            request.session.flash(["success", "code.sent_again"])
            return HTTPSeeOther(request.path_qs)
        note = PortalError("code.wait", clause="EV-5.2.2", seconds=left)
        form.fail(note)
    elif request.method == "POST":
        entered = form.validate()
        if entered is not None:
            try:
                return codes.check(request, purpose, entered["code"])
            except PortalError as error:
                form.fail(error)
    phone = codes.phone_of(request, purpose)
    return {
        "form": form.render(),
        "hint": i18n.message("code.sent", phone=mask_phone(phone)) if phone else "",
        "resend": {
            "seconds": codes.seconds_to_resend(request, purpose),
            "other": f"{request.route_path(first_route)}?{AGAIN}=1",
        },
        "context": request.site,
    }
