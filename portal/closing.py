"""Closing an account (注销账号) and taking a consent back: what goes, what the law keeps.

Votes, their records and the audit log stay: they name the account by its id, and nothing that is
left here leads from the id to a person (PIPL 15, 47; checklist D3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal import audit, clock, notify
from portal.errors import PortalError
from portal.job_registry import periodic
from portal.security import Role

UNDO = timedelta(days=7)
# Proof that notices were sent stays, without the address; everything else of a person goes.
EVIDENCE = frozenset(("vote", "meeting", "notice"))
WITHDRAWABLE = ("identity", "proof")


@dataclass(frozen=True, slots=True)
class PersonForgotten:
    """An account is about to lose its person: content types take their part away.

    ``whole`` tells closing from taking back the consent to the check of identity.
    """

    account: Any
    request: Any
    whole: bool


def check_may_close(account: Any) -> None:
    """Raise PortalError while the account holds a role that others rely on."""
    if any(role != Role.OWNER for role, _ in account.grants):
        raise PortalError("closing.has_roles", clause="EV-5.4.2", status=409)


def ask(request: Any, account: Any) -> None:
    """Note that an account is to be closed, and tell the person how to undo it.

    Raises what `check_may_close` raises.
    """
    check_may_close(account)
    account.closing_at = clock.now() + UNDO
    audit.record(request, "account.closing", account=account.id)
    values = {"time": clock.local(account.closing_at).strftime("%Y-%m-%d %H:%M")}
    channels = ("sms",) if account.sealed_phone else ()
    notify.send(request, account.id, "account.closing", values, channels=channels, link="/me/close")


def undo(request: Any, account: Any) -> None:
    """Keep an account that was to be closed."""
    if account.closing_at is None:
        raise PortalError("closing.not_asked", status=409)
    account.closing_at = None
    audit.record(request, "account.closing_undone", account=account.id)


def close(request: Any, account: Any) -> None:
    """Delete what belongs to the person and leave an empty account that nobody can enter."""
    vault, site = request.vault, request.site
    request.registry.notify(PersonForgotten(account, request, whole=True))
    phone = vault.open(account.sealed_phone, f"account:{account.id}:phone")
    if phone:
        notify.send_to_address(request, "sms", phone, "account.closed", {})
    for token in [key for key, held in site.accounts.by_token.items() if held == account.id]:
        del site.accounts.by_token[token]
    site.sessions.end_all(account.id)
    site.messages.forget(account.id, EVIDENCE)
    account.forget()
    account.closing_at, account.closed_at = None, clock.now()
    audit.record(request, "account.closed", account=account.id)


def withdraw_identity(request: Any, account: Any) -> None:
    """Take back the consent to the check of identity: the account is nobody again (PIPL 15).

    Raises PortalError when there is nothing to take back.
    """
    given = [entry for entry in account.consent if entry[0] in WITHDRAWABLE]
    if not given and account.verified_at is None:
        raise PortalError("consents.none", status=409)
    request.registry.notify(PersonForgotten(account, request, whole=False))
    if account.subject_token:
        request.site.accounts.by_token.pop(f"person:{account.subject_token}", None)
    account.forget_identity()
    withdrawn = tuple((f"{use}_withdrawn", version, clock.now()) for use, version, _ in given)
    rest = tuple(entry for entry in account.consent if entry not in given)
    account.consent = (*rest, *withdrawn)
    audit.record(request, "account.consent_withdrawn", account=account.id)


@periodic(seconds=3600)
def close_due(request: Any, now: datetime) -> None:
    """Close the accounts whose time to undo is over; a role given meanwhile keeps one open."""
    for account in list(request.site.accounts):
        if account.closing_at is not None and account.closing_at <= now:
            try:
                check_may_close(account)
            except PortalError:
                account.closing_at = None
                audit.record(request, "account.closing_undone", account=account.id, reason="roles")
                continue
            close(request, account)
