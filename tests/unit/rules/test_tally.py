from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rules.errors import RuleError
from portal.rules.heads import Measure
from portal.rules.tally import Ballot, MotionSpec, OptionCount, check_spec, check_sums, count, fault

COVENANT = MotionSpec("covenant", "single", ("for", "against", "abstain"), 1)
ELECTION = MotionSpec("election", "competitive", ("a", "b", "c", "abstain"), 2)
BOTH = (COVENANT, ELECTION)


@contextmanager
def refused(message, clause):
    with pytest.raises(RuleError) as caught:
        yield
    assert (caught.value.message_id, caught.value.clause) == (message, clause)


def ballot(first=(), second=(), *, area=10_000, channel="online"):
    return Ballot(1, area, channel, (first, second))


@pytest.mark.clause("EV-8.2.3", "SZ-22.1", "SZ-24.3")
def test_paper_and_electronic_votes_weigh_the_same_and_show_their_subtotals():
    tally = count(
        BOTH,
        [
            ballot(("for",), ("a", "b"), area=100),
            ballot(("for",), ("b",), area=30, channel="paper"),
            ballot(("against",), (), area=5, channel="paper"),
            ballot(("abstain",), ("abstain",), area=7),
        ],
    )
    assert tally.counted == Measure(4, 142)
    assert tally.by_channel == {"online": Measure(2, 107), "paper": Measure(2, 35)}
    covenant, election = tally.motions
    assert covenant.votes("for") == Measure(2, 130)
    assert covenant.options[0].by_channel == {"online": Measure(1, 100), "paper": Measure(1, 30)}
    assert covenant.votes("abstain") == Measure(1, 7)
    assert covenant.blank == Measure(0, 0)
    assert [option.votes.heads for option in election.options] == [1, 2, 0, 1]
    assert election.blank == Measure(1, 5)
    assert election.votes("abstain") == Measure(1, 7)


@pytest.mark.clause("SZ-23")
def test_partial_ballot_takes_part_in_every_motion_and_abstains_in_the_rest():
    tally = count(BOTH, [ballot(("for",), (), area=100)])
    assert tally.counted == Measure(1, 100)
    assert tally.motions[1].blank == Measure(1, 100)
    assert all(option.votes == Measure(0, 0) for option in tally.motions[1].options)


@pytest.mark.clause("EV-8.1.4", "EV-8.6.2")
@pytest.mark.parametrize("marks", [("yes",), ("for", "against"), ("for", "for")])
def test_faulty_marks_are_invalid_and_count_for_nothing(marks):
    tally = count(BOTH, [ballot(marks, ("a",)), ballot(("for",), ("a",))])
    assert tally.motions[0].invalid == Measure(1, 10_000)
    assert tally.motions[0].votes("for") == Measure(1, 10_000)
    assert tally.motions[1].invalid == Measure(0, 0)
    assert tally.counted == Measure(2, 20_000)


@pytest.mark.clause("EV-6.2.3", "BJ-G7.3.7")
@pytest.mark.parametrize(
    ("marks", "code"),
    [
        ((), ""),
        (("a", "b"), ""),
        (("a", "b", "c"), "too_many_marks"),
        (("a", "abstain"), "too_many_marks"),
        (("d",), "unknown_option"),
        (("a", "a"), "repeated_option"),
    ],
)
def test_fault_of_marks_is_named(marks, code):
    assert fault(ELECTION, marks) == code


@pytest.mark.parametrize(
    "wrong",
    [
        Ballot(1, 100, "online", (("for",),)),
        Ballot(1, 0, "online", (("for",), ())),
        Ballot(0, 100, "online", (("for",), ())),
    ],
)
def test_ballot_that_no_cast_can_have_accepted_stops_the_count(wrong):
    with refused("rules.tally.malformed_ballot", "EV-8.1.3"):
        count(BOTH, [wrong])


def test_smallest_ballot_counts():
    assert count(BOTH, [ballot(("for",), (), area=1)]).counted == Measure(1, 1)


@pytest.mark.parametrize("votes", [Measure(1, 10_001), Measure(2, 10_000)])
def test_votes_above_the_ballots_by_one_measure_are_refused(votes):
    tally = count(BOTH, [ballot(("for",), ("a",))])
    many = OptionCount("a", votes, {"online": votes})
    object.__setattr__(tally.motions[1], "options", (many, *tally.motions[1].options[1:]))
    with refused("rules.tally.sum", "EV-8.2.3"):
        check_sums(BOTH, tally)


def test_count_of_no_ballots_is_zero():
    tally = count(BOTH, [])
    assert tally.counted == Measure(0, 0)
    with refused("rules.tally.unknown_option", ""):
        tally.motions[0].votes("maybe")


