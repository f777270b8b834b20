"""Turnout and what it is likely to come to (投票进度预测): from participation only, no choices."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from content_types.meeting.opening import rule_of
from content_types.meeting.paper.opening import taking_part
from portal import clock
from portal.rules.forecast import needed, reached_at
from portal.rules.keys import Share


def quorum_of(meeting: Any, registry: Any) -> Share | None:
    """Return the highest participation any motion needs, or None where the law asks for none."""
    rules = [rule_of(motion, meeting, registry) for motion in meeting.motions()]
    shares = [rule.quorum for rule in rules if rule.quorum is not None]
    return max(
        shares, key=lambda one: (Fraction(one.numerator, one.denominator), one.strict), default=None
    )


def likely_at(meeting: Any, registry: Any) -> datetime | None:
    """Return when both measures reach the quorum at the present pace; None without a pace."""
    share, box, now = quorum_of(meeting, registry), meeting.ballot_box, clock.now()
    if share is None or box is None:
        return None
    times = [
        reached_at(share, done, total, since=meeting.voting_opens_at, now=now)
        for done, total in zip(taking_part(meeting), box.roll.totals, strict=True)
    ]
    return None if None in times else max(times)


def marks(meeting: Any, registry: Any) -> list[str]:
    """Return where the quorum stands on the two bars, in percent, or nothing."""
    share = quorum_of(meeting, registry)
    if share is None:
        return ["", ""]
    return [str(share.numerator * 100 // share.denominator)] * 2


def lines(meeting: Any, layout: Any) -> list[str]:
    """Return remaining time, what is still needed and the forecast, in words (EV-7.4.3)."""
    registry, say = layout.request.registry, layout.translate
    if meeting.workflow_state != "voting":
        return []
    found = [say("forecast.left", left=layout.left(meeting.voting_closes_at))]
    share, box = quorum_of(meeting, registry), meeting.ballot_box
    if share is None:
        return found
    heads, area = (
        max(needed(share, total) - done, 0)
        for done, total in zip(taking_part(meeting), box.roll.totals, strict=True)
    )
    clause = layout.clause_words(share.clause)
    if not heads and not area:
        return [*found, say("forecast.met", clause=clause)]
    found.append(say("forecast.needed", heads=heads, area=layout.area(area), clause=clause))
    at = likely_at(meeting, registry)
    if at is None:
        found.append(say("forecast.none"))
    elif at < meeting.voting_closes_at:
        found.append(say("forecast.reached", at=layout.time(at)))
    else:
        found.append(say("forecast.late"))
    return found
