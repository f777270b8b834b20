"""Plain texts of the site (帮助与说明): Markdown files with a head, one folder per language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

import skins
from portal.errors import ConfigurationError
from portal.rules.strict import parse_yaml

FOLDER = Path(skins.__file__).parent / "help"
CHINESE = "zh_CN"
_HEAD = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
# No markup of an author passes through.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Text:
    """One page of text; ``version`` is a date and stands in every consent."""

    name: str
    title: str
    summary: str
    icon: str
    order: int
    version: str
    body: str

    @property
    def html(self) -> str:
        """The body as safe HTML."""
        return str(_markdown.render(self.body))


@cache
def texts(language: str) -> dict[str, Text]:
    """Return the texts of a language by name, in their order."""
    found = [_read(path) for path in (FOLDER / language).glob("*.md")]
    return {text.name: text for text in sorted(found, key=lambda one: (one.order, one.name))}


def _read(path: Path) -> Text:
    match = _HEAD.fullmatch(path.read_text("utf-8"))
    if match is None:
        raise ConfigurationError(f"{path} has no head between lines of three dashes.")
    head = parse_yaml(match[1])
    wanted = {"title", "summary", "icon", "order", "version"}
    if set(head) != wanted:
        raise ConfigurationError(f"The head of {path} needs exactly {sorted(wanted)}.")
    return Text(path.stem, body=match[2], **head | {"version": str(head["version"])})


def version(name: str) -> str:
    """Return the version of a text; the Chinese one decides."""
    return texts(CHINESE)[name].version
