"""Whatever is killed while owners vote - web, worker with sequencer, storage - no ballot suffers.

Rounds and units are small; ``YITANG_KILL_UNITS=10000`` votes with as many.
"""

import json
import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from portal import jobs
from portal.scripts.processes import answers
from tests.crash.test_cast_kill import BROKEN, Voting, check, said
from tests.crowd import open_vote
from tests.functional.conftest import SiteUnderTest
from tests.services import ZEO_CONFIG, Zeo, folder_for, run_as
from tests.site_process import nursery, send, wait_until

UNITS = int(os.environ.get("YITANG_KILL_UNITS", "120"))
# All rounds together stay within the ten minutes for which a log-in is fresh.
ROUNDS = max(6, min(12, UNITS // 150))
DUE = timedelta(seconds=31)
AWAY = (500, 502, 503)

pytestmark = pytest.mark.services


class KillableZeo(Zeo):
    """A ZEO server that can die and come back with what it had written."""

    process = None

    def start(self):
        log = (self.folder / "server.log").open("ab")
        command = [*run_as(None), sys.executable, "-m", "ZEO.runzeo", "-C"]
        object.__setattr__(
            self,
            "process",
            subprocess.Popen(
                [*command, str(self.folder / "zeo.conf")],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ),
        )
        log.close()
        wait_until(lambda: answers(str(self.folder / "zeo.sock")), "the storage answers")
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()
        # What a dead server leaves behind; a process manager does the same.
        for name in ("zeo.sock", "main.fs.lock", "audit.fs.lock"):
            (self.folder / name).unlink(missing_ok=True)


@contextmanager
def killable_zeo():
    with folder_for() as folder:
        (folder / "blobs").mkdir(mode=0o700)
        (folder / "zeo.conf").write_text(ZEO_CONFIG.format(folder=folder), "utf-8")
        server = KillableZeo(folder).start()
        try:
            yield server
        finally:
            server.kill()


class PatientVoting(Voting):
    """Owners to whom a page that says "not now" is no answer; they come in portions."""

    def __init__(self, path, voters):
        super().__init__(path, voters)
        self._later, self._waiting, self.voters = self._waiting, [], []

    def release(self, portion):
        """Let some more owners vote; return how many there are now."""
        with self._lock:
            come = [self._later.pop() for _ in range(min(portion, len(self._later)))]
            self.voters, self._waiting = self.voters + come, come + self._waiting
            return len(self.voters)

    def _cast(self, voter):
        self._over.wait(0.02)
        cookie, body = voter.visitor.cookie, voter.form()
        try:
            status, headers, page = send(self.port, "POST", self.path + "vote", cookie, body)
        except BROKEN:
            return False
        if status in AWAY:
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
        address = f"{self.path}voucher/{voter.right}.json"
        try:
            status, _, body = send(self.port, "GET", address, voter.visitor.cookie)
        except BROKEN:
            return
        if status == 200:
            self.vouchers.setdefault(voter.right, []).append(body)
        elif status not in AWAY:
            self.strange.append((status, voter, said(body)))

    @property
    def through(self):
        return len(self.accepted) + len(self.refused)


def promise_of(voucher):
    """Return the part that stays when the sequencer adds the proof."""
    return json.dumps(json.loads(voucher)["promise"], sort_keys=True)


@pytest.mark.clause("EV-8.6.1")
@pytest.mark.clause("EV-8.7.3")
@pytest.mark.clause("SZ-16")
def test_no_ballot_is_lost_or_doubled_when_web_worker_and_storage_are_killed(tmp_path, moved_clock):
    with killable_zeo() as zeo:
        settings = {
            "zodbconn.uri": zeo.uri("main"),
            "zodbconn.uri.audit": zeo.uri("audit"),
            "yitang.limits": "off",
            "yitang.broker": "none",
        }
        site = SiteUnderTest(tmp_path, **settings)
        crowd, voters = open_vote(site, moved_clock, UNITS)
        site.close()
        voting = PatientVoting(crowd.path, voters)
        chance = random.Random(66)
        with nursery(tmp_path, settings, moved_clock()) as children:
            web, worker = children.web().wait_ready(), children.worker()
            voting.port = web.port
            voting.release(1)
            with voting.going_on():
                for number in range(ROUNDS):
                    portion = -(-len(voters) // ROUNDS)
                    goal = voting.release(portion) - portion // 2
                    wait_until(
                        lambda goal=goal: voting.strange or voting.through >= goal,
                        "some owners have voted",
                        240,
                    )
                    time.sleep(chance.random() * 0.05)
                    # Each worker starts so much later that its sequencer is due at once.
                    children.set_clock(moved_clock() + DUE * (number + 1))
                    victim = ("web", "worker", "storage")[number % 3]
                    if victim == "web":
                        web.kill()
                        web = children.web().wait_ready()
                        voting.port = web.port
                    elif victim == "worker":
                        worker.kill()
                        worker = children.worker()
                    else:
                        zeo.kill()
                        zeo.start()
                wait_until(
                    lambda: voting.strange or voting.through >= len(voters), "all have voted", 600
                )
            for voter in list(voting.accepted.values())[::10]:
                assert voting._cast(voter)
            worker.kill()
            web.kill()
        assert voting.strange == []
        moved_clock.forward(hours=1)
        site = SiteUnderTest(tmp_path, **settings)
        try:
            jobs.run_pending(site.registry, strict=True)
            check(site, voting, told=promise_of)
        finally:
            site.close()
