"""What protects this site now (防护状况), said alike to its administrator and by `yitang check`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal import accounts
from portal.authentication import is_staff
from portal.scanner import ScannerError


@dataclass(frozen=True, slots=True)
class Line:
    """One protection: its message id with values, and whether it stands."""

    name: str
    state: str
    good: bool
    values: tuple[tuple[str, Any], ...] = ()


def lines(request: Any) -> list[Line]:
    """Return the state of each protection that a setting or a service decides."""
    settings = request.registry.settings["yitang"]
    return [
        _second(request, settings),
        _scanner(request),
        Line(
            "passwords",
            "on",
            good=True,
            values=(("least", accounts.MIN_PASSWORD), ("score", accounts.LEAST_SCORE)),
        ),
        Line("production", "on" if settings.production else "off", good=settings.production),
        Line("demo", "on" if settings.demo else "off", good=not settings.demo),
        Line("face", "off" if request.registry.face_off else "on", not request.registry.face_off),
    ]


def _second(request: Any, settings: Any) -> Line:
    staff = [one for one in request.root.accounts if one.active and is_staff(one)]
    without = sum(not one.totp_secret for one in staff)
    state = "on" if settings.second_factor else "off"
    values = (("staff", len(staff)), ("without", without))
    return Line("second", state, bool(settings.second_factor), values)


def _scanner(request: Any) -> Line:
    scanner = request.registry.scanner
    if scanner is None:
        return Line("scanner", "none", good=False)
    try:
        return Line("scanner", "on", good=True, values=(("version", scanner.version()),))
    except ScannerError as error:
        return Line("scanner", "silent", good=False, values=(("reason", str(error)),))
