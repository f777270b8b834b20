"""The stated load in small: whatever the speed, nothing fails and nothing is lost."""

import pytest

from benchmarks import stated


@pytest.mark.services
@pytest.mark.timeout(600)
@pytest.mark.clause("EV-8.7.1")
def test_no_ballot_is_lost_and_no_promise_broken_under_load():
    rows = {row.name: row for row in stated.measure(4, 20, least=120)}
    for name in (
        "failed visits",
        "acknowledged ballots that are not in the log",
        "proofs that do not verify",
    ):
        assert rows[name].value == 0
    assert rows["largest voucher"].met
