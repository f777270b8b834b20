"""The second factor (两步验证): one-time codes of an authenticator app (RFC 6238)."""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from portal import clock
from portal.vault import Vault

STEP = 30
SECRET_BYTES = 20
# Clocks of phones differ: the step before and after count too.
NEAR = (-1, 0, 1)


def new_secret() -> str:
    """Return a fresh secret in base 32, as apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _totp(secret: str) -> TOTP:
    # SHA-1 is what every authenticator app speaks; here it is a keyed function of time.
    return TOTP(base64.b32decode(secret), 6, SHA1(), STEP)  # noqa: S303


def address(secret: str, name: str, issuer: str) -> str:
    """Return the address a phone reads from the QR code."""
    return str(_totp(secret).get_provisioning_uri(name, issuer))


def counter_of(secret: str, digits: str, last: int) -> int:
    """Return the time step of a right code that is newer than ``last``, or 0."""
    given = re.sub(r"\s", "", digits).encode()
    now = int(clock.now().timestamp()) // STEP
    for counter in (now + near for near in NEAR):
        if counter <= last:
            continue
        try:
            _totp(secret).verify(given, counter * STEP)
        except InvalidToken:
            continue
        return counter
    return 0


def install(vault: Vault, account: Any, secret: str, counter: int) -> None:
    """Give an account its second factor; the code that proved it is spent."""
    account.totp_secret = vault.seal(secret, f"account:{account.id}:totp")
    account.totp_counter = counter


def remove(account: Any) -> None:
    """Take the second factor of an account away."""
    account.totp_secret, account.totp_counter, account.recovery = b"", 0, ()


def accept(vault: Vault, account: Any, digits: str) -> bool:
    """Say whether a code is right; each counts once (EV-5.2.2)."""
    secret = vault.open(account.totp_secret, f"account:{account.id}:totp")
    counter = counter_of(secret, digits, account.totp_counter) if secret else 0
    if counter:
        account.totp_counter = counter
    return bool(counter)
