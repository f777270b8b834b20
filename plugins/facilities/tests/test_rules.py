"""Alarm rules: delay, hysteresis, silence and replay."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yitang_facilities import rules
from yitang_facilities.rules import NO_DATA, Rule, RuleState

HIGH = Rule("d", "high", "level", limit=3.5, dead_band=0.2, on_delay=5000, off_delay=30_000)
SILENT = Rule("d", "silent", "level", kind=NO_DATA, on_delay=60_000)


def play(rule, readings, end=None):
    state, transitions = RuleState(last_ts=-1), []
    for ts, value in readings:
        state, new = rules.step(rule, state, ts, value)
        transitions += new
    if end is not None:
        state, new = rules.advance(rule, state, end)
        transitions += new
    return [(transition.to, transition.at) for transition in transitions]


def test_value_above_limit_shorter_than_delay_raises_nothing():
    assert play(HIGH, [(0, 3.6), (4999, 3.4)], end=60_000) == []


def test_value_above_limit_for_the_delay_raises_at_its_end():
    assert play(HIGH, [(0, 3.6), (5000, 3.6)]) == [("raised", 5000)]


def test_value_back_at_the_very_end_of_the_delay_raises_nothing():
    assert play(HIGH, [(0, 3.6), (5000, 3.4)], end=60_000) == []


def test_limit_itself_is_no_alarm_for_greater_than():
    assert play(HIGH, [(0, 3.5)], end=60_000) == []


def test_delay_that_ended_between_two_readings_raises_at_its_end():
    assert play(HIGH, [(0, 3.6), (9000, 3.4)]) == [("raised", 5000)]


def test_value_inside_dead_band_does_not_clear():
    assert play(HIGH, [(0, 3.6), (5000, 3.6), (6000, 3.31)], end=10**6) == [("raised", 5000)]


@pytest.mark.clause("PM-8.4.4-c")
def test_value_below_dead_band_for_the_delay_clears_by_itself():
    played = play(HIGH, [(0, 3.6), (5000, 3.6), (6000, 3.3)], end=36_000)
    assert played == [("raised", 5000), ("cleared", 36_000)]


def test_value_returning_to_alarm_restarts_the_clear_delay():
    readings = [(0, 3.6), (5000, 3.6), (6000, 3.0), (20_000, 3.6), (21_000, 3.0)]
    assert play(HIGH, readings, end=50_999) == [("raised", 5000)]
    assert play(HIGH, readings, end=51_000) == [("raised", 5000), ("cleared", 51_000)]


@pytest.mark.clause("PM-8.1.8-s2")
def test_chatter_of_ten_minutes_raises_one_alarm():
    readings = [(second * 1000, 3.6 if second % 10 < 8 else 3.2) for second in range(600)]
    assert [to for to, _ in play(HIGH, readings)] == ["raised"]


def test_own_clear_condition_replaces_the_dead_band():
    rule = Rule("d", "low", "p", op="<", limit=0.2, clear_op=">", clear_limit=0.25)
    readings = [(0, 0.1), (1, 0.21), (2, 0.25), (3, 0.26)]
    assert play(rule, readings) == [("raised", 0), ("cleared", 3)]


def test_low_limit_uses_the_dead_band_upwards():
    rule = Rule("d", "low", "p", op="<", limit=1.0, dead_band=0.5)
    assert play(rule, [(0, 0.9), (1, 1.4), (2, 1.5)]) == [("raised", 0), ("cleared", 2)]


def test_old_reading_changes_nothing():
    state, _ = rules.step(HIGH, RuleState(last_ts=-1), 1000, 1.0)
    assert rules.step(HIGH, state, 1000, 9.0) == (state, ())
    assert rules.step(HIGH, state, 999, 9.0) == (state, ())


@pytest.mark.clause("PM-8.1.9")
def test_silent_device_raises_after_its_time_and_clears_with_data():
    assert play(SILENT, [(0, 1.0)], end=59_999) == []
    assert play(SILENT, [(0, 1.0), (200_000, 1.0)]) == [("raised", 60_000), ("cleared", 200_000)]


def test_device_silent_from_the_start_raises():
    state = rules.start(SILENT, 1000)
    _, transitions = rules.advance(SILENT, state, 10**6)
    assert [transition.at for transition in transitions] == [60_999]


def test_second_silence_is_a_second_alarm():
    played = play(SILENT, [(0, 1.0), (70_000, 1.0)], end=10**6)
    assert played == [("raised", 60_000), ("cleared", 70_000), ("raised", 130_000)]


def test_same_event_has_the_same_key_and_another_event_another():
    state = RuleState(last_ts=-1)
    keys = []
    for ts, value in [(0, 9.0), (5000, 9.0), (6000, 0.0), (40_000, 9.0), (50_000, 9.0)]:
        state, transitions = rules.step(HIGH, state, ts, value)
        keys += [transition.key for transition in transitions]
    assert keys == ["d/high/5000/raised", "d/high/5000/cleared", "d/high/45000/raised"]


def test_rule_withdrawn_clears_its_standing_alarm():
    state, _ = rules.step(replace(HIGH, on_delay=0), RuleState(last_ts=-1), 0, 9.0)
    assert [(t.to, t.at) for t in rules.withdraw(HIGH, state, 77)] == [("cleared", 77)]
    assert rules.withdraw(HIGH, RuleState(), 77) == ()


@given(
    st.lists(st.tuples(st.integers(1, 20_000), st.floats(0, 5)), max_size=60),
    st.integers(0, 2**32),
)
def test_watchdog_ticks_never_change_what_happened(steps, seed):
    """Live, time passes between readings; replayed, it does not. Both must agree."""
    random_source = random.Random(seed)
    replayed, live = RuleState(last_ts=-1), RuleState(last_ts=-1)
    heard, seen, ts = [], [], 0
    for gap, value in steps:
        tick = ts + random_source.randrange(gap)
        live, early = rules.advance(HIGH, live, tick)
        ts += gap
        live, late = rules.step(HIGH, live, ts, value)
        replayed, all_new = rules.step(HIGH, replayed, ts, value)
        seen += early + late
        heard += all_new
    assert seen == heard
    assert live == replayed


@pytest.mark.parametrize(
    "wrong",
    [
        {"op": "~"},
        {"kind": "guess"},
        {"clear_op": ">"},
        {"on_delay": -1},
        {"severity": "huge"},
        {"kind": NO_DATA, "on_delay": 0},
    ],
)
def test_rule_with_a_mistake_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        replace(HIGH, **wrong)
