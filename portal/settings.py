"""Settings (设置): from the ini file and the environment, typed, without default secrets."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyramid.settings import asbool, aslist

from portal.errors import ConfigurationError

PREFIX = "yitang."
# Seconds by which the clock of a demo site runs beside the machine's; the demo writes it.
DEMO_CLOCK = "demo-clock"


@dataclass(frozen=True, slots=True)
class Settings:
    """The site's settings; a secret is named by a file and never stands in the ini itself."""

    data: Path  # run-time data: database, keys, queue, index
    keys: Path  # folder of secret key files, mode 0700, outside the database
    title: str
    base_url: str
    languages: tuple[str, ...]
    plugins: tuple[str, ...]
    production: bool
    demo: bool
    second_factor: bool  # staff holds no role without it
    level3_passwords: bool  # GB/T 22239 level 3 for staff: classes, 90 days, none used again
    broker: str
    backup: Path
    promises: Path  # journal of promised ballots; another disk than the data is best


def read(raw: dict[str, Any]) -> Settings:
    """Return typed settings; the environment (``YITANG_TITLE``) wins over ``yitang.title``.

    Raises ConfigurationError naming the missing or contradictory key.
    """

    def get(name: str, default: str = "") -> str:
        env = os.environ.get("YITANG_" + name.upper())
        return env if env is not None else str(raw.get(PREFIX + name, default))

    data = Path(get("data", "var")).resolve()
    production = asbool(get("production", "false")) or os.environ.get("YITANG_PRODUCTION") == "1"
    demo = asbool(get("demo", "false"))
    base_url = get("base_url", "http://localhost:8080").rstrip("/")
    if production and demo:
        raise ConfigurationError("yitang.demo and yitang.production exclude each other.")
    if production and not base_url.startswith("https://"):
        raise ConfigurationError("yitang.base_url must be an https address in production.")
    second_factor = asbool(get("second_factor_required", str(production)))
    if production and not second_factor:
        raise ConfigurationError("yitang.second_factor_required cannot be off in production.")
    return Settings(
        data=data,
        keys=Path(get("keys", str(data / "keys"))).resolve(),
        title=get("title", "议堂"),
        base_url=base_url,
        languages=("zh_CN", "en"),
        plugins=tuple(aslist(get("plugins", ""))),
        production=production,
        demo=demo,
        second_factor=second_factor,
        level3_passwords=asbool(get("level3_passwords", "false")),
        broker=get("broker", f"filesystem://{data}/queue"),
        backup=Path(get("backup", str(data / "backup"))).resolve(),
        promises=Path(get("promises", str(data / "promises"))).resolve(),
    )
