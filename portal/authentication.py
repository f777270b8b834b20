"""Who is asking (认证): from the session's token to an account and its principals."""

from __future__ import annotations

from typing import Any

from pyramid.authorization import ACLAllowed, ACLDenied
from pyramid.interfaces import IAuthenticationPolicy, IAuthorizationPolicy
from zope.interface import implementer

from portal import accounts, clock
from portal.security import AUTHENTICATED, EVERYONE, Role, allowed_principals, permits
from portal.sessions import FRESH, Session

TOKEN = "auth"  # noqa: S105 - a name, not a secret
ANONYMOUS = frozenset((EVERYONE,))
WITHOUT_SECOND = frozenset((EVERYONE, AUTHENTICATED))
# Roles a person has for himself; every other one is work for others.
PRIVATE_ROLES = frozenset((Role.OWNER, Role.PROXY))


def token_of(request: Any) -> str:
    """Return the session token of the browser's cookie or of an API client's header."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return str(header[7:].strip())
    # Without any cookie there is no session to be opened.
    return str(request.session.get(TOKEN, "")) if request.cookies else ""


def current_session(request: Any) -> Session | None:
    """Return the live log-in session of the request."""
    token = token_of(request)
    return request.site.sessions.find(token) if token else None


def current_account(request: Any) -> Any:
    """Return the account that is asking, or None."""
    session = request.login_session
    if session is None:
        return None
    account = request.site.accounts.get(session.account_id)
    return account if account is not None and account.active else None


def current_account_id(request: Any) -> str:
    """Return the id of the account that is asking, or an empty string."""
    return request.account.id if request.account is not None else ""


def current_principals(request: Any) -> frozenset[str]:
    """Return the principals of the person who is asking.

    Where the site asks for it nobody acts for others until the second factor is set up; an owner
    who convenes goes on as an owner meanwhile (EV-5.2.2).
    """
    account = request.account
    if account is None:
        return ANONYMOUS
    if not lacks_second(request, account):
        return frozenset(account.principals())
    if account.kind == "staff":
        return WITHOUT_SECOND
    own = {f"{role}@{scope}" for role, scope in account.grants if role in PRIVATE_ROLES}
    return WITHOUT_SECOND | {f"account:{account.id}"} | own


def lacks_second(request: Any, account: Any) -> bool:
    """Say whether the account must set up its second factor first."""
    needed = request.registry.settings["yitang"].second_factor and is_staff(account)
    return bool(needed and not account.totp_secret)


def is_staff(account: Any) -> bool:
    """Say whether somebody acts for others here: staff, convenors, every appointed role."""
    return account.kind == "staff" or any(role not in PRIVATE_ROLES for role, _ in account.grants)


def check_staff_password(request: Any, account: Any, password: str) -> None:
    """Hold a new password of staff against level 3 where the site asks for it (D1)."""
    if request.registry.settings["yitang"].level3_passwords and is_staff(account):
        accounts.check_level3(account, password)


def is_fresh(request: Any) -> bool:
    """Say whether the person proved who they are within the last ten minutes."""
    session = request.login_session
    return session is not None and clock.now() - session.fresh_at <= FRESH


def remember_login(request: Any, account: Any) -> str:
    """Start a session for an account under a new cookie session; returns the token."""
    flashes = request.session.pop_flash()
    request.session.invalidate()
    token = request.site.sessions.start(account, request.user_agent or "")
    request.session[TOKEN] = token
    for entry in flashes:
        request.session.flash(entry)
    return token


@implementer(IAuthenticationPolicy)
class SessionAuthentication:
    """Pyramid's view of our accounts."""

    def unauthenticated_userid(self, request: Any) -> str | None:
        """Return the account id."""
        return self.authenticated_userid(request)

    def authenticated_userid(self, request: Any) -> str | None:
        """Return the account id."""
        return request.account_id or None

    def effective_principals(self, request: Any) -> list[str]:
        """Return the principals."""
        return list(request.principals)

    def remember(self, request: Any, userid: str, **_kw: Any) -> list[tuple[str, str]]:
        """Start a session; the cookie session carries it."""
        remember_login(request, request.site.accounts[userid])
        return []

    def forget(self, request: Any, **_kw: Any) -> list[tuple[str, str]]:
        """End the session."""
        request.site.sessions.end(token_of(request))
        request.session.invalidate()
        return []


@implementer(IAuthorizationPolicy)
class RuleAuthorization:
    """Pyramid's view of our rules; what no rule names is denied."""

    def permits(self, context: Any, principals: Any, permission: str) -> Any:
        """Return whether a permission is given, with the reason for debugging."""
        verdict = ACLAllowed if permits(context, permission, principals) else ACLDenied
        return verdict("rule", "rules", permission, list(principals), context)

    def principals_allowed_by_permission(self, context: Any, permission: str) -> frozenset[str]:
        """Return who holds a permission."""
        return allowed_principals(context, permission)


def includeme(config: Any) -> None:
    """Install the policies and the request's own attributes."""
    config.set_authorization_policy(RuleAuthorization())
    config.set_authentication_policy(SessionAuthentication())
    config.add_request_method(current_session, "login_session", reify=True)
    config.add_request_method(current_account, "account", reify=True)
    config.add_request_method(current_account_id, "account_id", reify=True)
    config.add_request_method(current_principals, "principals", reify=True)
    config.add_request_method(is_fresh, "is_fresh", property=True)
