"""A cast that meets a change of what gives the right to it is judged anew, or it is nothing."""

from threading import Thread

import pytest

from content_types.meeting import casting
from portal import clock
from portal.rules.errors import RuleError
from tests.functional.assembly import Assembly, meeting_of
from tests.functional.test_kiosk import admitted, opened, press, started
from tests.functional.test_kiosk import voting as at_kiosk

__all__ = ["at_kiosk"]


@pytest.mark.clause("SZ-9.4", "EV-8.1.1")
def test_cast_that_meets_an_unbinding_of_the_unit_is_refused(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock).open()
    met = []

    def unbind(request):
        voting.unit(request, "101").unbind(voting.ids["anna"])

    def act(request):
        meeting, choices = meeting_of(request), {"2026-001": ["for"]}
        key = meeting.ballot_box.roll.right_of(voting.unit(request, "101").code).key
        casting.cast(meeting, key, choices, request, account_id=voting.ids["anna"])
        if not met:
            met.append(True)
            other = Thread(target=open_site.run, args=(unbind,))
            other.start()
            other.join()

    with pytest.raises(RuleError, match="not_bound"):
        open_site.run(act)
    assert not voting.look(lambda m: [s for s in m.ballot_box.slots.values() if s.is_cast])


@pytest.mark.clause("BJ-G9")
def test_marks_of_who_left_the_tablet_are_never_cast_for_who_sits_there_next(at_kiosk):
    site, writer = at_kiosk.site, at_kiosk.site.registry.group_commit
    helper, tablet, path = opened(at_kiosk)
    ballot = started(tablet, at_kiosk, admitted(helper, path, "bo"))
    review = press(ballot, "review", m1="for")

    def next_one(request):
        (one,) = meeting_of(request).terminals.values()
        one.wipe()
        # The co-owner of the same unit.
        one.account_id, one.touched_at, one.sitting = at_kiosk.ids["chen"], clock.now(), "next"

    class Late:
        """The writer, for whom the next voter has sat down while the order waited."""

        def do(self, act, account_id=""):
            site.run(next_one)
            return writer.do(act, account_id)

    site.registry.group_commit = Late()
    try:
        page = press(review, "confirm")
    finally:
        site.registry.group_commit = writer
    assert page.status_int == 200
    assert not at_kiosk.look(lambda m: [s for s in m.ballot_box.slots.values() if s.is_cast])
