"""Jurisdiction profile (地方规则): the law of one place and version as data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from portal.rules.errors import ProfileError, RuleError
from portal.rules.strict import build, digest_of, read_yaml
from portal.rules.vocabulary import (
    BINDING_COLUMNS,
    DECISION_RULES,
    DOCUMENTS,
    REFUSAL_CODES,
    STATUTORY_ITEMS,
)

T = TypeVar("T")

Measures = Literal["heads_and_area", "heads", "area"]
HOURS = 24
# The evidence of a method that rests on uploaded papers.
PAPERS = frozenset(("identity_proof", "title_proof"))


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

    ``notice_days`` is how long any public notice stays up at least.
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


@dataclass(frozen=True)
class Profile:
    """Everything the law of one place says, complete; nothing is defaulted in code."""

    id: str
    title: str
    place: str
    version: str
    status: Literal["draft", "in_force", "standard"]
    validity: Validity
    legal_basis: tuple[str, ...]
    paper_mode: Rule[Literal["none", "supplement"]]
    assisted_terminal: Rule[bool]
    cross_channel_precedence: Rule[Literal["electronic", "first"]]
    coowner_rule: Rule[Literal["representative_then_first", "first"]]
    multi_unit: Rule[Literal["one_ballot_one_head", "one_ballot_one_head_autojoin"]]
    ballot_record: Rule[Literal["one_ballot_every_unit"]]
    late_binding: Rule[Literal["paper_only", "allowed"]]
    title_change: Rule[Literal["unbind_at_launch", "old_vote_stands_else_new"]]
    extension: Rule[Extension]
    early_close: Rule[Literal["never"]]
    amend: Rule[Literal["until_opening", "republish", "suspend_relaunch"]]
    launch_review: Rule[Review]
    result_review: Rule[Review]
    # Chosen: the convenor says it for each meeting.
    interim_option_tally: Rule[Literal["hidden", "visible", "chosen"]]
    progress_audience: Rule[tuple[Literal["convenor", "voted_owners", "owners"], ...]]
    convenor_types: Rule[tuple[str, ...]]
    convenor_accounts: Rule[Literal["request", "street_office"]]
    # Bodies that exist only where the owners have elected a committee.
    committee_convenors: Rule[tuple[str, ...]]
    # Who may convene the first assembly, where the law names fewer than for any other.
    inaugural_convenors: Rule[tuple[str, ...]] | None
    identity_methods: Rule[tuple[IdentityMethod, ...]]
    proof_review: Rule[ProofReview] | None
    proxy: Rule[ProxyRule]
    partial_ballot: Rule[Literal["abstain_rest"]]
    lead_times: LeadTimes
    result_times: ResultTimes
    decision_rules: tuple[DecisionRule, ...]
    revote: Rule[Literal["never"]]
    # One number for several owners is not built, so that no profile can ask for it.
    phone_unique_per_owner: Rule[Literal[True]]
    corrections: Rule[Literal["until_opening_then_objection"]]
    unit_table_audience: Rule[tuple[Literal["street_office", "scrutineers", "owners"], ...]]
    matters: tuple[Matter, ...]
    advisory_rules: tuple[DecisionRule, ...]
    ballot_modes: Rule[tuple[Literal["recorded", "secret"], ...]]
    election_order: Rule[tuple[Literal["heads", "area"], ...]]
    election_tie: Rule[Literal["further_vote", "lot"]]
    second_reading: Rule[bool]
    # By when the street office answers a complaint; later it shows as overdue.
    complaint_working_days: Rule[int]
    voting_area: Rule[Literal["exact"]]
    voting_uses: Rule[tuple[str, ...]]
    ballot_trustees: Rule[TrusteeRule]
    ballot_suite: Rule[Literal["aes128gcm", "sm4gcm"]]
    roster_to_notary: Rule[bool]
    # Ballots are published in groups of at least so many, or singly where so many are alike.
    publication_group: Rule[int]
    # Whether the owners of the community may download which rooms took part.
    participation_list: Rule[bool]
    physical_posting: Rule[bool]
    linked_notices: Rule[tuple[str, ...]]
    # From when owners see the vote itself: from its public notice, or from its start.
    shown_to_owners: Rule[Literal["notice", "opening"]]
    box_roles: Rule[tuple[str, ...]]
    documents: dict[str, Rule[tuple[str, ...]]]
    refusals: dict[str, Refusal]
    texts: dict[str, Text]

    @property
    def upload_method(self) -> IdentityMethod | None:
        """Return the method by which papers are shown on line, or None where there is none."""
        for method in self.identity_methods.value:
            if method.place == "online" and set(method.evidence) >= PAPERS:
                return method
        return None

    @property
    def label(self) -> str:
        """Return the identifier and version as printed on notices and results."""
        return f"{self.id}@{self.version}"

    def refuse(self, code: str, *, field: str = "", **values: object) -> RuleError:
        """Return the error with which this place refuses ``code``; the caller raises it."""
        refusal = self.refusals[code]
        return RuleError(refusal.message, clause=refusal.clause, field=field, **values)

    def matter(self, matter_id: str) -> Matter:
        """Return one kind of motion; RuleError for free text or a kind of another place."""
        for matter in self.matters:
            if matter.id == matter_id:
                return matter
        raise self.refuse("unknown_matter", matter=matter_id)

    def decision_rule(self, day: date) -> DecisionRule:
        """Return the counting rule in force on ``day``."""
        for rule in self.decision_rules:
            if rule.validity.covers(day):
                return rule
        raise self.refuse("no_decision_rule", day=day.isoformat())


def parse_profile(data: Any, path: str = "profile") -> Profile:
    """Build a profile from plain data; ProfileError names an unknown, missing or wrong key."""
    profile: Profile = build(Profile, data, path)
    for problem_path, problem in _contradictions(profile):
        raise ProfileError(f"{path}.{problem_path}", problem)
    return profile


def load_profile(path: Path) -> Profile:
    """Load one profile file, whose stem must be the profile's id."""
    profile = parse_profile(read_yaml(path), path.stem)
    if profile.id != path.stem:
        raise ProfileError(f"{path.stem}.id", f"the file holds {profile.id!r}")
    return profile


