"""One-time codes by SMS (验证码): random, short-lived, single use, few tries.

A code belongs to one number, one purpose and one browser: the browser's session names the record,
the record holds the number sealed and of the code only a keyed digest.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from portal import clock, notify, ratelimit
from portal.errors import PortalError
from portal.outbox import periodic

LIFE = timedelta(minutes=10)
TRIES = 5
RESEND = timedelta(minutes=1)
# How long a proven number may wait for the step it was proven for.
PROVEN_LIFE = timedelta(minutes=20)
DIGITS = 6
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)


class Code(Persistent):
    """One code on its way; after the right answer, the proof that the number was reached."""

    purpose = ""
    sealed_address = b""
    digest = ""
    tries = 0
    created_at: datetime
    proven_at: datetime | None = None

    def over(self, now: datetime) -> bool:
        """Say whether neither code nor proof counts any more."""
        if self.proven_at is not None:
            return now - self.proven_at > PROVEN_LIFE
        return now - self.created_at > LIFE


class Codes(Persistent):
    """All codes by the random id their browser knows."""

    def __init__(self) -> None:
        self.by_id = OOBTree()


def mobile(text: str) -> str:
    """Return a mobile number of eleven digits; raises PortalError for anything else."""
    number = re.sub(r"[\s\-().]", "", text)
    number = re.sub(r"^(\+86|0086|86)(?=1\d{10}$)", "", number)
    if not _MOBILE.fullmatch(number):
        raise PortalError("code.bad_phone", clause="EV-5.2.2", field="phone")
    return number


def send(
    request: Any,
    purpose: str,
    phone: str,
    *,
    deliver: bool = True,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Make a code for a number in this browser and promise its SMS.

    With ``deliver`` false nothing leaves the house, and the page looks the same: nobody learns
    which numbers have an account. Raises HTTPTooManyRequests when codes are asked for too often.
    """
    ratelimit.hit(request, "code_address")
    ratelimit.hit(request, "code", phone)
    forget(request, purpose)
    code_id = secrets.token_urlsafe(16)
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    code = Code()
    code.purpose, code.created_at = purpose, clock.now()
    code.sealed_address = request.vault.seal(phone, f"code:{code_id}")
    code.digest = _digest(request, code_id, digits)
    request.site.codes.by_id[code_id] = code
    request.session[f"code.{purpose}"] = code_id
    if deliver:
        filled = {
            "site": request.registry.settings["yitang"].title,
            "code": digits,
            "minutes": int(LIFE.total_seconds()) // 60,
            **(values or {}),
        }
        notify.send_to_address(request, "sms", phone, f"code.{purpose}", filled)


def _digest(request: Any, code_id: str, digits: str) -> str:
    return str(request.vault.token(f"{code_id}:{digits}", "code"))


def waiting(request: Any, purpose: str) -> Code | None:
    """Return the code this browser waits for or has proven, while it counts."""
    code = request.site.codes.by_id.get(request.session.get(f"code.{purpose}", ""))
    return None if code is None or code.over(clock.now()) else code


def phone_of(request: Any, purpose: str) -> str:
    """Return the number of this browser's code, or an empty string."""
    code = waiting(request, purpose)
    if code is None:
        return ""
    code_id = request.session[f"code.{purpose}"]
    return str(request.vault.open(code.sealed_address, f"code:{code_id}"))


def seconds_to_resend(request: Any, purpose: str) -> int:
    """Return in how many seconds another code may be asked for."""
    code = waiting(request, purpose)
    if code is None:
        return 0
    return max(0, int((code.created_at + RESEND - clock.now()).total_seconds()))


def check(request: Any, purpose: str, digits: str) -> str:
    """Return the number when the code is right; the code is spent, the number proven.

    Raises PortalError; the caller keeps the transaction, because wrong tries must count.
    """
    code = waiting(request, purpose)
    if code is None or code.proven_at is not None or not code.digest:
        raise PortalError("code.over", clause="EV-5.2.2", field="code")
    phone = phone_of(request, purpose)
    given = _digest(request, request.session[f"code.{purpose}"], re.sub(r"\s", "", digits))
    if not hmac.compare_digest(given, code.digest):
        code.tries += 1
        if code.tries >= TRIES:
            code.digest = ""
            raise PortalError("code.spent", clause="EV-5.2.2", field="code")
        raise PortalError("code.wrong", clause="EV-5.2.2", field="code", left=TRIES - code.tries)
    code.digest, code.proven_at = "", clock.now()
    return phone


def proven(request: Any, purpose: str) -> str:
    """Return the number this browser has proven for a purpose, or an empty string."""
    code = waiting(request, purpose)
    return "" if code is None or code.proven_at is None else phone_of(request, purpose)


def forget(request: Any, purpose: str) -> None:
    """Drop this browser's code of a purpose."""
    code_id = request.session.pop(f"code.{purpose}", "")
    request.site.codes.by_id.pop(code_id, None)


@periodic(seconds=600)
def sweep_codes(request: Any, now: datetime) -> None:
    """Forget codes that count no longer."""
    by_id = request.site.codes.by_id
    for code_id in [key for key, code in by_id.items() if code.over(now)]:
        del by_id[code_id]
