"""Codes of clauses (条款号): the source of each, and the chip that leads to its page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup

Say = Callable[..., str]

_NUMBER = r"(?P<number>\d+(?:\.\d+)*)"
# Code, message of the source, message of the place in it. The first that fits is right.
SOURCES = tuple(
    (re.compile(pattern), f"clause.source.{source}", f"clause.place.{place}")
    for pattern, source, place in (
        (r"SZ-N(?P<number>\d+)(\..+)?", "shenzhen", "note"),
        (r"SZ-(?P<number>\d+)(\..+)?", "shenzhen", "article"),
        (r"BJ-OQ(?P<number>\d+)(\..+)?", "beijing", "owner_question"),
        (r"BJ-GQ(?P<number>\d+)(\..+)?", "beijing", "organiser_question"),
        (rf"BJ-O{_NUMBER}", "beijing", "owner_guide"),
        (rf"BJ-G{_NUMBER}", "beijing", "organiser_guide"),
        (r"BJ-0(\..+)?", "beijing", "preface"),
        (rf"EV-{_NUMBER}", "voting", "clause"),
        (rf"MF-(?:P-)?{_NUMBER}([-.].+)?", "funds", "clause"),
        (rf"PM-{_NUMBER}(-.+)?", "property", "clause"),
        (r"CN-76", "property_law", "76"),
        (r"CN-I(?P<number>\d+)", "interpretation", "article"),
        (r"CN-(?P<number>\d+)(\..+)?", "civil_code", "article"),
        (r"C-(?P<number>\d+)", "conflict", "item"),
        (rf"v5\.0\.0-{_NUMBER}", "asvs", "clause"),
        (rf"GB/T 22239 {_NUMBER}.*", "protection", "clause"),
    )
)
_SEVERAL = re.compile(r"、\s*")


class Clause(NamedTuple):
    """Where a code comes from: message ids of source and place, and the number in it."""

    code: str
    source: str
    place: str
    number: str

    def words(self, say: Say) -> str:
        """Return source and place, such as 《…规则》第 12 条."""
        place = say(self.place, number=self.number)
        return say("clause.words", source=say(self.source), place=place)

    @property
    def url(self) -> str:
        """The page that explains the clause."""
        return f"/law/clause/{quote(self.code)}"

    @property
    def whole(self) -> tuple[str, str, str]:
        """What codes of the same article of the same source share."""
        return self.source, self.place, self.number


def clause_of(code: str) -> Clause | None:
    """Return what a code says, or None for one that comes from no known source."""
    for pattern, source, place in SOURCES:
        found = pattern.fullmatch(code)
        if found is not None:
            return Clause(code, source, place, found.groupdict().get("number") or "")
    return None


def words(code: str, say: Say) -> str:
    """Return a code in words where no link may stand; an unknown one stays as it is."""
    found = clause_of(code)
    return found.words(say) if found is not None else code


def chip(code: str, say: Say) -> Markup:
    """Return the chip of a code, or of several with 、 between; nothing for none.

    A code from a known source leads to its page; another one is a chip without a link.
    """
    return Markup(" ").join(_chip(one, say) for one in _SEVERAL.split(code) if one)


def _chip(code: str, say: Say) -> Markup:
    found = clause_of(code)
    if found is None:
        return Markup('<span class="clause">{}</span>').format(code)
    return Markup('<a class="clause" href="{}" title="{}">{}</a>').format(
        found.url, found.words(say), code
    )
