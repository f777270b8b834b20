"""Whether a motion is carried (表决结果): exact shares of owners and of area."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from portal.rules.errors import ProfileError, RuleError
from portal.rules.heads import Measure
from portal.rules.keys import DecisionRule, Measures, Share
from portal.rules.profile import Profile
from portal.rules.profile_files import digest
from portal.rules.strict import as_plain, build


@dataclass(frozen=True)
class AppliedRule:
    """The counting rule of one motion, resolved from profile, matter and day."""

    profile: str
    profile_digest: str
    rule: str
    matter: str
    item: str
    category: str
    measures: Measures
    quorum: Share | None
    majority: Share


@dataclass(frozen=True)
class Check:
    """One comparison: numerator of denominator against a share."""

    key: str
    numerator: int
    denominator: int
    share: Share
    met: bool


@dataclass(frozen=True)
class Verdict:
    """Whether the motion is carried, with every number that was compared."""

    carried: bool
    rule: AppliedRule
    totals: tuple[int, int]
    participation: tuple[int, int]
    agreeing: tuple[int, int]
    checks: tuple[Check, ...]

    @property
    def explanation(self) -> dict[str, Any]:
        """Return everything as JSON-ready data that ``reevaluate`` accepts."""
        plain: dict[str, Any] = as_plain(self)
        return plain


def select_rule(
    profile: Profile,
    matter_id: str,
    day: date,
    *,
    item: str = "",
    advisory: str = "",
) -> AppliedRule:
    """Return the rule for a matter on a day; the kind of matter decides, nobody chooses.

    ``item`` names the statutory item where the matter joins several; ``advisory`` names a rule
    of the standard, accepted only for a matter that is no statutory item (CN-278.T).
    """
    matter = profile.matter(matter_id)
    if matter.statutory:
        if advisory or (item and item not in matter.statutory):
            raise profile.refuse("unknown_matter", matter=matter_id, item=item or advisory)
        if not item and len(matter.statutory) > 1:
            raise RuleError("rules.decision.item_needed", clause=matter.clause, matter=matter_id)
        item = item or matter.statutory[0]
        rule = profile.decision_rule(day)
        special = item in rule.special_items
    else:
        rule = _advisory_rule(profile, matter_id, advisory)
        special = False
    return AppliedRule(
        profile=profile.label,
        profile_digest=digest(profile),
        rule=rule.id,
        matter=matter_id,
        item=item,
        category=("special" if special else "ordinary") if matter.statutory else "advisory",
        measures=rule.measures,
        quorum=rule.quorum,
        majority=rule.special if special else rule.ordinary,
    )


def _advisory_rule(profile: Profile, matter_id: str, advisory: str) -> DecisionRule:
    for rule in profile.advisory_rules:
        if rule.id == advisory:
            return rule
    raise profile.refuse("unknown_matter", matter=matter_id, item=advisory)


def reaches(numerator: int, denominator: int, share: Share) -> bool:
    """Tell whether numerator of denominator reaches a share; a share of nothing is not reached."""
    if denominator == 0:
        return False
    reached = Fraction(numerator, denominator)
    needed = Fraction(share.numerator, share.denominator)
    return reached > needed if share.strict else reached >= needed


def decide(
    rule: AppliedRule, totals: Measure, participation: Measure, agreeing: Measure
) -> Verdict:
    """Compare by both measures and return the verdict with its explanation.

    Raises RuleError when the quantities contradict each other.
    """
    pairs = zip(totals, participation, agreeing, strict=True)
    for name, (total, taking_part, for_it) in zip(("heads", "area"), pairs, strict=True):
        if not 0 <= for_it <= taking_part <= total or total == 0:
            raise RuleError(
                "rules.decision.quantities",
                clause="CN-278",
                field=name,
                total=total,
                participation=taking_part,
                agreeing=for_it,
            )
    bases = {"total": totals, "participating": participation}
    checks: list[Check] = []
    for label, share, counted in (
        ("quorum", rule.quorum, participation),
        ("majority", rule.majority, agreeing),
    ):
        if share is None:
            continue
        base = bases[share.base]
        for index, measure in enumerate(("heads", "area")):
            if rule.measures in ("heads_and_area", measure):
                met = reaches(counted[index], base[index], share)
                key = f"{label}_{measure}"
                checks.append(Check(key, counted[index], base[index], share, met))
    return Verdict(
        carried=all(check.met for check in checks),
        rule=rule,
        totals=(totals.heads, totals.area),
        participation=(participation.heads, participation.area),
        agreeing=(agreeing.heads, agreeing.area),
        checks=tuple(checks),
    )


def reevaluate(explanation: Mapping[str, Any]) -> bool:
    """Tell whether a stored explanation follows from its own numbers, in every part."""
    try:
        stated: Verdict = build(Verdict, explanation, "explanation")
        again = decide(
            stated.rule,
            Measure(*stated.totals),
            Measure(*stated.participation),
            Measure(*stated.agreeing),
        )
    except (ProfileError, RuleError):
        return False
    return again == stated
