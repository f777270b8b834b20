"""Counting ballots (计票) with integers only, by heads, by area and by channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from portal.rules.errors import RuleError
from portal.rules.heads import ZERO, Measure

Mode = Literal["single", "multiple", "competitive", "equal"]
FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
_FEWEST_OPTIONS = 2
_ELECTIONS = ("competitive", "equal")


class MotionSpec(NamedTuple):
    """What a ballot may say about one motion."""

    key: str
    mode: Mode
    options: tuple[str, ...]
    max_marks: int


class Ballot(NamedTuple):
    """One ballot: weights, channel and, in the order of the motions, the marked options."""

    heads: int
    area: int
    channel: str
    choices: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class OptionCount:
    """Votes for one option, in all and per channel."""

    option: str
    votes: Measure
    by_channel: dict[str, Measure]


@dataclass(frozen=True)
class MotionCount:
    """Votes of one motion; blank means not answered, which is an abstention (SZ-23)."""

    key: str
    options: tuple[OptionCount, ...]
    blank: Measure
    invalid: Measure

    def votes(self, option: str) -> Measure:
        """Return the votes for ``option``; RuleError when the motion has no such option."""
        for count in self.options:
            if count.option == option:
                return count.votes
        raise RuleError("rules.tally.unknown_option", motion=self.key, option=option)


@dataclass(frozen=True)
class Tally:
    """The whole count; ``counted`` is the participation of every motion alike (SZ-23)."""

    counted: Measure
    by_channel: dict[str, Measure]
    motions: tuple[MotionCount, ...]


def check_spec(spec: MotionSpec) -> None:
    """Refuse a motion whose options, mode and maximum do not fit together."""
    names = [option.strip() for option in spec.options]
    if len(names) < _FEWEST_OPTIONS:
        raise RuleError("rules.motion.too_few_options", clause="EV-6.2.1", motion=spec.key)
    if len(set(names)) < len(names) or not all(names):
        raise RuleError("rules.motion.option_twice", clause="EV-6.7.2", motion=spec.key)
    choices = len(set(names) - {ABSTAIN, AGAINST}) if spec.mode in _ELECTIONS else len(names)
    fits = {
        "single": spec.max_marks == 1,
        "multiple": 1 <= spec.max_marks <= choices,
        "competitive": 1 <= spec.max_marks < choices,
        "equal": spec.max_marks == choices,
    }
    if not fits[spec.mode]:
        raise RuleError(
            "rules.motion.max_marks",
            clause="EV-6.2.3",
            motion=spec.key,
            mode=spec.mode,
            max_marks=spec.max_marks,
        )


def fault(spec: MotionSpec, marks: tuple[str, ...]) -> str:
    """Return the refusal code of a set of marks, or nothing; no mark at all is valid."""
    if any(mark not in spec.options for mark in marks):
        return "unknown_option"
    if len(set(marks)) < len(marks):
        return "repeated_option"
    if len(marks) > spec.max_marks or (ABSTAIN in marks and len(marks) > 1):
        return "too_many_marks"
    return ""


def count(motions: tuple[MotionSpec, ...], ballots: Iterable[Ballot]) -> Tally:
    """Count every ballot once for every motion.

    A faulty set of marks is counted as invalid and takes part; a ballot that does not have one
    place per motion, or has no weight, is a RuleError, because no cast can have accepted it.
    """
    width = len(motions)
    by_channel: dict[str, list[int]] = {}
    groups: list[dict[tuple[str, tuple[str, ...]], list[int]]] = [{} for _ in motions]
    for heads, area, channel, choices in ballots:
        if len(choices) != width or heads <= 0 or area <= 0:
            raise RuleError("rules.tally.malformed_ballot", clause="EV-8.1.3", channel=channel)
        _add(by_channel, channel, heads, area)
        for group, marks in zip(groups, choices, strict=True):
            key = (channel, marks)
            sums = group.get(key)
            if sums is None:
                group[key] = [heads, area]
            else:
                sums[0] += heads
                sums[1] += area
    channels = {channel: Measure(*sums) for channel, sums in sorted(by_channel.items())}
    counted = _total(channels.values())
    tally = Tally(
        counted,
        channels,
        tuple(_motion_count(spec, group) for spec, group in zip(motions, groups, strict=True)),
    )
    check_sums(motions, tally)
    return tally


def check_sums(motions: tuple[MotionSpec, ...], tally: Tally) -> None:
    """Refuse a tally whose parts do not add up to the ballots counted (EV-8.2.3)."""
    if _total(tally.by_channel.values()) != tally.counted:
        raise RuleError("rules.tally.sum", clause="EV-8.2.3")
    for spec, motion in zip(motions, tally.motions, strict=True):
        votes = [option.votes for option in motion.options]
        for option in motion.options:
            if _total(option.by_channel.values()) != option.votes:
                raise RuleError("rules.tally.sum", clause="EV-8.2.3", motion=motion.key)
        unmarked = motion.blank.plus(motion.invalid)
        if spec.max_marks == 1:
            consistent = _total(votes).plus(unmarked) == tally.counted
        else:
            consistent = all(_fits(vote.plus(unmarked), tally.counted) for vote in votes)
        if not consistent:
            raise RuleError("rules.tally.sum", clause="EV-8.2.3", motion=motion.key)


def _motion_count(
    spec: MotionSpec, group: dict[tuple[str, tuple[str, ...]], list[int]]
) -> MotionCount:
    options: dict[str, dict[str, list[int]]] = {option: {} for option in spec.options}
    blank = invalid = ZERO
    for (channel, marks), (heads, area) in group.items():
        if not marks:
            blank = blank.plus(Measure(heads, area))
        elif fault(spec, marks):
            invalid = invalid.plus(Measure(heads, area))
        else:
            for mark in marks:
                _add(options[mark], channel, heads, area)
    return MotionCount(
        spec.key,
        tuple(_option_count(option, sums) for option, sums in options.items()),
        blank,
        invalid,
    )


def _option_count(option: str, sums: dict[str, list[int]]) -> OptionCount:
    channels = {channel: Measure(*pair) for channel, pair in sorted(sums.items())}
    return OptionCount(option, _total(channels.values()), channels)


def _fits(part: Measure, whole: Measure) -> bool:
    return part.heads <= whole.heads and part.area <= whole.area


def _add(sums: dict[str, list[int]], key: str, heads: int, area: int) -> None:
    entry = sums.setdefault(key, [0, 0])
    entry[0] += heads
    entry[1] += area


def _total(measures: Iterable[Measure]) -> Measure:
    total = ZERO
    for measure in measures:
        total = total.plus(measure)
    return total
