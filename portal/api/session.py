"""Logging in and the caller's own things (会话、本人、消息)."""

from __future__ import annotations

from typing import Any

from portal import accounts, audit, clock, i18n, ratelimit, recovery, totp
from portal.api.listing import paged, time
from portal.api.operations import operation
from portal.api.schema import (
    PAGE,
    TIME,
    array,
    listing,
    maybe,
    one_of,
    personal,
    record,
    text,
)
from portal.authentication import token_of
from portal.errors import PortalError
from portal.paging import SIZE
from portal.security import Role
from portal.sessions import ABSOLUTE
from portal.views.errors import answer

ROLE = record({"role": one_of(str(role) for role in Role), "scope": text()})
ME = record(
    {
        "id": text(),
        "kind": one_of(("owner", "staff")),
        "name": personal(text()),
        "language": text(),
        "verified_at": maybe(TIME),
        "roles": array(ROLE),
        "unread": {"type": "integer", "minimum": 0},
    }
)
MESSAGE = record(
    {
        "id": text(),
        "category": text(),
        "subject": text(),
        "body": personal(text()),
        "link": text(),
        "created_at": TIME,
        "read_at": maybe(TIME),
    }
)


@operation(
    "session.create",
    "POST",
    "/session",
    body=record(
        {
            "login": text(80, minLength=1),
            "password": text(accounts.MAX_PASSWORD, minLength=1),
            "code": text(20),
        },
        optional=("code",),
    ),
    answer=record({"token": text(), "expires_at": TIME, "me": ME}),
    status=201,
)
def create_session(request: Any, given: dict[str, Any]) -> Any:
    """Check name and password, and the app's code where the account has one; start a session."""
    ratelimit.hit(request, "login")
    account = request.site.accounts.find(request.vault, given["login"])
    try:
        right = accounts.authenticate(account, given["password"])
    except PortalError:
        # Locked: the same answer as to a wrong pair, which tells nobody that it exists.
        right = False
    if not right:
        return _refuse(request, account, PortalError("login.wrong", field="login", status=401))
    if account.totp_secret:
        if not given.get("code"):
            raise PortalError("api.code_needed", field="code", status=401)
        ratelimit.hit(request, "code_try", account.id)
        code = given["code"]
        if not (
            totp.accept(request.vault, account, code)
            or recovery.accept(request.vault, account, code)
        ):
            accounts.count_failure(account)
            return _refuse(request, account, PortalError("second.wrong", field="code", status=401))
    if account.must_change_password:
        raise PortalError("api.change_password", field="password", status=403)
    token = request.site.sessions.start(account, request.user_agent or "api")
    audit.record(request, "account.login", actor=account.id, method="api")
    ends = clock.now() + ABSOLUTE[account.kind]
    return {"token": token, "expires_at": time(ends), "me": describe(account, request)}


def _refuse(request: Any, account: Any, error: PortalError) -> Any:
    """Answer without raising: the count of failures must be kept."""
    audit.record(request, "account.login_failed", account=account.id if account else "")
    return answer(request, error.status, i18n.of_error(error), field=error.field)


@operation("session.end", "DELETE", "/session", answer=None, status=204, login=True)
def end_session(request: Any, given: dict[str, Any]) -> None:
    """End the session of the token."""
    audit.record(request, "account.logout")
    request.site.sessions.end(token_of(request))


@operation("me.show", "GET", "/me", answer=ME, login=True)
def show_me(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the caller."""
    return describe(request.account, request)


def describe(account: Any, request: Any) -> dict[str, Any]:
    """Return an account to its own holder."""
    return {
        "id": account.id,
        "kind": account.kind,
        "name": account.display_name(request.vault),
        "language": account.language,
        "verified_at": time(account.verified_at),
        "roles": [{"role": role, "scope": scope} for role, scope in account.grants],
        "unread": request.site.messages.unread(account.id),
    }


@operation(
    "messages.list",
    "GET",
    "/messages",
    query={"page": PAGE},
    answer=listing(MESSAGE),
    login=True,
)
def list_messages(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the caller's messages, newest first."""
    box, account_id = request.site.messages, request.account_id
    start = (given.get("page", 1) - 1) * SIZE
    items = [_message(one) for one in box.inbox(account_id, start, SIZE)]
    return paged(given, box.count(account_id), items)


@operation("messages.read", "POST", "/messages/{message}/read", answer=MESSAGE, login=True)
def read_message(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Note that the caller opened a message, and return it."""
    box = request.site.messages
    return _message(box.mark_read(request.account_id, request.matchdict["message"]))


def _message(one: Any) -> dict[str, Any]:
    return {
        "id": one.id,
        "category": one.category,
        "subject": one.subject,
        "body": one.body,
        "link": one.link,
        "created_at": time(one.created_at),
        "read_at": time(one.read_at),
    }
