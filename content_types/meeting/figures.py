"""Votes per option while voting (投票期间的得票数): only where the law says so, in steps (C-14).

Heads only: the area of a unit is nearly its fingerprint (EV-10.8.1). What is opened is added up and
forgotten in the same breath; see docs/decisions/0071-figures-while-voting.md.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

from persistent import Persistent

from content_types.meeting.ballot_box import BallotBox
from portal import audit, catalog, clock
from portal.apart import each_apart
from portal.evidence import seal
from portal.evidence.canonical import Record
from portal.i18n import message
from portal.outbox import periodic
from portal.rules.number import percent
from portal.rules.visibility import figures_upto, figures_while_voting, option_figures_visible
from portal.workflow import on_transition

FIGURES_SECONDS = 30
SETTINGS_LEAF = 0
# A ballot without a mark for a motion (SZ-23).
BLANK = ""


class Figures(Persistent):
    """What was shown last: how many ballots it covers, and votes by motion and option."""

    at: datetime | None = None
    ballots = 0
    votes: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()

    def __init__(self, step: int) -> None:
        """Start without any figures; they change after ``step`` new ballots or more."""
        self.step = step

    def of(self, motion: str) -> Counter[str]:
        """Return the votes of one motion by option, unanswered ballots under no option."""
        return Counter(dict(dict(self.votes).get(motion, ())))


def shows_figures(meeting: Any, registry: Any) -> bool:
    """Say whether a meeting shows votes per option while voting, now or when it will open."""
    if meeting.ballot_box is not None:
        return meeting.ballot_box.figures is not None
    rules = meeting.rules(registry)
    return figures_while_voting(rules, meeting.ballot_mode, chosen=meeting.interim_figures)


@on_transition("meeting.submit")
def give_up_trustees(event: Any) -> None:
    """Forget trustees that were named before figures were chosen: both cannot be."""
    meeting = event.item
    if meeting.trustees and shows_figures(meeting, event.request.registry):
        meeting.trustees = ()
        meeting.remember(event.actor, "trustees_none")


@periodic(seconds=FIGURES_SECONDS)
def count_so_far(request: Any, now: datetime) -> None:
    """Bring the figures of every open vote that shows them up to date."""
    found = catalog.each(request, types=("meeting",), states=("voting",), everything=True)
    each_apart(request, found, lambda meeting: advance(meeting, request))


def advance(meeting: Any, request: Any) -> None:
    """Add the ballots of the steps that became full since then, in the order of the log."""
    box: BallotBox = meeting.ballot_box
    shown = box.figures
    if shown is None or not box.gate.is_open:
        return
    upto = figures_upto(len(box.sequence), shown.step)
    if upto <= shown.ballots:
        return
    opener = box.figures_opener(request.registry.kek)
    settings: Record = json.loads(box.log.leaf(SETTINGS_LEAF) or b"")
    votes = {motion["motion"]: shown.of(motion["motion"]) for motion in settings["motions"]}
    for at in range(shown.ballots, upto):
        _, key = box.sequence[at]
        ballot = seal.open_ballot(box.envelope(box.slots[key]), opener, box.profile_digest)
        for motion, counted in votes.items():
            counted.update(ballot["choices"].get(motion) or (BLANK,))
    shown.votes = tuple((motion, tuple(sorted(some.items()))) for motion, some in votes.items())
    shown.ballots, shown.at = upto, clock.now()
    audit.record(request, "meeting.figures", meeting, ballots=upto)


def visible(meeting: Any) -> Figures | None:
    """Return the figures to show beside the turnout, None when there are none to be shown."""
    box = meeting.ballot_box
    if box is None or meeting.workflow_state != "voting":
        return None
    shown: Figures | None = box.figures
    may = option_figures_visible(
        clock.now(),
        meeting.voting_closes_at,
        while_voting=shown is not None,
        published=False,
        sealed=box.has_trustees,
    )
    return shown if may else None


def panel(meeting: Any, layout: Any) -> dict[str, Any] | None:
    """Return the figures for a page, motion by motion; for who may see the turnout."""
    shown = visible(meeting)
    if shown is None:
        return None
    say = layout.translate
    head = say("figures.none_yet", least=2 * shown.step)
    if shown.at is not None:
        head = say("figures.head", ballots=shown.ballots, at=layout.time(shown.at))
    return {
        "head": head,
        "text": say("figures.steps", step=shown.step),
        "warning": say("figures.warning"),
        "motions": _motions(meeting, shown, layout) if shown.at else [],
    }


def _motions(meeting: Any, shown: Figures, layout: Any) -> list[dict[str, Any]]:
    return [
        {"title": row["title"], "bars": [_bar(one, shown.ballots, layout) for one in row["votes"]]}
        for row in rows(meeting, shown, layout.request)
    ]


def _bar(one: dict[str, Any], ballots: int, layout: Any) -> dict[str, str]:
    return {
        "label": one["label"],
        "value_text": layout.translate("figures.votes", number=one["votes"]),
        "percent": percent(one["votes"], ballots),
    }


def rows(meeting: Any, shown: Figures, request: Any) -> list[dict[str, Any]]:
    """Return the votes motion by motion in the order of the agenda, with labels."""
    settings = json.loads(meeting.ballot_box.log.leaf(SETTINGS_LEAF))
    blank = request.localizer.translate(message("result.blank"))
    found = []
    for motion in settings["motions"]:
        votes = shown.of(motion["motion"])
        lines = [(one["option"], one["label"]) for one in motion["options"]] + [(BLANK, blank)]
        found.append(
            {
                "motion": motion["motion"],
                "title": motion["title"],
                "votes": [
                    {"option": option, "label": label, "votes": votes[option]}
                    for option, label in lines
                ],
            }
        )
    return found
