"""Dated events on which the right to vote depends (产权与表决权事件)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class CastFact(NamedTuple):
    """A ballot as remembered: who cast it, for which owner, and the owner group of that day."""

    person: str
    owner: str
    group: frozenset[str]
    channel: str


@dataclass
class Facts:
    """What is known at one instant; built by ``facts_at`` and never stored."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    notice_at: datetime | None = None
    suspended: bool = False
    scope: frozenset[str] = frozenset()
    owners: dict[str, frozenset[str]] = field(default_factory=dict)
    former_owners: dict[str, set[str]] = field(default_factory=dict)
    verified: dict[str, datetime] = field(default_factory=dict)
    bound: dict[tuple[str, str], datetime] = field(default_factory=dict)
    representatives: dict[str, str] = field(default_factory=dict)
    agents: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    proxies: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    cancelled: set[tuple[str, str]] = field(default_factory=set)
    casts: dict[str, list[CastFact]] = field(default_factory=dict)
    group_casts: dict[frozenset[str], list[CastFact]] = field(default_factory=dict)


@dataclass(frozen=True)
class WindowSet:
    """The voting window was fixed or prolonged; ``notice_at`` is the start of the notice."""

    at: datetime
    opens_at: datetime
    closes_at: datetime
    notice_at: datetime | None
    scope: frozenset[str]

    def apply(self, facts: Facts) -> None:
        """Replace window, notice and scope."""
        facts.opens_at, facts.closes_at = self.opens_at, self.closes_at
        facts.notice_at, facts.scope = self.notice_at, self.scope


@dataclass(frozen=True)
class Suspended:
    """The vote was suspended for good (BJ-GQ2)."""

    at: datetime

    def apply(self, facts: Facts) -> None:
        """Stop the vote."""
        facts.suspended = True


@dataclass(frozen=True)
class TitleRegistered:
    """The register shows these owners of a unit from now on; several are co-owners."""

    at: datetime
    unit: str
    owners: frozenset[str]

    def apply(self, facts: Facts) -> None:
        """Replace the owners; bindings of others end, an old representation ends."""
        before = facts.owners.get(self.unit, frozenset())
        facts.owners[self.unit] = self.owners
        former = facts.former_owners.setdefault(self.unit, set())
        former |= before
        former -= self.owners
        if before != self.owners:
            facts.representatives.pop(self.unit, None)
        for person, unit in list(facts.bound):
            if unit == self.unit and person not in self.owners:
                del facts.bound[person, unit]


@dataclass(frozen=True)
class Verified:
    """A person or organisation proved its identity."""

    at: datetime
    person: str

    def apply(self, facts: Facts) -> None:
        """Remember the first time, which a repetition does not make later."""
        facts.verified.setdefault(self.person, self.at)


@dataclass(frozen=True)
class _OfBinding:
    """What a person did about a unit in the account."""

    at: datetime
    person: str
    unit: str


@dataclass(frozen=True)
class Bound(_OfBinding):
    """An owner bound a unit to the account."""

    def apply(self, facts: Facts) -> None:
        """Remember the binding from its first time on."""
        facts.bound.setdefault((self.person, self.unit), self.at)


@dataclass(frozen=True)
class Unbound(_OfBinding):
    """A binding was dissolved, by the owner, by a decision or at launch."""

    def apply(self, facts: Facts) -> None:
        """Forget the binding."""
        facts.bound.pop((self.person, self.unit), None)


@dataclass(frozen=True)
class _OfUnit:
    """What the co-owners of a unit decided about a person."""

    at: datetime
    unit: str
    person: str


@dataclass(frozen=True)
class RepresentativeChosen(_OfUnit):
    """The co-owners chose who votes for the unit, with the consent of all (SZ-21.1)."""

    def apply(self, facts: Facts) -> None:
        """Remember the representative."""
        facts.representatives[self.unit] = self.person


@dataclass(frozen=True)
class RepresentativeEnded(_OfUnit):
    """The co-owners took their choice back before it was used (SZ-21.1)."""

    def apply(self, facts: Facts) -> None:
        """Forget the representative, unless the co-owners have chosen another one since."""
        if facts.representatives.get(self.unit) == self.person:
            del facts.representatives[self.unit]


@dataclass(frozen=True)
class _OfAgent:
    """What an organisation decided about an employee."""

    at: datetime
    organisation: str
    person: str


@dataclass(frozen=True)
class AgentAuthorised(_OfAgent):
    """An organisation authorised an employee for all its units (SZ-31)."""

    until: datetime | None = None

    def apply(self, facts: Facts) -> None:
        """Remember the authorisation."""
        facts.agents[self.person, self.organisation] = self.until


@dataclass(frozen=True)
class AgentEnded(_OfAgent):
    """An organisation took the authority of an employee back (SZ-31)."""

    def apply(self, facts: Facts) -> None:
        """End the authority now."""
        if (self.person, self.organisation) in facts.agents:
            facts.agents[self.person, self.organisation] = self.at


@dataclass(frozen=True)
class _OfProxy:
    """What an owner decided about a proxy."""

    at: datetime
    appointor: str
    proxy: str


@dataclass(frozen=True)
class ProxyAppointed(_OfProxy):
    """An owner appointed a proxy until a time (SZ-20)."""

    until: datetime | None = None

    def apply(self, facts: Facts) -> None:
        """Remember the appointment; a new one lifts an earlier cancellation."""
        facts.proxies[self.proxy, self.appointor] = self.until
        facts.cancelled.discard((self.proxy, self.appointor))


@dataclass(frozen=True)
class ProxyCancelled(_OfProxy):
    """An owner withdrew an appointment before the proxy voted (SZ-20.4)."""

    def apply(self, facts: Facts) -> None:
        """End the appointment."""
        facts.cancelled.add((self.proxy, self.appointor))


@dataclass(frozen=True)
class Cast:
    """A ballot was accepted for these units; ``owner`` is the person it was cast for."""

    at: datetime
    person: str
    owner: str
    units: frozenset[str]
    channel: str

    def apply(self, facts: Facts) -> None:
        """Remember the ballot on every unit (C-6) and on the owner group, which is one head."""
        for unit in self.units:
            group = facts.owners.get(unit, frozenset())
            fact = CastFact(self.person, self.owner, group, self.channel)
            facts.casts.setdefault(unit, []).append(fact)
            facts.group_casts.setdefault(group, []).append(fact)


VoteEvent = (
    WindowSet
    | Suspended
    | TitleRegistered
    | Verified
    | Bound
    | Unbound
    | RepresentativeChosen
    | RepresentativeEnded
    | AgentAuthorised
    | AgentEnded
    | ProxyAppointed
    | ProxyCancelled
    | Cast
)


def facts_at(events: Iterable[VoteEvent], instant: datetime) -> Facts:
    """Return what was known at ``instant``; later events change nothing about it."""
    facts = Facts()
    for event in sorted((event for event in events if event.at <= instant), key=lambda e: e.at):
        event.apply(facts)
    return facts
