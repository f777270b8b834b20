"""A profile as rows to read (规则表): key, name, value in words, clause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, NamedTuple

from portal.rules.decision import AppliedRule
from portal.rules.keys import DecisionRule, IdentityMethod, Matter, Refusal, Rule, Share
from portal.rules.profile import Profile

# The keys in which the sources differ, in the order of the catalogue: C-1, C-2 and so on.
CONFLICTS = (
    *("paper_mode", "assisted_terminal", "cross_channel_precedence", "coowner_rule"),
    *("multi_unit", "ballot_record", "late_binding", "title_change", "extension", "early_close"),
    *("amend", "launch_review", "result_review", "interim_option_tally", "convenor_types"),
    *("identity_methods", "proxy", "partial_ballot", "lead_times", "result_times"),
    *("decision_rules", "revote", "phone_unique_per_owner", "corrections", "unit_table_audience"),
)
# What stands above the table, and the names themselves.
HEAD = frozenset(("id", "title", "place", "version", "status", "validity", "legal_basis", "texts"))
# Words that other pages use too.
SHARED_WORDS = {
    "convenor_types": "convenor",
    "committee_convenors": "convenor",
    "inaugural_convenors": "convenor",
    "causes": "extension.cause",
    "statutory": "matter",
    "special_items": "matter",
    "voting_uses": "unit.use",
    "evidence": "law.item",
    "fields": "law.item",
    "reviewers": "role",
    "identity_kinds": "unit.id_kind",
    "title_kinds": "on_site.title",
    "return_reasons": "proof.reason",
    "documents": "law.item",
}
_PLACE_HOLDER = re.compile(r"\$\{\w+\}")

Say = Callable[..., str]


class Row(NamedTuple):
    """One setting; ``key`` is dotted and the same in every profile."""

    key: str
    title: str
    value: str
    clause: str

    @property
    def conflict(self) -> str:
        """The number of the conflict this setting decides, or nothing."""
        name = self.key.partition(".")[0]
        return f"C-{CONFLICTS.index(name) + 1}" if name in CONFLICTS else ""


def rows(profile: Profile, say: Say) -> list[Row]:
    """Return every setting of a profile in its order; ``say`` translates a message id."""
    found: list[Row] = []
    for field in fields(profile):
        if field.name not in HEAD:
            found += _rows(field.name, getattr(profile, field.name), say)
    return found


def _rows(name: str, value: Any, say: Say) -> Iterator[Row]:
    if isinstance(value, Rule):
        yield from _rule_rows(name, value, say)
    elif value is None:
        yield Row(name, say(f"law.{name}"), say("law.unset"), "")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield _item_row(name, key, item, say)
    elif isinstance(value, tuple):
        for item in value:
            yield _item_row(name, item.id, item, say)
    else:
        for field in fields(value):
            yield _time_row(f"{name}.{field.name}", getattr(value, field.name), say)


def _rule_rows(name: str, rule: Rule[Any], say: Say) -> Iterator[Row]:
    if is_dataclass(rule.value):
        for field in fields(rule.value):
            words = _words(field.name, getattr(rule.value, field.name), say)
            key = f"{name}.{field.name}"
            yield Row(key, say(f"law.{key}"), words, rule.clause)
    elif rule.value and isinstance(rule.value, tuple) and is_dataclass(rule.value[0]):
        for item in rule.value:
            yield _item_row(name, item.id, item, say)
    else:
        yield Row(name, say(f"law.{name}"), _words(name, rule.value, say), rule.clause)


def _time_row(key: str, value: Any, say: Say) -> Row:
    name = key.rpartition(".")[2]
    number, clause = (value.value, value.clause) if isinstance(value, Rule) else (value, "")
    return Row(key, say(f"law.{key}"), _words(name, number, say), clause)


def _item_row(name: str, key: str, item: Any, say: Say) -> Row:
    path = f"{name}.{key}"
    if isinstance(item, Matter):
        return Row(
            path, say(f"matter.{key}"), _words("statutory", item.statutory, say), item.clause
        )
    if isinstance(item, IdentityMethod):
        parts = (item.place, item.holder, *(("only_after_failure",) * item.only_after_failure))
        words = say("law.sentence.method").join(
            (_words("evidence", item.evidence, say), _words("identity_methods", parts, say))
        )
        return Row(path, say(f"law.method.{key}"), words, item.clause)
    if isinstance(item, DecisionRule):
        return Row(path, say(f"law.rule.{key}"), _decision(item, say), item.clause)
    if isinstance(item, Refusal):
        return Row(path, _PLACE_HOLDER.sub("…", say(item.message)), "", item.clause)
    if isinstance(item, str):
        return Row(path, say(f"law.{path}"), "" if item else say("law.unset"), item)
    return Row(path, say(f"law.{path}"), _words(name, item.value, say), item.clause)


def _decision(rule: DecisionRule, say: Say) -> str:
    parts = [say("law.sentence.valid", days=period(rule.validity.first, rule.validity.last))]
    parts.append(say(f"law.measures.{rule.measures}"))
    if rule.quorum is not None:
        parts.append(say("law.sentence.quorum", share=_share(rule.quorum, say)))
    parts.append(say("law.sentence.ordinary", share=_share(rule.ordinary, say)))
    if rule.special_items:
        items = _words("special_items", rule.special_items, say)
        parts.append(say("law.sentence.special", share=_share(rule.special, say), items=items))
    return say("law.sentence.and").join(parts)


def applied(rule: AppliedRule, say: Say) -> str:
    """Return the counting rule of one motion in words, with its clause."""
    parts = [say(f"law.rule.{rule.rule}"), say(f"law.measures.{rule.measures}")]
    if rule.quorum is not None:
        parts.append(say("law.sentence.quorum", share=_share(rule.quorum, say)))
    parts.append(say("law.sentence.agreeing", share=_share(rule.majority, say)))
    return f"{say('law.sentence.and').join(parts)} [{rule.majority.clause}]"


def _share(share: Share, say: Say) -> str:
    kind = "more" if share.strict else "least"
    return say(f"law.share.{kind}_{share.base}", share=f"{share.numerator}/{share.denominator}")


def period(first: date, last: date | None) -> str:
    """Return the days from first to last; an open end stays open."""
    return f"{first.isoformat()} — {last.isoformat() if last else ''}".rstrip()


def _words(name: str, value: Any, say: Say) -> str:
    if value is None or value == ():
        return say("law.unset")
    if isinstance(value, bool):
        return say("law.yes" if value else "law.no")
    if isinstance(value, tuple):
        return say("law.sentence.list").join(_words(name, item, say) for item in value)
    if isinstance(value, str):
        return say(f"{SHARED_WORDS.get(name, f'law.{name}')}.{value}")
    return str(value)
