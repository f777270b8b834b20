"""Pages about the own account (账号设置): password, devices, e-mail, notices."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import CheckboxChoiceWidget, TextInputWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from portal import accounts, audit, clock, i18n, inbox, quiet
from portal.authentication import check_staff_password, token_of
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema, choices, select
from portal.rules.masking import mask_email
from portal.security import Permission
from portal.sessions import digest
from portal.views.again import fresh_or_redirect
from portal.views.login_code import tell_password_changed
from portal.views.passwords import password_field, password_widget, show_link

OWN = Permission.ACCOUNT_OWN.value
FORM = "skins:default/form.pt"


class ChangePasswordSchema(FormSchema):
    """The present password and a new one (ASVS 6.2.3)."""

    current = Field(
        colander.String(),
        title=i18n.message("password.field.current"),
        validator=colander.Length(max=accounts.MAX_PASSWORD * 2),
        data_class="secret",
    )
    password = password_field()


@view_config(route_name="password", renderer="skins:default/register.pt", permission=OWN)
def change_password(request: Any) -> Any:
    """Change the password; other devices are logged out and the person is told."""
    account = request.account
    schema = ChangePasswordSchema()
    schema["current"].widget = password_widget(request, "current-password")
    schema["password"].widget = password_widget(request)
    form = Form(schema, request)
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        try:
            if not accounts.authenticate(account, values["current"]):
                raise PortalError("password.wrong", field="current")  # noqa: TRY301
            check_staff_password(request, account, values["password"])
            accounts.set_password(account, values["password"])
        except PortalError as error:
            form.fail(error)
        else:
            request.site.sessions.end_all(account.id, token_of(request))
            audit.record(request, "account.password")
            tell_password_changed(request, account)
            request.session.flash(["success", "password.changed"])
            return HTTPSeeOther(request.route_path("me"))
    return {
        "heading": i18n.message("password.title"),
        "steps": [""],
        "current": 1,
        "form": form.render(),
        "show": show_link(request),
        "context": request.site,
    }


@view_config(route_name="devices", renderer="skins:default/devices.pt", permission=OWN)
def devices(request: Any) -> Any:
    """List the devices that are logged in, and log them out (ASVS 7.4.5)."""
    sessions, account = request.site.sessions, request.account
    own = digest(token_of(request))
    if request.method == "POST":
        key = request.POST.get("end", "")
        if key == "others":
            sessions.end_all(account.id, token_of(request))
        elif key in {name for name, _ in sessions.of(account.id)}:
            sessions.end_digest(key)
        else:
            raise PortalError("devices.unknown", status=404)
        audit.record(request, "account.sessions_ended")
        if key == own:
            request.session.invalidate()
            return HTTPSeeOther("/")
        request.session.flash(["success", "devices.ended"])
        return HTTPSeeOther(request.route_path("devices"))
    found = sorted(sessions.of(account.id), key=lambda pair: pair[1].used_at, reverse=True)
    return {
        "sessions": [
            {"key": key, "own": key == own, "session": session, "device": name_of(session.device)}
            for key, session in found
        ],
        "context": request.site,
    }


def name_of(agent: str) -> str:
    """Return a browser's self-description in words people know."""
    systems = ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux")
    browsers = ("MicroMessenger", "Edg", "Firefox", "Chrome", "Safari")
    names = {"MicroMessenger": "微信", "Edg": "Edge"}
    system = next((one for one in systems if one in agent), "")
    browser = next((names.get(one, one) for one in browsers if one in agent), "")
    return " · ".join(part for part in (system, browser) if part) or agent[:40] or "-"


class ProfileSchema(FormSchema):
    """What a person may enter freely."""

    email = Field(
        colander.String(),
        title=i18n.message("profile.field.email"),
        description=i18n.message("profile.field.email_help"),
        missing="",
        validator=colander.All(colander.Email(), colander.Length(max=120)),
        widget=TextInputWidget(attributes={"autocomplete": "email", "inputmode": "email"}),
        data_class="personal",
    )


