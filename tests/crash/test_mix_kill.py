"""Whatever moment the worker dies at after the close, secret ballots are mixed and counted once."""

import time
from datetime import timedelta

import pytest

from content_types.meeting import casting
from portal import audit
from portal.evidence.canonical import canonical
from tests.crowd import Crowd
from tests.functional.assembly import CLOSES, at, meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.site_process import nursery, wait_until

UNITS, BALLOTS, KILLS = 60, 40, 3
# The mix, the end of its cover and the count together take some tenths of a second.
STEP = 0.1

pytestmark = pytest.mark.services


class SecretCrowd(Crowd):
    """A crowd whose vote is opened as a secret one."""

    def notice(self):
        super().notice()
        self.site.run(lambda request: setattr(meeting_of(request), "ballot_mode", "secret"))
        return self


@pytest.mark.clause("EV-6.3.1.1", "EV-8.6.1")
def test_killed_worker_neither_loses_nor_doubles_a_secret_ballot(tmp_path, moved_clock, zeo):
    settings = {
        "zodbconn.uri": zeo.uri("main"),
        "zodbconn.uri.audit": zeo.uri("audit"),
        "yitang.limits": "off",
        "yitang.broker": "none",
    }
    site = SiteUnderTest(tmp_path, **settings)
    crowd = SecretCrowd(site, moved_clock, UNITS)
    crowd.open()
    rights = {voter.right: voter for voter in reversed(site.run(crowd.voters))}

    def cast(request):
        for voter in list(rights.values())[:BALLOTS]:
            choices = {key.removeprefix("m-"): (mark,) for key, mark in voter.fields}
            account_id = voter.visitor.account_id
            casting.cast(meeting_of(request), voter.right, choices, request, account_id=account_id)

    try:
        site.run(cast)
        with nursery(tmp_path, settings, moved_clock()) as children:
            children.set_clock(at(CLOSES))
            for number in range(KILLS):
                worker = children.worker()
                time.sleep(number * STEP)
                worker.kill()
            worker = children.worker()
            state = "counted"
            wait_until(
                lambda: site.run(lambda r: meeting_of(r).workflow_state) == state, "it is counted"
            )
            worker.kill()
        moved_clock.to(at(CLOSES) + timedelta(hours=1))
        site.drain()
        site.run(check)
        assert not list((tmp_path / "covers").iterdir())
    finally:
        site.close()


def check(request):
    meeting = meeting_of(request)
    box = meeting.ballot_box
    slots = [slot for slot in box.slots.values() if slot.is_cast]
    assert len(slots) == len(box.mixed) == len(set(box.mixed)) == BALLOTS
    assert not any(slot.sealed or slot.nonce for slot in slots)
    leaves = {index: canonical(envelope) for index, _, envelope in box.envelopes()}
    assert box.log.fsck(leaves.get, [box.signing_key]).ok
    assert len(box.log) == BALLOTS + 4
    assert len(meeting.results) == 1
    assert meeting.result.record["participation"][0] == BALLOTS
    assert [one["action"] for one in audit.entries(request)].count("meeting.count") == 1
