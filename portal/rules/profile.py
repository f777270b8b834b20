"""Jurisdiction profile (地方规则): the law of one place and version as data."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from portal.rules.errors import RuleError
from portal.rules.keys import (
    DecisionRule,
    Extension,
    IdentityMethod,
    LeadTimes,
    Matter,
    ProofReview,
    ProxyRule,
    Refusal,
    ResultTimes,
    Review,
    Rule,
    Text,
    TrusteeRule,
    Validity,
)

# The evidence of a method that rests on uploaded papers.
PAPERS = frozenset(("identity_proof", "title_proof"))


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
    # Whether owners see choices per unit, too, of a vote that was held on paper only.
    paper_units_to_owners: Rule[bool]
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
    # The clause of what has one in this place and no other key; empty where no source speaks of it.
    clauses: dict[str, str]
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

    def identity_method(self, method_id: str) -> IdentityMethod | None:
        """Return one way to prove who somebody is, or None where the place does not know it."""
        return next((one for one in self.identity_methods.value if one.id == method_id), None)

    @property
    def label(self) -> str:
        """Return the identifier and version as printed on notices and results."""
        return f"{self.id}@{self.version}"

    def refuse(self, code: str, *, field: str = "", **values: object) -> RuleError:
        """Return the error with which this place refuses ``code``; the caller raises it."""
        refusal = self.refusals[code]
        return RuleError(refusal.message, clause=refusal.clause, field=field, **values)

    def clause_of(self, path: str) -> str:
        """Return the clause of a key by its path, such as ``proxy`` or ``documents.result``."""
        found: Any = self
        for name in path.split("."):
            found = found[name] if isinstance(found, dict) else getattr(found, name)
        return str(found if isinstance(found, str) else found.clause)

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