@view_config(route_name="profile", renderer=FORM, permission=OWN)
def profile(request: Any) -> Any:
    """Change the contact e-mail, after a fresh log-in (ASVS 7.5.1)."""
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    account, vault = request.account, request.vault
    purpose = f"account:{account.id}:email"
    email = vault.open(account.sealed_email, purpose)
    form = Form(ProfileSchema(), request, values={"email": email})
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        if values["email"] != email:
            if email:
                old = (account.sealed_email, clock.now())
                account.old_emails = (*account.old_emails, old)
            account.sealed_email = vault.seal(values["email"], purpose) if values["email"] else b""
            audit.record(
                request,
                "account.email",
                before=vault.token(email, "audit"),
                after=vault.token(values["email"], "audit"),
            )
        request.session.flash(["success", "content.saved"])
        return HTTPSeeOther(request.route_path("me"))
    return {
        "heading": i18n.message("me.link.profile"),
        "intro": i18n.message("profile.intro"),
        "form": form.render(),
        "back_url": request.route_path("me"),
        "links": [(i18n.message("phone.title"), request.route_path("phone"))],
        "context": request.site,
    }


def former_emails(request: Any, account: Any) -> list[tuple[str, Any]]:
    """Return the e-mails an account used before, masked, with until when (EV-5.3.1)."""
    purpose = f"account:{account.id}:email"
    return [
        (mask_email(request.vault.open(sealed, purpose)), until)
        for sealed, until in reversed(account.old_emails)
    ]


class NotificationSchema(FormSchema):
    """Which ways, in which order, and when not."""

    channels = Field(
        colander.Set(),
        title=i18n.message("notifications.field.channels"),
        description=i18n.message("notifications.field.channels_help"),
        missing=(),
        widget=CheckboxChoiceWidget(
            values=choices((one, f"channel.{one}") for one in ("sms", "email"))
        ),
        data_class="internal",
    )
    first = Field(
        colander.String(),
        title=i18n.message("notifications.field.first"),
        missing="sms",
        **select(choices((one, f"channel.{one}") for one in ("sms", "email"))),
        data_class="internal",
    )
    quiet_from = Field(
        colander.String(),
        title=i18n.message("notifications.field.quiet_from"),
        description=i18n.message("notifications.field.quiet_help"),
        missing="",
        widget=TextInputWidget(attributes={"placeholder": "22:00", "inputmode": "numeric"}),
        data_class="internal",
    )
    quiet_until = Field(
        colander.String(),
        title=i18n.message("notifications.field.quiet_until"),
        missing="",
        widget=TextInputWidget(attributes={"placeholder": "08:00", "inputmode": "numeric"}),
        data_class="internal",
    )


@view_config(route_name="notifications", renderer=FORM, permission=OWN)
def notifications(request: Any) -> Any:
    """Choose how and when to be told; the inbox always gets everything (EV-9.1)."""
    messages, account_id = request.site.messages, request.account_id
    wish = messages.preference_of(account_id)
    outside = [one for one in wish.channels if one != inbox.INAPP]
    form = Form(
        NotificationSchema(),
        request,
        values={
            "channels": set(outside),
            "first": outside[0] if outside else "sms",
            "quiet_from": wish.quiet_from,
            "quiet_until": wish.quiet_until,
        },
    )
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        chosen = sorted(values["channels"], key=lambda one: (one != values["first"], one))
        try:
            made = quiet.make_preferences(
                (inbox.INAPP, *chosen), values["quiet_from"], values["quiet_until"]
            )
        except PortalError as error:
            form.fail(error)
        else:
            messages.prefer(account_id, made)
            request.session.flash(["success", "content.saved"])
            return HTTPSeeOther(request.route_path("notifications"))
    return {
        "heading": i18n.message("me.link.notifications"),
        "intro": i18n.message("notifications.intro"),
        "form": form.render(),
        "back_url": request.route_path("me"),
        "context": request.site,
    }
