"""Accounts of staff (账号管理): create, give and take roles, lock, end sessions."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import TextInputWidget
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from portal import accounts, audit, granting, i18n, initialise, notify, totp
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema, choices, offer
from portal.layout import Layout
from portal.paging import SIZE, batch
from portal.security import Permission, Role, permits
from portal.views.again import fresh_or_redirect
from portal.views.own_account import former_emails

OWN = Permission.ACCOUNT_OWN.value
LOGIN_RULE = r"^[a-z][a-z0-9._-]{2,39}$"


class GrantSchema(FormSchema):
    """A role and where it holds."""

    role = Field(
        colander.String(), title=i18n.message("accounts.field.role"), data_class="internal"
    )
    scope = Field(
        colander.String(), title=i18n.message("accounts.field.scope"), data_class="internal"
    )


class NewAccountSchema(FormSchema):
    """A log-in name and the first role of a member of staff."""

    login = Field(
        colander.String(),
        title=i18n.message("accounts.field.login"),
        description=i18n.message("accounts.field.login_help"),
        validator=colander.Regex(LOGIN_RULE, msg=i18n.message("accounts.bad_login")),
        widget=TextInputWidget(attributes={"autocomplete": "off", "spellcheck": "false"}),
        data_class="internal",
    )
    role = Field(
        colander.String(), title=i18n.message("accounts.field.role"), data_class="internal"
    )
    scope = Field(
        colander.String(), title=i18n.message("accounts.field.scope"), data_class="internal"
    )


def _bound(schema: Any, request: Any) -> Any:
    """Fill the choices of role and place with what the person may give."""
    found = list(granting.places(request))
    roles = [role for role in Role if any(role in place.roles for place in found)]
    offer(schema["role"], choices((str(role), f"role.{role}") for role in roles))
    offer(schema["scope"], ((one.scope, one.title) for one in found))
    return schema


def _visible(request: Any) -> list[Any]:
    """Return the accounts of staff the person looks after."""
    staff = [one for one in request.site.accounts if one.kind == "staff" or _appointed(one)]
    if permits(request.site, Permission.ACCOUNT_MANAGE, request.principals):
        return staff
    reach = {(role, place.scope) for place in granting.places(request) for role in place.roles}
    return [one for one in staff if reach & set(one.grants)]


def _appointed(account: Any) -> bool:
    return any(role not in (Role.OWNER, Role.PROXY) for role, _ in account.grants)


def _guard(request: Any) -> None:
    if not granting.may_appoint(request):
        raise HTTPForbidden


@view_config(route_name="accounts", renderer="skins:default/accounts.pt", permission=OWN)
def show_accounts(request: Any) -> dict[str, Any]:
    """List the accounts the person looks after."""
    _guard(request)
    layout = Layout(request, request.site)
    words = request.GET.get("q", "").strip().casefold()
    found = sorted(_visible(request), key=lambda one: one.login)
    if words:
        found = [one for one in found if words in one.login.casefold() or one.id == words]
    pages = batch(request, len(found))
    titles = _scope_titles(request)
    return {
        "rows": [
            {
                "url": layout.url(f"accounts/{account.id}"),
                "login": account.login or account.id,
                "roles": [_role(layout, pair, titles) for pair in account.grants],
                "state": layout.translate(f"accounts.state.{_state(account)}"),
                "state_kind": {"active": "done", "locked": "refused"}.get(
                    _state(account), "waiting"
                ),
                "second": bool(account.totp_secret),
            }
            for account in found[pages["start"] : pages["start"] + SIZE]
        ],
        "batch": pages,
        "q": request.GET.get("q", ""),
        "new_url": layout.url("accounts/new"),
        "context": request.site,
    }


def _state(account: Any) -> str:
    if not account.active:
        return "locked"
    return "active" if account.password else "invited"


def _scope_titles(request: Any) -> dict[str, str]:
    return {place.scope: place.title for place in granting.places(request)}


def _role(layout: Layout, pair: tuple[str, str], titles: dict[str, str]) -> str:
    role, scope = pair
    return f"{layout.translate(f'role.{role}')} · {titles.get(scope, scope)}"


@view_config(route_name="account_new", renderer="skins:default/account_new.pt", permission=OWN)
def create_account(request: Any) -> Any:
    """Create an account with its first role and show its set-up link once."""
    _guard(request)
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    form = Form(_bound(NewAccountSchema(), request), request, button="accounts.create")
    link = ""
    values = form.validate() if request.method == "POST" else None
    if values is not None:
        try:
            account = request.site.accounts.create(
                request.vault, login=values["login"], kind="staff"
            )
            granting.check(request, account, values["role"], values["scope"])
            accounts.grant(account, values["role"], values["scope"])
        except PortalError as error:
            form.fail(error)
            request.tm.doom()
        else:
            link = _setup_link(request, account)
            audit.record(
                request,
                "account.create",
                account=account.id,
                role=values["role"],
                scope=values["scope"],
            )
    return {
        "form": None if link else form.render(),
        "heading": i18n.message("accounts.new"),
        "link": link,
        "context": request.site,
    }


def _setup_link(request: Any, account: Any) -> str:
    # Not the address of the request, whose host anybody may write.
    return str(request.registry.settings["yitang"].base_url) + initialise.setup_link(account)


def _account(request: Any) -> Any:
    _guard(request)
    account = request.site.accounts.get(request.matchdict["account_id"])
    if account is None or account not in _visible(request):
        raise HTTPNotFound
    return account


@view_config(
    route_name="account",
    request_method="GET",
    renderer="skins:default/account.pt",
    permission=OWN,
)
def show_account(request: Any, form: Any = None, link: str = "") -> dict[str, Any]:
    """Show one account with its roles and what can be done."""
    account = _account(request)
    layout = Layout(request, request.site)
    titles = _scope_titles(request)
    changeable = {(role, p.scope) for p in granting.places(request) for role in p.roles}
    own = account.id == request.account_id
    sessions = request.site.sessions.of(account.id)
    form = form or Form(_bound(GrantSchema(), request), request, button="accounts.grant")
    facts = [
        ("login", account.login or "-"),
        ("state", layout.translate(f"accounts.state.{_state(account)}")),
        ("created", layout.time(account.created_at)),
        ("second", layout.translate("form.yes" if account.totp_secret else "form.no")),
        ("sessions", str(len(sessions))),
        *(
            ("former_email", f"{email} ({layout.time(until)})")
            for email, until in former_emails(request, account)
        ),
    ]
    return {
        "item": account,
        "facts": [(layout.translate(f"accounts.fact.{name}"), value) for name, value in facts],
        "roles": [
            {
                "role": role,
                "scope": scope,
                "text": _role(layout, (role, scope), titles),
                "may_revoke": not own and (role, scope) in changeable,
            }
            for role, scope in account.grants
        ],
        "form": None if own else form.render(),
        "own": own,
        "manage": not own and permits(request.site, Permission.ACCOUNT_MANAGE, request.principals),
        "link": link,
        "context": request.site,
    }


@view_config(
    route_name="account",
    request_method="POST",
    renderer="skins:default/account.pt",
    permission=OWN,
)
def change_account(request: Any) -> Any:
    """Give or take a role, or do what only administrators may do to an account."""
    account = _account(request)
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    act = request.POST.get("act", "")
    if act == "revoke":
        role, scope = request.POST.get("role", ""), request.POST.get("scope", "")
        granting.check(request, account, role, scope)
        accounts.revoke(account, role, scope)
        _role_changed(request, account, role, scope, "revoked")
    elif act:
        link = _manage(request, account, act)
        if link:
            return show_account(request, link=link)
    else:
        form = Form(_bound(GrantSchema(), request), request, button="accounts.grant")
        values = form.validate()
        if values is None:
            return show_account(request, form)
        try:
            granting.check(request, account, values["role"], values["scope"])
            accounts.grant(account, values["role"], values["scope"])
        except PortalError as error:
            form.fail(error)
            request.tm.doom()
            return show_account(request, form)
        _role_changed(request, account, values["role"], values["scope"], "granted")
    request.session.flash(["success", "content.saved"])
    return HTTPSeeOther(request.route_path("account", account_id=account.id))


def _role_changed(request: Any, account: Any, role: str, scope: str, change: str) -> None:
    audit.record(request, f"account.role_{change}", account=account.id, role=role, scope=scope)
    layout = Layout(request, request.site)
    text = f"{_role(layout, (role, scope), _scope_titles(request))} "
    text += layout.translate(f"accounts.{change}")
    notify.send(request, account.id, "account.role_changed", {"change": text})


def _manage(request: Any, account: Any, act: str) -> str:
    """Lock, unlock, end sessions, or give a way back in; returns a set-up link, if one was made."""
    if account.id == request.account_id or not permits(
        request.site, Permission.ACCOUNT_MANAGE, request.principals
    ):
        raise HTTPForbidden
    link = ""
    if act in ("lock", "end_sessions"):
        account.active = account.active and act != "lock"
        request.site.sessions.end_all(account.id)
    elif act == "unlock":
        account.active, account.failures, account.locked_until = True, 0, None
    elif act == "link" and account.kind == "staff":
        # An owner who also holds a role resets by the own number: a link would be a way to vote.
        link = _setup_link(request, account)
    elif act == "remove_second":
        totp.remove(account)
    else:
        raise HTTPNotFound
    audit.record(request, f"account.{act}", account=account.id)
    return link
