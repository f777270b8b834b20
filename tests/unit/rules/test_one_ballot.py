from datetime import date, timedelta

import pytest

from portal.rules.days import end_of_day, start_of_day
from portal.rules.one_ballot import covered_units, joining_units
from portal.rules.vote_events import (
    Bound,
    Cast,
    Suspended,
    TitleRegistered,
    Verified,
    WindowSet,
    facts_at,
)

BEFORE = start_of_day(date(2026, 5, 1))
NOTICE = start_of_day(date(2026, 6, 4))
OPENS = start_of_day(date(2026, 6, 20))
CLOSES = end_of_day(date(2026, 7, 5))
LATER = OPENS + timedelta(days=2)
WINDOW = WindowSet(BEFORE, OPENS, CLOSES, NOTICE, frozenset({"101", "102", "103", "201"}))
UNITS = [
    WINDOW,
    *(TitleRegistered(BEFORE, unit, frozenset({"zhou"})) for unit in ("101", "102", "103", "999")),
    TitleRegistered(BEFORE, "201", frozenset({"zhou", "wu"})),
    Verified(BEFORE, "zhou"),
    Bound(BEFORE, "zhou", "101"),
    Bound(BEFORE, "zhou", "102"),
    Bound(BEFORE, "zhou", "999"),
    Bound(BEFORE, "zhou", "201"),
]
CAST = Cast(OPENS, "zhou", "zhou", frozenset({"101", "102"}), "online")
BOUND_LATE = Bound(LATER, "zhou", "103")


@pytest.mark.clause("C-6", "BJ-OQ13.2", "CN-I9")
def test_one_ballot_covers_the_bound_units_in_scope_of_the_same_owners(shenzhen, beijing):
    facts = facts_at(UNITS, LATER)
    for profile in (shenzhen, beijing):
        assert covered_units(facts, "101", "online", profile) == ("101", "102")
        assert covered_units(facts, "201", "online", profile) == ("201",)
        assert covered_units(facts, "unknown", "online", profile) == ()


@pytest.mark.clause("SZ-18")
def test_unit_bound_late_is_covered_online_in_beijing_only(shenzhen, beijing):
    facts = facts_at([*UNITS, BOUND_LATE], LATER)
    assert covered_units(facts, "101", "online", shenzhen) == ("101", "102")
    assert covered_units(facts, "101", "online", beijing) == ("101", "102", "103")


@pytest.mark.clause("SZ-11.1")
def test_paper_ballot_covers_all_units_of_the_owner(shenzhen):
    facts = facts_at(UNITS, LATER)
    assert covered_units(facts, "103", "paper", shenzhen) == ("101", "102", "103")


@pytest.mark.clause("BJ-OQ13.3")
def test_unit_bound_after_the_ballot_joins_it_while_voting_is_open(shenzhen, beijing):
    facts = facts_at([*UNITS, CAST, BOUND_LATE], LATER)
    assert joining_units(facts, LATER, beijing) == ("103",)
    assert joining_units(facts, LATER, shenzhen) == ()
    assert joining_units(facts, CLOSES - timedelta(seconds=1), beijing) == ("103",)
    assert joining_units(facts, CLOSES, beijing) == ()
    assert joining_units(facts, OPENS, beijing) == ("103",)
    assert joining_units(facts, OPENS - timedelta(seconds=1), beijing) == ()


def test_nothing_joins_without_ballot_binding_or_vote(beijing):
    assert joining_units(facts_at([*UNITS, BOUND_LATE], LATER), LATER, beijing) == ()
    assert joining_units(facts_at([*UNITS, CAST], LATER), LATER, beijing) == ()
    assert joining_units(facts_at(UNITS[1:], LATER), LATER, beijing) == ()
    suspended = [*UNITS, CAST, BOUND_LATE, Suspended(LATER)]
    assert joining_units(facts_at(suspended, LATER), LATER, beijing) == ()
    unverified = [event for event in UNITS if not isinstance(event, Verified)]
    assert joining_units(facts_at([*unverified, CAST, BOUND_LATE], LATER), LATER, beijing) == ()
