"""Whatever moment the worker dies at, each ballot is in the log once and the count stands once."""

import json
import random
import time
from datetime import timedelta

import pytest

from content_types.meeting import casting
from portal import audit
from portal.evidence.canonical import canonical
from tests.crowd import open_vote
from tests.functional.assembly import CLOSES, at, meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.site_process import nursery, wait_until

UNITS = 300
KILLS = 4
PER_ROUND = 40
# The sequencer and the count take some tenths of a second; a kill falls anywhere into that.
LONGEST = 0.3

pytestmark = pytest.mark.services


@pytest.mark.clause("EV-8.6.1", "SZ-25.1")
def test_killed_worker_neither_loses_nor_doubles_a_ballot_or_a_count(tmp_path, moved_clock, zeo):
    settings = {
        "zodbconn.uri": zeo.uri("main"),
        "zodbconn.uri.audit": zeo.uri("audit"),
        "yitang.limits": "off",
        "yitang.broker": "none",
    }
    site = SiteUnderTest(tmp_path, **settings)
    _, voters = open_vote(site, moved_clock, UNITS)
    rights = {voter.right: voter for voter in reversed(voters)}
    waiting = list(rights.values())
    chance = random.Random(5)

    def cast(request):
        for _ in range(PER_ROUND):
            voter = waiting.pop()
            choices = {key.removeprefix("m-"): (mark,) for key, mark in voter.fields}
            account_id = voter.visitor.account_id
            casting.cast(
                meeting_of(request),
                voter.right,
                choices,
                request,
                account_id=account_id,
                nonce=voter.nonce,
            )

    def look(request):
        meeting = meeting_of(request)
        return meeting.workflow_state, len(meeting.ballot_box.sequence)

    try:
        with nursery(tmp_path, settings, moved_clock()) as children:
            for number in range(KILLS):
                site.run(cast)
                # The sequencer runs every half minute.
                children.set_clock(moved_clock() + timedelta(minutes=number + 1))
                worker = children.worker()
                time.sleep(chance.random() * LONGEST)
                worker.kill()
            children.set_clock(at(CLOSES))
            for number in range(KILLS):
                worker = children.worker()
                time.sleep(number / KILLS * LONGEST)
                worker.kill()
            worker = children.worker()
            wait_until(lambda: site.run(look)[0] == "counted", "the votes are counted")
            worker.kill()
        moved_clock.to(at(CLOSES) + timedelta(hours=1))
        site.drain()
        assert site.run(look) == ("counted", KILLS * PER_ROUND)
        site.run(check)
    finally:
        site.close()


def check(request):
    meeting = meeting_of(request)
    box = meeting.ballot_box
    cast = sorted(key for key, slot in box.slots.items() if slot.is_cast)
    assert len(cast) == KILLS * PER_ROUND
    assert sorted(key for _, key in box.sequence) == cast
    leaves = {index: canonical(envelope) for index, _, envelope in box.envelopes()}
    fsck = box.log.fsck(leaves.get, [box.signing_key])
    assert fsck.ok, fsck
    kinds = [json.loads(leaf)["type"] for leaf in box.log.kept.values()]
    assert kinds == ["meeting-settings", "roll-commitment", "keys-released", "result"]
    assert len(box.log) == len(cast) + len(kinds)
    assert len(meeting.results) == 1
    assert meeting.result.record["participation"][0] == len(cast)
    entries = [entry["action"] for entry in audit.entries(request)]
    assert entries.count("meeting.count") == 1
    assert audit.first_fault(request) is None
