"""Who may see what of a vote, and when (投票信息的公开范围): C-14, C-25, SZ-17."""

from datetime import datetime
from typing import Literal

from portal.rules.profile import Profile

Viewer = Literal["convenor", "street_office", "scrutineers", "owner"]
BallotMode = Literal["recorded", "secret"]


def progress_visible(profile: Profile, viewer: Viewer, *, has_voted: bool) -> bool:
    """Tell whether the turnout of an open vote is shown; authorities see it with the convenor."""
    audience = profile.progress_audience.value
    if viewer != "owner":
        return "convenor" in audience
    return "owners" in audience or ("voted_owners" in audience and has_voted)


def figures_while_voting(profile: Profile, mode: BallotMode, *, chosen: bool) -> bool:
    """Tell whether a vote shows its votes per option before it closes (C-14, EV-7.4.3).

    The place says so, or leaves it to the convenor; never of a secret vote.
    """
    rule = profile.interim_option_tally.value
    return mode == "recorded" and (rule == "visible" or (rule == "chosen" and chosen))


def option_figures_visible(
    now: datetime, closes_at: datetime, *, while_voting: bool, published: bool, sealed: bool
) -> bool:
    """Tell whether votes per option are shown: after publication, before only where allowed.

    A vote whose ballots are sealed to trustees has no figures before it closes, whatever the
    profile says; between closing and publication nobody sees any (EV-7.1.3).
    """
    return published or (while_voting and now < closes_at and not sealed)


def figures_upto(ballots: int, step: int) -> int:
    """Return how many of the first ballots the figures cover: whole steps, at least one held back.

    Two figures that follow each other, and the last ones and the result, thus always differ by
    ``step`` ballots or more, and when they change says nothing about a choice.
    """
    return max(ballots // step - 1, 0) * step


def unit_table_visible(
    profile: Profile, viewer: Viewer, mode: BallotMode, *, paper_only: bool = False
) -> bool:
    """Tell whether choices per unit are shown after the count; never of a secret vote (C-25).

    Owners may see more of a vote on paper only (SZ-11.1).
    """
    name = "owners" if viewer == "owner" else viewer
    by_paper = paper_only and viewer == "owner" and profile.paper_units_to_owners.value
    return mode == "recorded" and (by_paper or name in profile.unit_table_audience.value)
