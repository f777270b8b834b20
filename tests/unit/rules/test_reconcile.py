from datetime import UTC, datetime
from itertools import permutations

import pytest

from portal.rules.reconcile import Entry, reconcile


def at(hour):
    return datetime(2026, 6, 21, hour, tzinfo=UTC)


def outcomes(*entries, precedence="electronic"):
    return {d.entry.serial: (d.outcome, d.instead) for d in reconcile(entries, precedence)}


@pytest.mark.clause("SZ-22.2")
@pytest.mark.parametrize(("paper", "electronic"), [(10, 11), (11, 10)])
@pytest.mark.clause("C-3")
def test_electronic_vote_counts_whatever_the_order(paper, electronic):
    found = outcomes(
        Entry("p1", "zhang", "paper", at(paper)), Entry("e1", "zhang", "online", at(electronic))
    )
    assert found == {"e1": ("counted", ""), "p1": ("superseded", "e1")}


@pytest.mark.clause("SZ-16", "EV-8.1.4")
def test_second_ballot_of_a_channel_is_a_duplicate():
    found = outcomes(
        Entry("p1", "li", "paper", at(9)),
        Entry("p2", "li", "paper", at(10)),
        Entry("p3", "wang", "paper", at(10)),
    )
    assert found == {"p1": ("counted", ""), "p2": ("duplicate", "p1"), "p3": ("counted", "")}


def test_first_ballot_counts_where_no_channel_goes_first():
    paper, electronic = Entry("p", "li", "paper", at(9)), Entry("e", "li", "online", at(10))
    assert outcomes(paper, electronic, precedence="first") == {
        "p": ("counted", ""),
        "e": ("duplicate", "p"),
    }


def test_order_of_entries_does_not_matter_and_one_counts():
    entries = [
        Entry("p1", "li", "paper", at(9)),
        Entry("e1", "li", "terminal", at(10)),
        Entry("e2", "li", "online", at(10)),
        Entry("p2", "li", "paper", at(8)),
    ]
    results = [outcomes(*order) for order in permutations(entries)]
    assert all(result == results[0] for result in results)
    assert [serial for serial, (what, _) in results[0].items() if what == "counted"] == ["e1"]
