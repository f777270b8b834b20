"""Who writes into the database by hand is found out, and the place is named (abuse case 6)."""

from __future__ import annotations

import pytest

from content_types.meeting.checking import check_files, check_logs
from tests.functional.assembly import Assembly
from tests.functional.test_counting import cast_five


@pytest.fixture
def voting(open_site, moved_clock):
    return Assembly(open_site, moved_clock).open()


def faults(assembly, check=check_logs):
    return [fault for _, fault in assembly.site.run(lambda request: list(check(request))) if fault]


def enlarge_right(meeting):
    roll = meeting.ballot_box.roll
    key, right = next(iter(roll.rights.items()))
    roll.rights[key] = right._replace(areas=(right.areas[0] + 1, *right.areas[1:]))


def shrink_denominator(meeting):
    meeting.ballot_box.roll.area -= 8000


def move_unit(meeting):
    roll = meeting.ballot_box.roll
    first, last = roll.key_of.minKey(), roll.key_of.maxKey()
    roll.key_of[last] = roll.key_of[first]


@pytest.mark.clause("EV-8.4.2")
@pytest.mark.parametrize("change", [enlarge_right, shrink_denominator, move_unit])
def test_roll_changed_after_the_opening_is_found_and_stops_the_count(voting, change):
    cast_five(voting)
    assert faults(voting) == []
    voting.look(change)
    [fault] = faults(voting)
    assert "roll" in fault
    voting.close()
    assert voting.look(lambda meeting: meeting.workflow_state) == "counting"
    assert "roll" in voting.look(lambda meeting: meeting.count_failure.reason)
    assert voting.look(lambda meeting: meeting.result) is None


@pytest.mark.clause("EV-8.4.2")
def test_result_rewritten_after_the_count_is_found(voting):
    cast_five(voting)
    voting.close()
    assert faults(voting) == []

    def rewrite(meeting):
        result = meeting.results[0]
        result._record = result._record.replace(b'"for","votes":[3,', b'"for","votes":[7,')

    before = voting.look(lambda meeting: meeting.results[0].digest)
    voting.look(rewrite)
    assert voting.look(lambda meeting: meeting.results[0].digest) != before
    assert faults(voting) == ["result 1 is not the one in the log"]
    assert faults(voting, check_files) == []
