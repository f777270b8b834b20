"""One voter, several ballots: which one counts (重复投票与渠道优先)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

PAPER = "paper"


class Entry(NamedTuple):
    """A ballot as received: its voter (head group), channel, time and serial number."""

    serial: str
    voter: str
    channel: str
    at: datetime


@dataclass(frozen=True)
class Decided:
    """What became of a ballot, and the ballot that stands instead."""

    entry: Entry
    outcome: Literal["counted", "superseded", "duplicate"]
    instead: str


def reconcile(
    entries: Iterable[Entry], precedence: Literal["electronic", "first"]
) -> tuple[Decided, ...]:
    """Decide every ballot: per voter one counts, by precedence the electronic one (SZ-22.2).

    A paper ballot that gives way to an electronic one is superseded whatever the order; any
    other later ballot is a duplicate. The result does not depend on the order of ``entries``.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.voter, []).append(entry)
    decided: list[Decided] = []
    for voter in sorted(groups):
        group = sorted(groups[voter], key=lambda entry: (entry.at, entry.serial))
        electronic = [entry for entry in group if entry.channel != PAPER]
        stands = electronic[0] if electronic and precedence == "electronic" else group[0]
        for entry in group:
            if entry is stands:
                decided.append(Decided(entry, "counted", ""))
            elif entry.channel == PAPER and stands.channel != PAPER:
                decided.append(Decided(entry, "superseded", stands.serial))
            else:
                decided.append(Decided(entry, "duplicate", stands.serial))
    return tuple(decided)
