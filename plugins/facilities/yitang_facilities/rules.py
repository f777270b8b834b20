"""Alarm rules (告警规则): pure functions from readings to alarm transitions.

Everything is computed over event time in ms, so replaying the same readings gives the same
transitions at the same times, whenever and in whatever batches they arrive. A transition that
was waiting for a delay carries the moment the delay ended, not the moment it was noticed.
"""

import operator
from dataclasses import dataclass, replace

THRESHOLD, NO_DATA = "threshold", "no_data"
NORMAL, PENDING, RAISED, CLEARING = "normal", "pending", "raised", "clearing"
CLEARED = "cleared"

OPERATORS = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
SEVERITIES = ("notice", "minor", "major", "critical")


@dataclass(frozen=True, slots=True)
class Rule:
    """Describe when one point of one device is in alarm.

    ``threshold``: in alarm while ``value op limit`` has held for ``on_delay`` ms. It clears after
    ``value clear_op clear_limit`` has held for ``off_delay`` ms; without a clear condition of its
    own the value has to leave the limit by ``dead_band``.
    ``no_data``: in alarm when nothing has come for ``on_delay`` ms; data clears it.
    """

    device: str
    rule: str
    point: str
    kind: str = THRESHOLD
    op: str = ">"
    limit: float = 0.0
    dead_band: float = 0.0
    clear_op: str | None = None
    clear_limit: float | None = None
    on_delay: int = 0
    off_delay: int = 0
    severity: str = "major"
    version: int = 1

    def __post_init__(self) -> None:
        if self.kind not in (THRESHOLD, NO_DATA):
            raise ValueError(f"unknown rule kind {self.kind!r}")
        if self.op not in OPERATORS or self.clear_op not in (None, *OPERATORS):
            raise ValueError(f"unknown operator in rule {self.rule!r}")
        if (self.clear_op is None) != (self.clear_limit is None):
            raise ValueError("a clear condition needs both operator and limit")
        if self.severity not in SEVERITIES:
            raise ValueError(f"unknown severity {self.severity!r}")
        if min(self.on_delay, self.off_delay, self.dead_band) < 0:
            raise ValueError("delays and dead band cannot be negative")
        if self.kind == NO_DATA and self.on_delay == 0:
            raise ValueError("a no-data rule needs a delay")

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes two alarms the same: device and rule."""
        return self.device, self.rule

    def violated(self, value: float) -> bool:
        """Tell whether a value meets the alarm condition."""
        return OPERATORS[self.op](value, self.limit)

    def recovered(self, value: float) -> bool:
        """Tell whether a value meets the condition to clear."""
        if self.clear_op is not None:
            return OPERATORS[self.clear_op](value, self.clear_limit) and not self.violated(value)
        if self.op in (">", ">="):
            return not self.violated(value + self.dead_band)
        if self.op in ("<", "<="):
            return not self.violated(value - self.dead_band)
        return not self.violated(value)


@dataclass(frozen=True, slots=True)
class RuleState:
    """Hold what one rule remembers; times in ms.

    ``since`` is when the present state began, for ``pending`` and ``clearing`` when the delay
    began; ``last_ts`` the newest reading seen; ``raised_at`` the start of the standing alarm.
    """

    state: str = NORMAL
    since: int = 0
    last_ts: int = 0
    last_value: float | None = None
    raised_at: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """Record that a rule raised or cleared its alarm at an event time in ms."""

    device: str
    rule: str
    version: int
    severity: str
    to: str
    at: int
    raised_at: int
    value: float | None

    @property
    def key(self) -> str:
        """Return the idempotence key: the same event can never count twice."""
        return f"{self.device}/{self.rule}/{self.raised_at}/{self.to}"


def start(rule: Rule, now: int) -> RuleState:
    """Return the state of a rule that begins at ``now``; silence is counted from here."""
    del rule
    return RuleState(since=now, last_ts=now - 1)


def step(
    rule: Rule, state: RuleState, ts: int, value: float
) -> tuple[RuleState, tuple[Transition, ...]]:
    """Apply one good reading; a reading not newer than the last one changes nothing."""
    if ts <= state.last_ts:
        return state, ()
    # Delays that ended before this reading ended with the old value in force. One that would
    # end at this very moment is decided by the new value.
    state, before = advance(rule, state, ts - 1)
    seen = RuleState(state.state, state.since, ts, value, state.raised_at)
    state = _observe(rule, seen, ts, value)
    state, after = advance(rule, state, ts)
    return state, before + after


def advance(rule: Rule, state: RuleState, now: int) -> tuple[RuleState, tuple[Transition, ...]]:
    """Let time pass to ``now`` without a reading and return what became due."""
    transitions: list[Transition] = []
    while (due := _due(rule, state)) is not None and due <= now:
        if state.state == CLEARING:
            transitions.append(_transition(rule, state, CLEARED, due, state.raised_at or due))
            state = replace(state, state=NORMAL, since=due, raised_at=None)
        else:
            transitions.append(_transition(rule, state, RAISED, due, due))
            state = replace(state, state=RAISED, since=due, raised_at=due)
    return state, tuple(transitions)


def withdraw(rule: Rule, state: RuleState, now: int) -> tuple[Transition, ...]:
    """Return the clearing of a standing alarm whose rule no longer exists."""
    if state.raised_at is None:
        return ()
    return (_transition(rule, state, CLEARED, now, state.raised_at),)


def _observe(rule: Rule, state: RuleState, ts: int, value: float) -> RuleState:
    if rule.kind == NO_DATA:
        return replace(state, state=CLEARING, since=ts) if state.state == RAISED else state
    if state.state == NORMAL:
        return replace(state, state=PENDING, since=ts) if rule.violated(value) else state
    if state.state == PENDING:
        return state if rule.violated(value) else replace(state, state=NORMAL, since=ts)
    if state.state == RAISED:
        return replace(state, state=CLEARING, since=ts) if rule.recovered(value) else state
    return state if rule.recovered(value) else replace(state, state=RAISED, since=ts)


def _due(rule: Rule, state: RuleState) -> int | None:
    if state.state == PENDING:
        return state.since + rule.on_delay
    if state.state == CLEARING:
        return state.since + rule.off_delay
    if state.state == NORMAL and rule.kind == NO_DATA:
        return max(state.last_ts + rule.on_delay, state.since)
    return None


def _transition(rule: Rule, state: RuleState, to: str, at: int, raised_at: int) -> Transition:
    return Transition(
        device=rule.device,
        rule=rule.rule,
        version=rule.version,
        severity=rule.severity,
        to=to,
        at=at,
        raised_at=raised_at,
        value=state.last_value,
    )
