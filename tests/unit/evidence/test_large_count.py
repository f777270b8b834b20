"""The count of a large vote: everything between the release of the keys and the result."""

import pytest

from portal.rules.tally import MotionSpec
from tests.unit.evidence.sample import LABELS, MATTERS, SPECS, TITLES, Meeting

UNITS, MOTIONS = 10_000, 20
MORE = range(len(SPECS) + 1, MOTIONS + 1)


class LargeVote(Meeting):
    """Ten thousand units and twenty motions; cast, but not counted before it is asked to."""

    specs = (
        *SPECS,
        *(
            MotionSpec(f"motion-2026-{number:03d}", "single", ("for", "against", "abstain"), 1)
            for number in MORE
        ),
    )
    titles = (*TITLES, *(f"议题 {number}" for number in MORE))
    labels = (*LABELS, *(LABELS[0] for _ in MORE))
    matters = (*MATTERS, *(MATTERS[0] for _ in MORE))

    def finish(self):
        """Wait for the test."""

    def count(self):
        """Release the keys, open every ballot, count and conclude."""
        super().finish()


@pytest.fixture(scope="module")
def cast():
    return LargeVote(units=UNITS, cast=UNITS)


# A minute is the bound of the row itself; the count takes a small part of it.
@pytest.mark.clause("EV-8.7.2")
@pytest.mark.timeout(60, method="signal", func_only=True)
def test_ten_thousand_units_and_twenty_motions_are_counted_within_a_minute_of_the_keys(cast):
    cast.count()
    ballots = len(cast.envelopes)
    assert cast.commitment["units"] == UNITS
    assert ballots == cast.commitment["heads"] == UNITS * 9 // 10
    assert cast.result["participation"] == [ballots, cast.commitment["area"]]
    assert len(cast.result["motions"]) == MOTIONS
    against = -(-ballots // 5)
    votes = {row["option"]: row["votes"][0] for row in cast.result["motions"][0]["options"]}
    assert votes == {"for": ballots - against, "against": against, "abstain": 0}
    for motion in cast.result["motions"][len(SPECS) :]:
        assert motion["options"][0]["votes"] == cast.result["participation"]