def load_profiles(directory: Path) -> dict[str, Profile]:
    """Load every profile of ``directory`` by id."""
    profiles = [load_profile(path) for path in sorted(directory.glob("*.yaml"))]
    return {profile.id: profile for profile in profiles}


def digest(profile: Profile) -> str:
    """Return the SHA-256 of the profile's canonical JSON; any change of a rule changes it."""
    return digest_of(profile)


def _contradictions(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield what each key allows alone but the keys together do not."""
    for name, given, wanted in (
        ("refusals", profile.refusals, REFUSAL_CODES),
        ("documents", profile.documents, DOCUMENTS),
    ):
        for key in sorted(given.keys() ^ set(wanted)):
            yield f"{name}.{key}", "missing key" if key in wanted else "unknown key"
    if set(profile.documents) == set(DOCUMENTS):
        yield from _list_contradictions(profile)
    yield from _rule_contradictions(profile)
    yield from _trustee_contradictions(profile)
    if (profile.upload_method is None) != (profile.proof_review is None):
        yield "proof_review", "belongs to a method that rests on uploaded papers, and only to it"
    times = profile.result_times
    if times.publish_days is not None and times.publish_working_days is not None:
        yield "result_times", "publish_days and publish_working_days exclude each other"
    if not 0 <= times.publish_hour.value < HOURS:
        yield "result_times.publish_hour", "must be an hour of the day, from 0 to 23"
    for name in ("launch_review", "result_review"):
        review: Review = getattr(profile, name).value
        if (review.mode == "advisory") != (review.days is not None):
            yield name, "days belong to an advisory review and only to it"


def _list_contradictions(profile: Profile) -> Iterator[tuple[str, str]]:
    listed = profile.documents["binding_list"].value
    for column in listed:
        if column not in BINDING_COLUMNS:
            yield "documents.binding_list", f"unknown column {column!r}"
    if bool(listed) != (profile.lead_times.binding_list_days is not None):
        yield "lead_times.binding_list_days", "belongs to the columns of a binding list"
    if not listed and "owner_list" in profile.documents["inaugural_notice"].value:
        yield "documents.inaugural_notice", "a list of owners is published as the binding list"


def _trustee_contradictions(profile: Profile) -> Iterator[tuple[str, str]]:
    rule = profile.ballot_trustees.value
    if rule.use != "none" and profile.interim_option_tally.value == "visible":
        yield "ballot_trustees.use", "option figures while voting exclude trustees"
    if rule.use == "required" and profile.interim_option_tally.value == "chosen":
        yield "ballot_trustees.use", "where trustees are required no figures can be chosen"
    seats = (rule.convenor, rule.street_office, rule.scrutineers)
    if min(seats) < 1 or not 1 <= rule.scrutineers_needed <= rule.scrutineers:
        yield "ballot_trustees", "every group needs persons, and no more of them than it has"
    if not 2 <= rule.groups_needed <= len(seats):
        yield "ballot_trustees.groups_needed", "must be two or three, so that none opens alone"


def _rule_contradictions(profile: Profile) -> Iterator[tuple[str, str]]:
    if tuple(sorted(rule.id for rule in profile.decision_rules)) != DECISION_RULES:
        yield "decision_rules", f"must be exactly {', '.join(DECISION_RULES)}"
    for rule in (*profile.decision_rules, *profile.advisory_rules):
        shares = [share for share in (rule.quorum, rule.ordinary, rule.special) if share]
        if any(not 0 < share.numerator <= share.denominator for share in shares):
            yield f"decision_rules.{rule.id}", "a share must lie between 0 and 1"
    named = [(f"decision_rules.{rule.id}", rule.special_items) for rule in profile.decision_rules]
    named += [(f"matters.{matter.id}", matter.statutory) for matter in profile.matters]
    for path, items in named:
        for item in items:
            if item not in STATUTORY_ITEMS:
                yield path, f"unknown item {item!r}"
