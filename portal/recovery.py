"""Recovery codes (恢复码): printed once, each opens the second step once when the phone is gone."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from portal.vault import Vault

COUNT = 10
BYTES = 5  # 40 bits: more than a locked log-in page lets anybody try


def new_codes(vault: Vault, account: Any) -> list[str]:
    """Give an account new codes and return them; older ones no longer count.

    Only keyed digests are stored, so that they are shown this once and never again.
    """
    codes = [base64.b32encode(secrets.token_bytes(BYTES)).decode() for _ in range(COUNT)]
    account.recovery = tuple(_digest(vault, account, code) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def accept(vault: Vault, account: Any, given: str) -> bool:
    """Say whether a code is one of the account's; it is spent then."""
    digest = _digest(vault, account, "".join(c for c in given if c.isalnum()))
    if digest not in account.recovery:
        return False
    account.recovery = tuple(one for one in account.recovery if one != digest)
    return True


def _digest(vault: Vault, account: Any, code: str) -> str:
    return vault.token(code, f"recovery:{account.id}")
