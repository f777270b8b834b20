"""Form of one paper ballot (录入表单): what was typed or ticked becomes a reading, and back."""

from __future__ import annotations

import re
from typing import Any

from content_types.meeting.paper import PaperRound
from content_types.meeting.paper.model import UNREADABLE, Reading
from portal.errors import PortalError
from portal.layout import Layout

TYPED, MARKED, INVALID = "k-", "m-", "invalid"
SINGLE_DIGITS = 9


def is_filled(post: Any) -> bool:
    """Say whether anything of a ballot was entered, not only its number."""
    return any(value and key.startswith((TYPED, MARKED, INVALID)) for key, value in post.items())


def reading_of_form(paper: PaperRound, post: Any) -> Reading:
    """Return what was typed or ticked about each motion, and why the whole is invalid.

    Typed are the numbers of the marked options, 0 for an answer nobody can read.
    """
    choices: dict[str, tuple[str, ...]] = {}
    for motion in paper.meeting.motions():
        spec = motion.spec()
        typed = str(post.get(TYPED + spec.key, "")).strip()
        if typed:
            choices[spec.key] = _typed(typed, spec)
        else:
            choices[spec.key] = tuple(str(mark) for mark in post.getall(MARKED + spec.key))
    return Reading(choices, str(post.get(INVALID, ""))[:40])


def _typed(text: str, spec: Any) -> tuple[str, ...]:
    compact = re.fullmatch(r"[0-9]+", text) and len(spec.options) <= SINGLE_DIGITS
    parts = list(text) if compact else re.split(r"[\s,，.、]+", text)
    marks = []
    for part in parts:
        if not (part.isascii() and part.isdigit()) or int(part) > len(spec.options):
            raise PortalError("paper.unknown_mark", clause="EV-8.1.3", field=spec.key)
        marks.append(spec.options[int(part) - 1] if int(part) else UNREADABLE)
    return tuple(marks)


def motion_fields(motion: Any, post: Any, layout: Layout) -> dict[str, Any]:
    """Return the controls of one motion, filled with what was posted."""
    key = motion.__name__
    marked = post.getall(MARKED + key)
    labels = motion.labels(layout.request)
    return {
        "key": key,
        "title": motion.title,
        "typed_name": TYPED + key,
        "typed": str(post.get(TYPED + key, "")),
        "name": MARKED + key,
        "options": [
            {"number": number, "value": option, "label": label, "checked": option in marked}
            for number, (option, label) in enumerate(labels.items(), 1)
        ],
        "unreadable": UNREADABLE,
        "unreadable_checked": UNREADABLE in marked,
    }


def words_of(paper: PaperRound, reading: Reading, layout: Layout) -> list[tuple[str, str]]:
    """Return what a reading says, motion by motion, or why the whole ballot is invalid."""
    say = layout.translate
    if reading.invalid:
        return [(say("paper.invalid_label"), say(f"paper.invalid.{reading.invalid}"))]
    lines = []
    for motion in paper.meeting.motions():
        labels = motion.labels(layout.request) | {UNREADABLE: say("paper.unreadable")}
        marks = reading.choices.get(motion.__name__, ())
        lines.append(
            (motion.title, "、".join(labels[mark] for mark in marks) or say("result.blank"))
        )
    return lines
