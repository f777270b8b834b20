"""How often somebody may try (频率限制): log-in, codes, search and the API.

Counting uses the machine's time, not the portal's clock: the limit is about load and guessing,
and a demo that moves its clock must not open or close it.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import time
from collections.abc import Callable
from typing import Any

from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from pyramid.httpexceptions import HTTPTooManyRequests
from pyramid.tweens import EXCVIEW

from portal.errors import ConfigurationError

log = logging.getLogger(__name__)

# Name → limits, each overridden by a setting ``yitang.limit.<name>``.
LIMITS = {
    "login": "20/minute;200/hour",  # per address: a whole office may sit behind one
    "code": "1/minute;5/hour;10/day",  # per phone: nobody is bombed with messages
    "code_address": "10/minute;60/hour",
    "code_try": "5/10 minutes",
    "identity": "10/hour;20/day",  # guesses at name and ID number
    "service": "10/hour;20/day",  # requests to the property service, per account
    "search": "60/minute",
    "export": "10/hour",
    "verify": "30/minute",
    "api": "300/minute",
}


class Limiter:
    """Counts hits in memory, or in Redis for several processes."""

    def __init__(self, limits: dict[str, list[RateLimitItem]], storage: str) -> None:
        self.limits = limits
        self._memory = FixedWindowRateLimiter(MemoryStorage())
        self._shared = (
            self._memory
            if storage == "memory://"
            else FixedWindowRateLimiter(storage_from_string(storage, wrap_exceptions=True))
        )

    def hit(self, name: str, key: str) -> int:
        """Count one hit and return 0, or after how many seconds the next one is welcome.

        When Redis is away each process counts for itself: less exact, but never open.
        """
        try:
            return self._hit(self._shared, name, key)
        except StorageError as error:
            log.warning("Limits are counted per process: %s", type(error.__cause__).__name__)
            return self._hit(self._memory, name, key)

    def _hit(self, limiter: FixedWindowRateLimiter, name: str, key: str) -> int:
        # A refused hit does not count, so that waiting helps.
        full = [item for item in self.limits[name] if not limiter.test(item, name, key)]
        if not full:
            full = [item for item in self.limits[name] if not limiter.hit(item, name, key)]
        if not full:
            return 0
        reset = max(limiter.get_window_stats(item, name, key).reset_time for item in full)
        return max(1, math.ceil(reset - time.time()))


def includeme(config: Any) -> None:
    """Read the limits; ``yitang.limits`` is ``memory://``, ``redis://…`` or, for tests, ``off``."""
    settings = config.registry.settings
    storage = settings.get("yitang.limits", "memory://")
    if storage == "off":
        if settings["yitang"].production:
            raise ConfigurationError("yitang.limits cannot be off in production.")
        config.registry.limiter = None
        return
    limits = {}
    for name, default in LIMITS.items():
        text = settings.get(f"yitang.limit.{name}", default)
        try:
            limits[name] = parse_many(text)
        except ValueError as error:
            raise ConfigurationError(f"yitang.limit.{name} {text!r} is no limit.") from error
    config.registry.limiter = Limiter(limits, storage)
    config.add_tween("portal.ratelimit.api_tween", under=EXCVIEW)


def api_tween(handler: Callable[[Any], Any], _registry: Any) -> Callable[[Any], Any]:
    """Limit the calls of the API per address."""

    def tween(request: Any) -> Any:
        if request.path.startswith("/api/"):
            hit(request, "api")
        return handler(request)

    return tween


def hit(request: Any, name: str, key: str = "") -> None:
    """Count one hit of a key, by default of the caller's address.

    Raises HTTPTooManyRequests with Retry-After (in seconds) when there were too many.
    """
    limiter = request.registry.limiter
    if limiter is None:
        return
    # Keys may be phone numbers; the counter's store gets only a keyed digest.
    token = request.vault.token(key or address(request), f"limit:{name}")
    wait = limiter.hit(name, token)
    if wait:
        log.info("limited name=%s path=%s", name, request.path)
        raise HTTPTooManyRequests(headers={"Retry-After": str(wait)})


def address(request: Any) -> str:
    """Return the caller's address as the trusted proxy gave it; of IPv6 the network (/64)."""
    try:
        ip = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "-"
    if ip.version == 6:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
