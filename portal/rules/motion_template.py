"""Texts to start a motion from (议题模板), one file for one or several places."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portal.rules.errors import ProfileError
from portal.rules.profile import Profile
from portal.rules.strict import build, read_yaml
from portal.rules.tally import Mode
from portal.rules.vocabulary import STATUTORY_ITEMS

# A text with a blank is not finished.
BLANK = "____"


@dataclass(frozen=True)
class MotionTemplate:
    """A motion with blanks; ``item`` is the statutory item it stands for."""

    id: str
    item: str
    title: str
    description: str
    mode: Mode
    options: tuple[str, ...]
    max_marks: int
    seats: int


@dataclass(frozen=True)
class TemplateFile:
    """Templates of some places; no place named means all of them."""

    profiles: tuple[str, ...]
    templates: tuple[MotionTemplate, ...]


def load_templates(directory: Path) -> list[TemplateFile]:
    """Load every file of a folder; ProfileError names a wrong key or an unknown item."""
    found = []
    for path in sorted(directory.glob("*.yaml")):
        file: TemplateFile = build(TemplateFile, read_yaml(path), path.stem)
        for template in file.templates:
            if template.item not in STATUTORY_ITEMS:
                raise ProfileError(f"{path.stem}.{template.id}", f"unknown item {template.item!r}")
        found.append(file)
    return found


def templates_of(files: list[TemplateFile], profile: Profile) -> dict[str, MotionTemplate]:
    """Return the templates for a place by id; a later file replaces an earlier one's text."""
    items = {item for matter in profile.matters for item in matter.statutory}
    return {
        template.id: template
        for file in files
        if not file.profiles or profile.id in file.profiles
        for template in file.templates
        if template.item in items
    }


def matter_of(template: MotionTemplate, profile: Profile) -> str:
    """Return the kind of motion of the place under which a template falls."""
    return next(one.id for one in profile.matters if template.item in one.statutory)
