"""Device kinds (设备类型): what a kind of device measures and which rules it starts with."""

from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

import yaml

from yitang_facilities.message import is_point_name
from yitang_facilities.rules import Rule

_DELAYS = ("on_delay", "off_delay")


@dataclass(frozen=True, slots=True)
class Point:
    """Describe one measured quantity and how the simulator lets it move (period in seconds)."""

    title: dict[str, str]
    unit: str
    base: float
    swing: float
    period: int
    decimals: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Describe one kind of device."""

    name: str
    title: dict[str, str]
    points: dict[str, Point]
    rules: dict[str, dict]

    def rules_for(self, device: str) -> tuple[Rule, ...]:
        """Return the rules a new device of this kind starts with."""
        return tuple(make_rule(device, name, entry) for name, entry in self.rules.items())


def text(title: dict[str, str], language: str) -> str:
    """Return a title in a language, Chinese where it has none."""
    return title.get(language, title["zh_CN"])


def make_rule(device: str, name: str, entry: dict) -> Rule:
    """Return a rule from its written form, whose delays are in seconds."""
    scaled = {
        key: round(value * 1000) if key in _DELAYS else value
        for key, value in entry.items()
        if key != "title"
    }
    return Rule(device=device, rule=name, **scaled)


@cache
def all_kinds() -> dict[str, Kind]:
    """Return every kind by name; raise ValueError for a mistake in the file."""
    text = (files("yitang_facilities") / "kinds.yaml").read_text(encoding="utf-8")
    return {name: _kind(name, entry) for name, entry in yaml.safe_load(text).items()}


def _kind(name: str, entry: dict) -> Kind:
    _same_keys(name, entry, {"title", "points", "rules"})
    points = {}
    for point, description in entry["points"].items():
        _same_keys(f"{name}.{point}", description, {field.name for field in fields(Point)})
        if not is_point_name(point):
            raise ValueError(f"{name}: {point!r} is no point name")
        points[point] = Point(**description)
    kind = Kind(name, entry["title"], points, entry["rules"])
    for rule in kind.rules_for(name):
        if rule.point not in points:
            raise ValueError(f"{name}: rule {rule.rule!r} watches no point of the kind")
    return kind


def _same_keys(place: str, entry: dict, wanted: set[str]) -> None:
    if set(entry) != wanted:
        raise ValueError(f"{place}: keys {sorted(set(entry) ^ wanted)} are missing or unknown")
