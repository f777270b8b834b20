"""Device register snapshot (设备名册快照): what the ingest process knows of devices and rules.

The portal writes it after each commit that changed a device or a rule; ingest reads it and
never guesses: a device that is not in it goes to quarantine.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from yitang_facilities.files import write_private
from yitang_facilities.rules import Rule

ACTIVE, RETIRED = "active", "retired"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Device:
    """Describe one registered device; its code is unique in the whole site."""

    code: str
    community: str
    points: frozenset[str]
    rules: tuple[Rule, ...] = ()
    condition: str = ACTIVE


@dataclass(frozen=True, slots=True)
class Registry:
    """Hold all devices by code."""

    devices: dict[str, Device] = field(default_factory=dict)


def write(path: Path, devices: Iterable[Device]) -> None:
    """Replace the snapshot."""
    write_private(path, _text(devices))


def write_if_changed(path: Path, devices: Iterable[Device]) -> None:
    """Replace the snapshot unless it says the same already."""
    text = _text(devices)
    try:
        same = path.read_text(encoding="utf-8") == text
    except FileNotFoundError:
        same = False
    if not same:
        write_private(path, text)


def read(path: Path) -> Registry:
    """Return the snapshot, empty when none was written yet; raise ValueError when damaged."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Registry()
    try:
        if data["format"] != FORMAT:
            raise ValueError(f"{path}: unknown format {data['format']!r}")
        return Registry({code: _device(code, entry) for code, entry in data["devices"].items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: damaged device register") from error


def _text(devices: Iterable[Device]) -> str:
    data = {
        "format": FORMAT,
        "devices": {
            device.code: {
                "community": device.community,
                "condition": device.condition,
                "points": sorted(device.points),
                "rules": [_rule_data(rule) for rule in device.rules],
            }
            for device in devices
        },
    }
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)


def _rule_data(rule: Rule) -> dict:
    data = asdict(rule)
    del data["device"]
    return data


def _device(code: str, entry: dict) -> Device:
    return Device(
        code=code,
        community=entry["community"],
        points=frozenset(entry["points"]),
        rules=tuple(Rule(device=code, **rule) for rule in entry["rules"]),
        condition=entry["condition"],
    )
