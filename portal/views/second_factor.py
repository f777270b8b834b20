"""Setting up the second factor (两步验证): an authenticator app, read from a picture."""

from __future__ import annotations

from typing import Any

import colander
import segno
from deform.widget import TextInputWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import audit, clock, i18n, notify, recovery, totp
from portal.authentication import is_staff
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema
from portal.layout import Layout
from portal.security import Permission
from portal.views.again import fresh_or_redirect

OWN = Permission.ACCOUNT_OWN.value
SECRET = "new_totp"  # noqa: S105 - the name of a session key


class SecondSchema(FormSchema):
    """The first code of the app."""

    code = Field(
        colander.String(),
        title=i18n.message("second.field.code"),
        validator=colander.Length(max=20),
        widget=TextInputWidget(attributes={"inputmode": "numeric", "autocomplete": "off"}),
        data_class="secret",
    )


@view_config(route_name="second_factor", renderer="skins:default/second.pt", permission=OWN)
def second_factor(request: Any) -> Any:
    """Set up or remove the authenticator app, after a fresh log-in."""
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    account, vault = request.account, request.vault
    required = request.registry.settings["yitang"].second_factor
    must_keep = required and is_staff(account)
    page = {
        "form": None,
        "qr": "",
        "secret": "",
        "codes": [],
        "must": must_keep,
        "off": is_staff(account) and not required,
        "context": request.site,
    }
    if account.totp_secret:
        if request.method == "POST" and "codes" in request.POST:
            return page | _codes(request)
        if request.method == "POST":
            if must_keep:
                raise PortalError("second.must_keep", clause="EV-5.2.2", status=403)
            totp.remove(account)
            _tell_second(request)
            return HTTPSeeOther(request.route_path("second_factor"))
        return page | {"left": len(account.recovery)}
    secret = _secret_on_its_way(request)
    form = Form(SecondSchema(), request, button="second.install")
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        counter = totp.counter_of(secret, values["code"], 0)
        if counter:
            totp.install(vault, account, secret, counter)
            request.session.pop(SECRET)
            _tell_second(request)
            return page | _codes(request)
        form.fail(PortalError("second.wrong", field="code"))
    issuer = request.registry.settings["yitang"].title
    name = account.login or Layout(request, None).translate("role.owner")
    picture = segno.make(totp.address(secret, name, issuer), micro=False)
    return page | {
        "form": form.render(),
        "qr": picture.svg_data_uri(scale=5, border=2),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }


def _codes(request: Any) -> dict[str, Any]:
    """Make new recovery codes and show them this once."""
    codes = recovery.new_codes(request.vault, request.account)
    audit.record(request, "account.recovery_made")
    return {"codes": codes, "left": len(codes)}


def _secret_on_its_way(request: Any) -> str:
    """Return the secret that this browser is about to confirm; the cookie holds it sealed."""
    purpose = f"totp:{request.account_id}"
    try:
        sealed = bytes.fromhex(request.session.get(SECRET, ""))
        secret = str(request.vault.open(sealed, purpose))
    except ValueError:
        secret = ""
    if not secret:
        secret = totp.new_secret()
        request.session[SECRET] = request.vault.seal(secret, purpose).hex()
    return secret


def _tell_second(request: Any) -> None:
    audit.record(request, "account.second_factor")
    time = clock.local(clock.now()).strftime("%Y-%m-%d %H:%M")
    notify.send(request, request.account_id, "account.second_factor", {"time": time})
    request.session.flash(["success", "second.changed"])
