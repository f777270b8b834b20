"""Whatever is killed while owners vote - web, worker, sequencer, storage - no ballot suffers.

More than 10,000 ballots are cast; ``YITANG_KILL_UNITS=1000`` votes with as many units.
"""

import json
import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from portal import jobs
from portal.scripts.processes import answers
from tests.crash.test_cast_kill import BROKEN, Voting, check, said
from tests.crowd import Crowd
from tests.functional.conftest import SiteUnderTest
from tests.services import ZEO_CONFIG, Zeo, folder_for, run_as
from tests.site_process import nursery, send, wait_until

# So many units have 10,100 rights, and every fifth one co-owners who both try.
UNITS = int(os.environ.get("YITANG_KILL_UNITS", "10700"))
VICTIMS = ("web", "worker", "storage", "sequencer")
# So often each of them is killed.
KILLS = max(3, min(24, UNITS // 400))
AWAY = (500, 502, 503)

pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]


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


class Processes:
    """Two web servers, worker, sequencer and storage; whoever is killed comes back at once."""

    def __init__(self, children, zeo):
        self.children, self.zeo = children, zeo
        self.webs = [children.web().wait_ready(), children.web().wait_ready()]
        self.worker, self.sequencer = children.worker(), children.sequencer()

    def kill(self, victim):
        """Kill one of them and start another in its place."""
        if victim == "web":
            # The other one answers meanwhile; nobody waits until this one does.
            self.webs[1].wait_ready()
            self.webs[0].kill()
            self.webs = [self.webs[1], self.children.web()]
        elif victim == "storage":
            self.zeo.kill()
            self.zeo.start()
        elif victim == "worker":
            self.worker.kill()
            self.worker = self.children.worker(wait=False)
        else:
            self.sequencer.kill()
            self.sequencer = self.children.sequencer()

    def end(self):
        """Kill the processes that have the storage open."""
        for one in (*self.webs, self.worker, self.sequencer):
            one.kill()


class PatientVoting(Voting):
    """Owners to whom a page that says "not now" is no answer; they come in portions."""

    processes = None

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
        if voter.nonce in self.accepted or voter.nonce in self.refused:
            self._over.wait(0.02)
        cookie, body = voter.visitor.cookie, voter.form()
        try:
            status, headers, page = self.send("POST", self.path + "vote", cookie, body)
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
            status, _, body = self.send("GET", address, voter.visitor.cookie)
        except BROKEN:
            return
        if status == 200:
            self.vouchers.setdefault(voter.right, []).append(body)
        elif status not in AWAY:
            self.strange.append((status, voter, said(body)))

    def send(self, *request):
        """Send a request to one of the web servers."""
        return send(random.choice(self.processes.webs).port, *request)

    @property
    def through(self):
        return len(self.accepted) + len(self.refused)


def promise_of(voucher):
    """Return the part that stays when the sequencer adds the proof."""
    return json.dumps(json.loads(voucher)["promise"], sort_keys=True)


@pytest.mark.clause("EV-8.6.1", "EV-8.7.3", "SZ-16")
def test_no_ballot_is_lost_or_doubled_when_web_worker_and_storage_are_killed(tmp_path, moved_clock):
    with killable_zeo() as zeo:
        settings = {
            "zodbconn.uri": zeo.uri("main"),
            "zodbconn.uri.audit": zeo.uri("audit"),
            "yitang.limits": "off",
            "yitang.broker": "none",
        }
        site = SiteUnderTest(tmp_path, **settings)
        crowd = Crowd(site, moved_clock, UNITS)
        opened = crowd.open().clock()
        # Everybody logs in an hour ahead, so that it stays fresh however slow the machine is.
        moved_clock.forward(hours=1)
        voters = site.run(crowd.voters)
        site.close()
        rights = {voter.right for voter in voters}
        voting = PatientVoting(crowd.path, voters)
        chance = random.Random(66)
        with nursery(tmp_path, settings, opened) as children:
            voting.processes = processes = Processes(children, zeo)
            portion = -(-len(voters) // (KILLS * len(VICTIMS)))
            voting.release(portion)
            with voting.going_on():
                for victim in VICTIMS * KILLS:
                    goal = voting.release(portion) - portion
                    wait_until(
                        lambda goal=goal: voting.strange or voting.through >= goal,
                        "some owners have voted",
                        600,
                    )
                    time.sleep(chance.random() * 0.05)
                    processes.kill(victim)
                wait_until(
                    lambda: voting.strange or voting.through >= len(voters), "all have voted", 600
                )
            assert voting.strange == []
            for voter in list(voting.accepted.values())[::10]:
                wait_until(lambda voter=voter: voting._cast(voter), "there is an answer")
            processes.end()
        assert voting.strange == []
        # Nobody was kept from voting: each right that somebody has was cast.
        assert len({voter.right for voter in voting.accepted.values()}) == len(rights)
        site = SiteUnderTest(tmp_path, **settings)
        try:
            jobs.run_pending(site.registry, strict=True)
            check(site, voting, told=promise_of)
        finally:
            site.close()
