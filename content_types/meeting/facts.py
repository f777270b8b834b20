"""What is said of a meeting in short (会议要点): on its page, in its notice, on its papers."""

from __future__ import annotations

from typing import Any

from portal.layout import Layout
from portal.views.law import edition

HOW = ("meeting.field.convenor_kind", "meeting.field.method", "meeting.field.ballot_mode")
WHERE = ("meeting.field.place", "meeting.window", "meeting.field.scope")


def facts(meeting: Any, layout: Layout, *labels: str) -> list[tuple[str, str]]:
    """Return the facts with these labels, in their order: label and words."""
    say = layout.translate
    opens, closes = layout.time(meeting.voting_opens_at), layout.time(meeting.voting_closes_at)
    said = {
        "meeting.field.convenor_kind": say(f"convenor.{meeting.convenor_kind}"),
        "meeting.field.method": say(f"meeting.method.{meeting.method}"),
        "meeting.field.ballot_mode": say(f"law.ballot_modes.{meeting.ballot_mode}"),
        "meeting.field.place": meeting.place,
        "meeting.field.scope": "、".join(meeting.scope) or say("meeting.whole_community"),
        "meeting.window": f"{opens} — {closes}",
        "meeting.rules": edition(meeting.rules(layout.request.registry), layout),
    }
    return [(say(label), said[label]) for label in labels]


def totals(confirmed: Any, layout: Layout) -> list[tuple[str, str]]:
    """Return units, heads and area as the convenor confirmed them; nothing before that."""
    if confirmed is None:
        return []
    say = layout.translate
    return [
        (say("totals.units"), say("totals.units_number", number=confirmed.units)),
        (say("totals.heads"), say("totals.heads_number", number=confirmed.heads)),
        (say("totals.area"), layout.area(confirmed.area)),
    ]
