from datetime import date

import pytest

from portal.rules.decision import select_rule
from portal.rules.election import rank_candidates
from portal.rules.errors import RuleError
from portal.rules.heads import Measure
from portal.rules.tally import MotionCount, OptionCount

ZERO = Measure(0, 0)
TOTALS = Measure(100, 1_000)
PARTICIPATION = Measure(80, 800)


def ranked(profile, seats, order=("heads", "area"), **votes):
    options = tuple(OptionCount(name, Measure(*pair), {}) for name, pair in votes.items())
    standings = rank_candidates(
        MotionCount("election", options, ZERO, ZERO),
        seats,
        select_rule(profile, "committee_election", date(2026, 11, 20)),
        totals=TOTALS,
        participation=PARTICIPATION,
        order=order,
    )
    return [(s.candidate, s.rank, s.shared, s.status) for s in standings]


@pytest.mark.clause("SZ-25.3")
def test_candidates_are_ranked_by_votes_and_seats_filled_from_the_top(shenzhen):
    assert ranked(shenzhen, 2, a=(50, 500), b=(70, 700), c=(60, 600), d=(41, 401)) == [
        ("b", 1, False, "elected"),
        ("c", 2, False, "elected"),
        ("a", 3, False, "not_elected"),
        ("d", 4, False, "not_elected"),
    ]


@pytest.mark.clause("SZ-25.3")
def test_equal_votes_are_shown_as_a_tie_and_never_broken(shenzhen):
    assert ranked(shenzhen, 2, a=(60, 600), b=(70, 700), c=(60, 600)) == [
        ("b", 1, False, "elected"),
        ("a", 2, True, "tied"),
        ("c", 2, True, "tied"),
    ]
    assert ranked(shenzhen, 3, a=(60, 600), b=(70, 700), c=(60, 600), d=(50, 500)) == [
        ("b", 1, False, "elected"),
        ("a", 2, True, "elected"),
        ("c", 2, True, "elected"),
        ("d", 4, False, "not_elected"),
    ]


@pytest.mark.clause("CN-278.G")
def test_candidate_without_both_majorities_is_not_elected_whatever_the_rank(shenzhen):
    assert ranked(shenzhen, 3, a=(70, 400), b=(41, 401), c=(40, 800)) == [
        ("a", 1, False, "not_elected"),
        ("b", 2, False, "elected"),
        ("c", 3, False, "not_elected"),
    ]


def test_equal_heads_are_told_by_area_and_the_order_is_data(shenzhen):
    votes = {"a": (50, 500), "b": (50, 501), "c": (49, 700)}
    assert [row[0] for row in ranked(shenzhen, 1, **votes)] == ["b", "a", "c"]
    by_area = ranked(shenzhen, 1, order=("area", "heads"), **votes)
    assert [row[0] for row in by_area] == ["c", "b", "a"]


def test_abstaining_is_no_candidate(shenzhen):
    assert [row[0] for row in ranked(shenzhen, 1, a=(50, 500), abstain=(20, 200))] == ["a"]


def test_election_without_seats_is_refused(shenzhen):
    with pytest.raises(RuleError) as caught:
        ranked(shenzhen, 0, a=(50, 500))
    assert (caught.value.message_id, caught.value.clause) == ("rules.election.no_seats", "EV-6.2.3")
