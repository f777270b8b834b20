"""A fourth city put beside the program: its profile as the difference from a shipped one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

import workflows

DATA = Path(__file__).parent.parent / "data"
CITY = "linjiang-2025"


def merged(base: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with what ``other`` says, mapping by mapping."""
    found = dict(base)
    for key, value in other.items():
        deeper = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merged(found[key], value) if deeper else value
    return found


def put_profile(folder: Path, **changes: Any) -> Path:
    """Write the complete profile of the new city into the law folder of a site."""
    shipped = Path(workflows.__file__).parent / "profiles" / "generic.yaml"
    base = yaml.safe_load(shipped.read_text("utf-8"))
    city = yaml.safe_load((DATA / f"{CITY}.yaml").read_text("utf-8"))
    whole = merged(merged(base | {"texts": {}}, city), changes)
    path = folder / "law" / "profiles" / f"{CITY}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), "utf-8")
    return path
