from datetime import timedelta

import pytest

from portal.rules.one_ballot import covered_units, joining_units
from portal.rules.vote_events import (
    Bound,
    Suspended,
    Verified,
    facts_at,
)
from tests.unit.rules.sequence_events import CLOSES, OPENS, WINDOW, cast, known, title
from tests.unit.rules.sequence_events import DAY_3 as LATER

UNITS = [
    WINDOW,
    *(title(unit, "zhou") for unit in ("101", "102", "103", "999")),
    title("201", "zhou", "wu"),
    *known("zhou", "101", "102", "999", "201"),
]
CAST = cast("zhou", "101", "102", at=OPENS)
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
