"""Texts of messages (通知模板): data in ``skins/messages`` with named places, never code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.errors import ConfigurationError
from portal.redact import PERSONAL_KEYS, redact
from portal.rules.strict import parse_yaml

LANGUAGES = ("zh_CN", "en")
CATEGORIES = frozenset(
    {"code", "account", "vote", "meeting", "notice", "review", "facility", "fund", "operator"}
)
_KEYS = {"category", "subject", "body"}
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Template:
    """One text in every language; ``places`` are the names it needs."""

    id: str
    category: str
    subject: Mapping[str, str]
    body: Mapping[str, str]
    places: frozenset[str]

    def render(self, values: Mapping[str, Any], language: str = "zh_CN") -> tuple[str, str]:
        """Return subject and body.

        Numbers of persons in values are masked. Raises ConfigurationError for a missing value.
        """
        missing = self.places - set(values)
        if missing:
            raise ConfigurationError(f"Message {self.id!r} needs {sorted(missing)}.")
        filled = {name: self._shown(name, values[name]) for name in self.places}
        language = language if language in self.subject else LANGUAGES[0]
        subject = _fill(self.subject[language], filled)
        return " ".join(subject.split()), _fill(self.body[language], filled)

    def _shown(self, name: str, value: Any) -> str:
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise ConfigurationError(f"Value {name!r} of message {self.id!r} is no text or number.")
        # The code is the one secret that a message carries on purpose.
        text = str(value) if name == "code" else redact(str(value))
        return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST_VALUE]


def _fill(text: str, values: Mapping[str, str]) -> str:
    # One pass: braces inside a value stay what they are.
    return _PLACE.sub(lambda match: values[match.group(1)], text)


def parse(template_id: str, data: Any) -> Template:
    """Check one template; raises ConfigurationError for anything unknown, missing or personal."""

    def refuse(why: str) -> ConfigurationError:
        return ConfigurationError(f"Message template {template_id!r}: {why}.")

    if not isinstance(data, dict) or set(data) != _KEYS:
        raise refuse(f"needs exactly {sorted(_KEYS)}")
    if data["category"] not in CATEGORIES:
        raise refuse(f"unknown category {data['category']!r}")
    places: dict[str, set[str]] = {}
    for part in ("subject", "body"):
        texts = data[part]
        if not isinstance(texts, dict) or set(texts) != set(LANGUAGES):
            raise refuse(f"{part} needs exactly {list(LANGUAGES)}")
        for language, text in texts.items():
            rest = _PLACE.sub("", text)
            if "{" in rest or "}" in rest:
                raise refuse(f"{part} {language} has a brace that is no plain {{name}}")
            places.setdefault(language, set()).update(_PLACE.findall(text))
    found = places[LANGUAGES[0]]
    if found != places[LANGUAGES[1]]:
        raise refuse("languages use different places")
    allowed = {"code"} if data["category"] == "code" else set()
    personal = found & PERSONAL_KEYS - allowed
    if personal:
        raise refuse(f"{sorted(personal)} are personal and never sent")
    return Template(template_id, data["category"], data["subject"], data["body"], frozenset(found))


def load(folder: Path) -> dict[str, Template]:
    """Read every template of the YAML files in a folder; ids must be unique."""
    templates: dict[str, Template] = {}
    for path in sorted(folder.glob("*.yaml")):
        data = parse_yaml(path.read_text("utf-8")) or {}
        if not isinstance(data, dict):
            raise ConfigurationError(f"{path.name} is no table of message templates.")
        for template_id, template in data.items():
            if template_id in templates:
                raise ConfigurationError(f"Message template {template_id!r} stands twice.")
            templates[template_id] = parse(template_id, template)
    return templates
