"""What a key of a jurisdiction profile can hold (规则的内容): one frozen class for each kind."""

from dataclasses import dataclass
from datetime import date
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

Measures = Literal["heads_and_area", "heads", "area"]


@dataclass(frozen=True)
class Rule(Generic[T]):
    """One setting with the clause it follows from."""

    value: T
    clause: str


@dataclass(frozen=True)
class Validity:
    """First and last day of a profile or rule; an open end is None."""

    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        """Tell whether ``day`` lies within, both ends included (CN-1259)."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Extension:
    """How an open vote may be prolonged; None means without limit, or free length for days."""

    allowed: bool
    approval: bool
    causes: tuple[str, ...]
    days: int | None
    max_count: int | None


@dataclass(frozen=True)
class Review:
    """Part of the street office in a step; advisory silence passes after ``days``."""

    mode: Literal["none", "advisory", "mandatory"]
    days: int | None


@dataclass(frozen=True)
class ProxyRule:
    """Whether a proxy may vote, for how many appointors, and what the document must state."""

    allowed: bool
    max_appointors: int | None
    revocable_before_cast: bool
    fields: tuple[str, ...]


@dataclass(frozen=True)
class TrusteeRule:
    """Who shares the keys of the ballots: persons per group, and how many groups open them.

    One person of convenor, street office or notary speaks for the group; of the scrutineers
    ``scrutineers_needed`` do. ``notary`` allows a spare group, against lost keys.
    """

    use: Literal["required", "offered", "none"]
    convenor: int
    street_office: int
    scrutineers: int
    scrutineers_needed: int
    groups_needed: int
    notary: bool


@dataclass(frozen=True)
class LeadTimes:
    """Days that must lie before the meeting; None where the source asks for none.

    ``notice_days`` is how long any public notice stays up at least. By ``severity`` a step that is
    late is refused, or taken and shown as late on the time line and in the record of the vote.
    """

    entry_days: Rule[int] | None
    publication_days: Rule[int] | None
    binding_list_days: Rule[int] | None
    notice_days: Rule[int] | None
    invitation_working_days: Rule[int] | None
    first_meeting_months: Rule[int] | None
    day_count: Literal["both_excluded", "first_excluded"]
    severity: Literal["refuse", "warn"]


@dataclass(frozen=True)
class ResultTimes:
    """Time to publish a result and time it stays up; at most one of the publish keys is set.

    On the last of them the clock publishes at ``publish_hour`` what nobody did. ``dispute_days``
    is how long a published result is open to objections before it is filed.
    """

    publish_days: Rule[int] | None
    publish_working_days: Rule[int] | None
    publish_hour: Rule[int]
    notice_days: Rule[int] | None
    dispute_days: Rule[int]

    @property
    def publication(self) -> Rule[int]:
        """Return the rule that says by when a result is published."""
        return self.publish_days or self.publish_working_days or self.publish_hour


@dataclass(frozen=True)
class IdentityMethod:
    """One way to prove who somebody is, with the evidence it needs."""

    id: str
    holder: Literal["person", "organisation", "any"]
    evidence: tuple[str, ...]
    place: Literal["online", "on_site"]
    only_after_failure: bool
    clause: str


@dataclass(frozen=True)
class ProofReview:
    """Who looks at uploaded papers, within how many days, and what may be shown and answered.

    ``keep_days`` is how long the pictures stay after the decision.
    """

    reviewers: tuple[Literal["street_officer", "district_officer"], ...]
    days: int
    keep_days: int
    identity_kinds: tuple[str, ...]
    title_kinds: tuple[str, ...]
    return_reasons: tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """A fraction to reach; strict means more than, else at least (CN-1259)."""

    numerator: int
    denominator: int
    strict: bool
    base: Literal["total", "participating"]
    clause: str


@dataclass(frozen=True)
class DecisionRule:
    """A counting rule of national law or of the standard, with its validity."""

    id: str
    clause: str
    validity: Validity
    measures: Measures
    quorum: Share | None
    ordinary: Share
    special: Share
    special_items: tuple[str, ...]


@dataclass(frozen=True)
class Matter:
    """A kind of motion that can be chosen, with the statutory items it may stand for."""

    id: str
    title: str
    statutory: tuple[str, ...]
    clause: str


@dataclass(frozen=True)
class Refusal:
    """The message and clause with which a step is refused in this place."""

    message: str
    clause: str


@dataclass(frozen=True)
class Text:
    """A name in both languages of the pages."""

    zh: str
    en: str
