"""What each key of a profile allows alone but the keys together do not (规则间的矛盾)."""

from collections.abc import Iterator

from portal.rules.keys import Review
from portal.rules.profile import Profile
from portal.rules.vocabulary import (
    CLAUSES,
    DECISION_RULES,
    DOCUMENT_ITEMS,
    DOCUMENTS,
    REFUSAL_CODES,
    STATUTORY_ITEMS,
)

HOURS = 24


def contradictions(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield the path of a key and what is wrong with it."""
    for name, given, wanted in (
        ("refusals", profile.refusals, REFUSAL_CODES),
        ("documents", profile.documents, DOCUMENTS),
        ("clauses", profile.clauses, CLAUSES),
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
    for name, known in DOCUMENT_ITEMS.items():
        for item in profile.documents[name].value:
            if item not in known:
                yield f"documents.{name}", f"nothing in the portal is {item!r}"
    listed = profile.documents["binding_list"].value
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
