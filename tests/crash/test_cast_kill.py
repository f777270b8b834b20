"""Whatever moment a web server dies at, an acknowledged ballot is in the box once."""

import http.client
import json
import random
import re
import threading
from contextlib import contextmanager

import pytest

from content_types.meeting import promises
from content_types.meeting.sequencing import sequence
from content_types.meeting.slots import nonce_digest
from portal.evidence.verify import verify
from tests.crowd import open_vote
from tests.functional.assembly import meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.site_process import nursery, send, wait_until

KILLS = 10
CLIENTS = 4
UNITS = 400
FEWEST_PER_ROUND = 6
BROKEN = (OSError, http.client.HTTPException)

pytestmark = pytest.mark.services


@pytest.fixture(params=["file", "zeo"])
def storage(request):
    """Settings of the object database; a file belongs to one process at a time."""
    if request.param == "file":
        return {}
    server = request.getfixturevalue("zeo")
    return {"zodbconn.uri": server.uri("main"), "zodbconn.uri.audit": server.uri("audit")}


def said(page):
    """Return the words of a page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())[:3000]


class Voting:
    """Owners who press the button again, with the same form, until they are answered."""

    def __init__(self, path, voters):
        self.path, self.voters = path, voters
        self.port = 0
        self.accepted, self.refused, self.vouchers, self.strange = {}, set(), {}, []
        self._waiting = list(reversed(voters))
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._press) for _ in range(CLIENTS)]

    @contextmanager
    def going_on(self):
        """Let the owners vote during the block."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join()

    def _press(self):
        chance = random.Random(threading.get_ident())
        while not self._over.is_set():
            with self._lock:
                # Who is through presses again now and then, which must change nothing.
                again = not self._waiting or (self.accepted and chance.random() < 0.1)
                voter = chance.choice(self.voters) if again else self._waiting.pop()
            if not self._cast(voter) and not again:
                with self._lock:
                    self._waiting.append(voter)
                self._over.wait(0.02)

    def _cast(self, voter):
        """Cast once; return whether there was an answer."""
        cookie, body = voter.visitor.cookie, voter.form()
        try:
            status, headers, page = send(self.port, "POST", self.path + "vote", cookie, body)
        except BROKEN:
            return False
        if status == 303 and headers["Location"].endswith(f"/voucher/{voter.right}"):
            self.accepted[voter.nonce] = voter
            self._fetch(voter)
        elif status == 422 and "共有人已经投票" in page.decode():
            self.refused.add(voter.nonce)
        else:
            self.strange.append((status, voter, said(page)))
        return True

    def _fetch(self, voter):
        try:
            status, _, body = send(
                self.port, "GET", f"{self.path}voucher/{voter.right}.json", voter.visitor.cookie
            )
        except BROKEN:
            return
        if status == 200:
            self.vouchers.setdefault(voter.right, []).append(body)
        else:
            self.strange.append((status, voter, said(body)))


@pytest.mark.clause("EV-8.6.1", "SZ-16")
def test_acknowledged_ballots_survive_every_kill_once(tmp_path, moved_clock, storage):
    settings = storage | {"yitang.limits": "off", "yitang.broker": "none"}
    site = SiteUnderTest(tmp_path, **settings)
    crowd, voters = open_vote(site, moved_clock, UNITS)
    site.close()
    voting = Voting(crowd.path, voters)
    chance = random.Random(20)
    with nursery(tmp_path, settings, moved_clock()) as children:
        web = children.web()
        with voting.going_on():
            for _ in range(KILLS):
                voting.port = web.wait_ready().port
                # A file can be opened only when the killed process is gone.
                following = children.web() if storage else None
                before = len(voting.accepted) + len(voting.refused)
                wait_until(
                    lambda n=before: (
                        voting.strange
                        or len(voting.accepted) + len(voting.refused) >= n + FEWEST_PER_ROUND
                        or len(voting.accepted) + len(voting.refused) == len(voters)
                    ),
                    "some owners have voted",
                )
                voting._over.wait(chance.random() * 0.03)
                web.kill()
                web = following or children.web()
        voting.port = web.wait_ready().port
        for voter in list(voting.accepted.values())[::10]:
            assert voting._cast(voter)
        web.kill()
    assert voting.strange == []
    site = SiteUnderTest(tmp_path, **settings)
    try:
        check(site, voting)
    finally:
        site.close()


def check(site, voting, told=bytes):
    """Compare what the owners were told with what the box and the log hold.

    ``told`` is the part of a voucher that must be the same each time.
    """

    def look(request):
        meeting = meeting_of(request)
        sequence(meeting, request)
        box = meeting.ballot_box
        cast = {key: slot.nonce for key, slot in box.slots.items() if slot.is_cast}
        logged = {pair[:32].hex(): index for index, pair in enumerate(box.log.levels[0])}
        found = {
            right: [
                logged.get(json.loads(voucher)["promise"]["leaf"]["sha256"]) for voucher in vouchers
            ]
            for right, vouchers in voting.vouchers.items()
        }
        indexes = {key: index for index, key in box.sequence}
        leaves = {index: box.leaf(box.slots[key]) for index, key in box.sequence}
        fsck = box.log.fsck(leaves.get, [box.signing_key])
        noted = {one["leaf"]["sha256"] for one in promises.promises(box, request.registry)}
        assert promises.missing(box, request.registry) == []
        assert noted >= given
        return cast, found, indexes, fsck, len(box.log), [key for _, key in box.sequence]

    # The journal was written before anybody was answered, and again by whoever tried again.
    given = {
        json.loads(voucher)["leaf"]["sha256"]
        for vouchers in voting.vouchers.values()
        for voucher in vouchers
    }
    cast, found, indexes, fsck, size, order = site.run(look)
    assert len(voting.accepted) >= KILLS * FEWEST_PER_ROUND // 2
    by_right = {}
    for voter in voting.accepted.values():
        # Only one owner of a unit was told that his ballot counts, and it is his that lies there.
        assert by_right.setdefault(voter.right, voter.nonce) == voter.nonce
        assert cast[voter.right] == nonce_digest(voter.nonce, voter.visitor.account_id)
    assert sorted(order) == sorted(cast)
    assert fsck.ok, fsck
    assert size == 2 + len(cast)
    assert len(found) > KILLS
    for right, vouchers in voting.vouchers.items():
        # The same form again gives the same voucher, to the byte.
        assert len(set(map(told, vouchers))) == 1
        report = verify(vouchers[0])
        assert report.ok, report.failures
        assert set(found[right]) == {indexes[right]}