@pytest.mark.clause("EV-8.2.3")
def test_tally_that_does_not_add_up_is_refused():
    tally = count(BOTH, [ballot(("for",), ("a",)), ballot(("against",), ("b", "c"))])
    check_sums(BOTH, tally)
    tally.by_channel["paper"] = Measure(1, 1)
    with refused("rules.tally.sum", "EV-8.2.3"):
        check_sums(BOTH, tally)
    del tally.by_channel["paper"]
    tally.motions[0].options[0].by_channel["online"] = Measure(2, 20_000)
    with refused("rules.tally.sum", "EV-8.2.3"):
        check_sums(BOTH, tally)


@pytest.mark.parametrize("index", [0, 1])
def test_motion_with_more_votes_than_ballots_is_refused(index):
    tally = count(BOTH, [ballot(("for",), ("a",))])
    motion = tally.motions[index]
    many = OptionCount("for", Measure(2, 20_000), {"online": Measure(2, 20_000)})
    object.__setattr__(motion, "options", (many, *motion.options[1:]))
    with refused("rules.tally.sum", "EV-8.2.3"):
        check_sums(BOTH, tally)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (MotionSpec("m", "single", ("for",), 1), "too_few_options"),
        (MotionSpec("m", "single", ("for", " for "), 1), "option_twice"),
        (MotionSpec("m", "single", ("for", " "), 1), "option_twice"),
        (MotionSpec("m", "single", ("for", "against"), 2), "max_marks"),
        (MotionSpec("m", "multiple", ("a", "b"), 3), "max_marks"),
        (MotionSpec("m", "multiple", ("a", "b"), 0), "max_marks"),
        (MotionSpec("m", "competitive", ("a", "b"), 2), "max_marks"),
        (MotionSpec("m", "equal", ("a", "b"), 1), "max_marks"),
    ],
)
@pytest.mark.clause("BJ-G7.3.7", "EV-6.2.1", "EV-6.7.2")
def test_motion_that_does_not_fit_its_mode_is_refused(spec, message):
    clause = {"too_few_options": "EV-6.2.1", "option_twice": "EV-6.7.2", "max_marks": "EV-6.2.3"}
    with refused(f"rules.motion.{message}", clause[message]):
        check_spec(spec)


def nine(mode, max_marks):
    return MotionSpec("m", mode, tuple("abcdefghi"), max_marks)


@pytest.mark.clause("BJ-G7.3.7")
@pytest.mark.parametrize(
    "spec",
    [
        COVENANT,
        nine("competitive", 8),
        nine("competitive", 7),
        nine("competitive", 1),
        nine("equal", 9),
        nine("multiple", 1),
        nine("multiple", 9),
    ],
)
def test_fitting_motion_is_accepted(spec):
    check_spec(spec)


def test_abstaining_is_no_candidate_when_the_mode_is_checked():
    """Nine candidates and the option to abstain: at most eight, and for equal numbers nine."""
    options = (*tuple("abcdefghi"), "abstain")
    check_spec(MotionSpec("m", "competitive", options, 8))
    check_spec(MotionSpec("m", "equal", options, 9))
    with pytest.raises(RuleError, match="max_marks"):
        check_spec(MotionSpec("m", "competitive", options, 9))


marks_of_covenant = st.sampled_from([(), ("for",), ("against",), ("abstain",), ("x",)])
marks_of_election = st.lists(st.sampled_from("abc"), max_size=3).map(tuple)
ballots = st.lists(
    st.builds(
        Ballot,
        st.just(1),
        st.integers(1, 30_000),
        st.sampled_from(["online", "paper", "terminal"]),
        st.tuples(marks_of_covenant, marks_of_election),
    ),
    max_size=40,
)


@settings(database=None)
@given(ballots)
def test_count_equals_counting_by_hand(given_ballots):
    tally = count(BOTH, given_ballots)
    assert tally.counted.heads == len(given_ballots)
    assert tally.counted.area == sum(b.area for b in given_ballots)
    for index, motion in enumerate(tally.motions):
        for option in motion.options:
            valid = [
                b
                for b in given_ballots
                if option.option in b.choices[index] and not fault(BOTH[index], b.choices[index])
            ]
            assert option.votes == Measure(len(valid), sum(b.area for b in valid))


@settings(database=None)
@given(ballots.flatmap(lambda cast: st.tuples(st.just(cast), st.permutations(cast))))
def test_order_of_ballots_does_not_matter(pair):
    assert count(BOTH, pair[0]) == count(BOTH, pair[1])
