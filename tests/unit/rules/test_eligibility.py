"""Sequences of events decide who may vote, with a reason."""

from dataclasses import replace

import pytest

from portal.rules.eligibility import Attempt, may_vote
from portal.rules.vote_events import (
    Suspended,
    WindowSet,
)
from tests.unit.rules.sequence_events import (
    COMPANY,
    DAY_2,
    DAY_3,
    OK_OWNER,
    OPENS,
    PROXY,
    SECOND,
    ZHANG,
    cast,
    title,
)
from tests.unit.rules.sequences_of_deputies import OF_DEPUTIES
from tests.unit.rules.sequences_of_owners import OF_OWNERS
from tests.unit.rules.sequences_of_titles import OF_TITLES

SEQUENCES = [*OF_OWNERS, *OF_TITLES, *OF_DEPUTIES]


def answer_of(profile, events, attempt, instant):
    person, unit, *channel = attempt.split()
    answer = may_vote(events, Attempt(person, unit, *channel), instant, profile)
    if answer.allowed:
        assert (answer.reason, answer.message, answer.clause) == ("", "", "")
        return answer.capacity, ""
    assert answer.message == f"refusal.{answer.reason}"
    assert answer.capacity is None
    return answer.reason, answer.clause


@pytest.mark.clause(
    "C-4",
    "C-5",
    "C-7",
    "C-8",
    "SZ-13",
    "SZ-18",
    "SZ-21.1",
    "SZ-21.2",
    "SZ-31",
    "BJ-OQ5",
    "BJ-OQ9",
    "BJ-OQ11.1",
    "BJ-OQ11.2",
    "BJ-OQ12",
    "BJ-OQ13.3",
)
@pytest.mark.parametrize("row", SEQUENCES, ids=lambda row: row[0])
def test_sequence_of_events_decides_with_a_reason(shenzhen, beijing, row):
    _name, events, attempt, instant, in_shenzhen, in_beijing = row
    assert answer_of(shenzhen, events, attempt, instant) == in_shenzhen
    assert answer_of(beijing, events, attempt, instant) == in_beijing


def test_there_are_at_least_forty_sequences():
    assert len({row[0] for row in SEQUENCES}) >= 40


@pytest.mark.parametrize("row", SEQUENCES, ids=lambda row: row[0])
def test_later_events_never_change_an_answer_about_the_past(shenzhen, beijing, row):
    _name, events, attempt, instant, in_shenzhen, in_beijing = row
    later = instant + SECOND
    unit = attempt.split()[1]
    events = [
        title(unit, "newcomer", at=later),
        cast("newcomer", unit, at=later),
        Suspended(later),
        WindowSet(later, OPENS, OPENS, None, frozenset()),
        *events,
    ]
    assert answer_of(shenzhen, events, attempt, instant) == in_shenzhen
    assert answer_of(beijing, events, attempt, instant) == in_beijing


def test_event_of_the_same_instant_has_happened(shenzhen):
    events = [*ZHANG, cast("zhang", "101", at=DAY_3)]
    assert answer_of(shenzhen, events, "zhang 101", DAY_3) == ("already_voted", "SZ-16")
    assert answer_of(shenzhen, events, "zhang 101", DAY_3 - SECOND) == OK_OWNER


def test_answer_names_the_owner_in_whose_right_one_votes(shenzhen):
    assert may_vote(PROXY, Attempt("sun", "101"), DAY_3, shenzhen).owner == "zhang"
    assert may_vote(COMPANY, Attempt("clerk", "101"), DAY_3, shenzhen).owner == "acme"
    assert may_vote(ZHANG, Attempt("zhang", "101"), DAY_3, shenzhen).owner == "zhang"


def test_first_ballot_stands_where_no_channel_goes_first(profiles):
    data = profiles["generic"]
    first = replace(
        data, cross_channel_precedence=replace(data.cross_channel_precedence, value="first")
    )
    events = [*ZHANG, cast("zhang", "101", channel="paper", at=DAY_2)]
    assert answer_of(first, events, "zhang 101", DAY_3)[0] == "already_voted"
