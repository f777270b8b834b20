"""What protects this site now (防护状况), said alike to its administrator and by `yitang check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import distributions
from typing import Any

from portal import accounts, audit
from portal.authentication import is_staff
from portal.job_registry import periodic
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
        Line("level3", "on" if settings.level3_passwords else "off", settings.level3_passwords),
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


@dataclass(frozen=True)
class Report:
    """One daily check: what protected the site, what was installed, and what had changed."""

    at: datetime
    states: tuple[tuple[str, str], ...]
    packages: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]


@cache
def packages() -> tuple[tuple[str, str], ...]:
    """Return name and version of every installed package, sorted."""
    found = {(one.metadata["Name"] or "").lower(): one.version for one in distributions()}
    return tuple(sorted((name, version) for name, version in found.items() if name))


def sbom(now: datetime) -> dict[str, Any]:
    """Return the installed packages as a CycloneDX 1.5 document, for a scanner of weaknesses."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": now.isoformat(timespec="seconds"),
            "component": {"type": "application", "name": "yitang"},
        },
        "components": [
            {
                "type": "library",
                "name": name,
                "version": version,
                "purl": f"pkg:pypi/{name}@{version}",
            }
            for name, version in packages()
        ],
    }


@periodic(seconds=86_400)
def check_daily(request: Any, now: datetime) -> None:
    """Write the dated report that the administrator sees; what changed goes to the audit log."""
    states = tuple((line.name, line.state) for line in lines(request))
    before = request.site.protection
    changes = () if before is None else tuple(_changes(before, states))
    request.site.protection = Report(now, states, packages(), changes)
    if changes:
        audit.record(request, "protection.changed", changes=", ".join(changes))


def _changes(before: Report, states: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Yield what differs between a report and now, as ``name: old → new``."""
    for old, new in ((before.states, states), (before.packages, packages())):
        was, now = dict(old), dict(new)
        for name in sorted(was.keys() | now.keys()):
            if was.get(name) != now.get(name):
                yield f"{name}: {was.get(name, '-')} → {now.get(name, '-')}"
