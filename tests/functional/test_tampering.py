"""Who writes into the database by hand is found out, and the place is named (abuse case 6)."""

from __future__ import annotations

import pytest

from content_types.meeting.checking import check_files, check_logs
from content_types.meeting.counting import write
from content_types.meeting.packages import package
from portal.evidence.canonical import EvidenceError
from tests.functional.assembly import Assembly, meeting_of


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
    voting.cast_four()
    assert faults(voting) == []
    voting.look(change)
    [fault] = faults(voting)
    assert "roll" in fault
    voting.close()
    assert voting.look(lambda meeting: meeting.workflow_state) == "counting"
    assert "roll" in voting.look(lambda meeting: meeting.count_failure.reason)
    assert voting.look(lambda meeting: meeting.result) is None


def cast_slots(meeting):
    return [slot for slot in meeting.ballot_box.slots.values() if slot.is_cast]


def alter_ballot(meeting):
    slot = cast_slots(meeting)[0]
    slot.sealed = slot.sealed[:-1] + bytes([slot.sealed[-1] ^ 1])


def exchange_ballots(meeting):
    one, two = cast_slots(meeting)[:2]
    one.ballot, one.sealed, two.ballot, two.sealed = two.ballot, two.sealed, one.ballot, one.sealed


def delete_ballot(meeting):
    cast_slots(meeting)[-1].sealed = b""


def copy_over(meeting):
    one, two = cast_slots(meeting)[:2]
    two.ballot, two.sealed = one.ballot, one.sealed


@pytest.mark.clause("EV-8.4.2", "EV-4.1.10")
@pytest.mark.parametrize("change", [alter_ballot, exchange_ballots, delete_ballot, copy_over])
def test_stored_ballot_changed_by_hand_is_found_before_and_after_the_count(
    open_site, moved_clock, change
):
    voting = Assembly(open_site, moved_clock).open()
    voting.cast_four()
    moved_clock.forward(minutes=1)
    open_site.drain()
    assert faults(voting) == []

    def try_it(request):
        meeting = meeting_of(request)
        change(meeting)
        found = [fault for _, fault in check_logs(request) if fault]
        meeting.ballot_box.gate.is_open = False  # as after the close, when the count begins
        with pytest.raises(EvidenceError, match="leaf"):
            write(meeting, request)
        raise Undone(found)

    with pytest.raises(Undone, match="leaf"):
        open_site.run(try_it)
    voting.close()
    assert voting.look(lambda meeting: meeting.result.version) == 1
    voting.look(change)
    [fault] = faults(voting)
    assert "leaf" in fault
    with pytest.raises(EvidenceError):
        open_site.run(lambda request: package(meeting_of(request), "P2", request.registry))


class Undone(Exception):
    """What was tried inside a transaction is given up."""


@pytest.mark.clause("EV-8.4.2")
def test_result_rewritten_after_the_count_is_found(voting):
    voting.cast_four()
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
