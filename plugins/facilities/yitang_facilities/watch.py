"""Rule watch (告警值守): apply alarm rules to arriving readings and remember where each stands."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from yitang_facilities import rules
from yitang_facilities.rules import Rule, RuleState, Transition

# A reading may be this many ms on its way before a delay counts as ended without it.
GRACE_MS = 2000


@dataclass(slots=True)
class Findings:
    """Collect what one batch changed, to be stored in one transaction."""

    states: dict[tuple[str, str], RuleState] = field(default_factory=dict)
    dropped: set[tuple[str, str]] = field(default_factory=set)
    transitions: list[Transition] = field(default_factory=list)


class Watch:
    """Keep the rules of all devices with their states."""

    def __init__(self, states: dict[tuple[str, str], RuleState]) -> None:
        self._states = states
        self._rules: dict[tuple[str, str], Rule] = {}
        self._by_point: dict[tuple[str, str], list[Rule]] = {}

    def use(self, wanted: Iterable[Rule], now: int, findings: Findings) -> None:
        """Take a new set of rules; a rule that is gone or watches something else lets go."""
        new = {rule.key: rule for rule in wanted}
        for key in list(self._states):
            old = self._rules.get(key, Rule(*key, point="", version=0))
            known = key in self._rules
            if key not in new or (known and _subject(old) != _subject(new[key])):
                findings.transitions += rules.withdraw(old, self._states.pop(key), now)
                findings.dropped.add(key)
        for key, rule in new.items():
            if key not in self._states:
                self._keep(key, rules.start(rule, now), findings)
                findings.dropped.discard(key)
        self._rules = new
        self._by_point = defaultdict(list)
        for rule in new.values():
            self._by_point[rule.device, rule.point].append(rule)

    def observe(self, device: str, point: str, ts: int, value: float, findings: Findings) -> None:
        """Apply one good reading to every rule of its point."""
        for rule in self._by_point.get((device, point), ()):
            before = self._states[rule.key]
            after, transitions = rules.step(rule, before, ts, value)
            if after is not before:
                self._keep(rule.key, after, findings)
                findings.transitions += transitions

    def pass_time(self, now: int, findings: Findings) -> None:
        """Let delays end that no reading has ended."""
        for key, rule in self._rules.items():
            before = self._states[key]
            after, transitions = rules.advance(rule, before, now - GRACE_MS)
            if after is not before:
                self._keep(key, after, findings)
                findings.transitions += transitions

    def _keep(self, key: tuple[str, str], state: RuleState, findings: Findings) -> None:
        self._states[key] = state
        findings.states[key] = state


def _subject(rule: Rule) -> tuple[str, str]:
    return rule.kind, rule.point
