"""Two web servers on one database: whoever comes second is told so, and nothing is lost."""

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import pytest

from content_types.meeting.sequencing import sequence
from tests.crowd import log_in, open_vote
from tests.functional.assembly import meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.site_process import nursery, send

UNITS = 240
RACES = 30
SUBMISSIONS = 100
ANNOUNCEMENTS = 12

pytestmark = pytest.mark.services


@pytest.fixture(params=["zeo", "postgresql"])
def settings(request, tmp_path):
    """Settings of a site whose databases several processes share."""
    if request.param == "zeo":
        server = request.getfixturevalue("zeo")
        main, audit = server.uri("main"), server.uri("audit")
    else:
        server = request.getfixturevalue("postgres")
        (tmp_path / "blobs").mkdir()
        main = server.new_uri(f"keep_history=false&blob_dir={tmp_path}/blobs&shared_blob_dir=true")
        audit = server.new_uri("keep_history=false")
    return {
        "zodbconn.uri": main,
        "zodbconn.uri.audit": audit,
        "yitang.limits": "off",
        "yitang.broker": "none",
    }


class Pair:
    """A site, an open vote and two web servers."""

    def __init__(self, site, crowd, voters, ports):
        self.site, self.crowd, self.voters, self.ports = site, crowd, voters, ports

    def cast(self, port, voter, **changes):
        """Cast and return the status and the page."""
        path = self.crowd.path + "vote"
        status, _, page = send(port, "POST", path, voter.visitor.cookie, voter.form(**changes))
        return status, page.decode()

    def cast_slots(self):
        """Return the slots in which a ballot lies."""

        def look(request):
            slots = meeting_of(request).ballot_box.slots
            return {key: slot.nonce for key, slot in slots.items() if slot.is_cast}

        return self.site.run(look)

    def sequence(self):
        """Write the ballots into the log."""
        return self.site.run(lambda request: sequence(meeting_of(request), request))


@pytest.fixture
def pair(tmp_path, moved_clock, settings):
    site = SiteUnderTest(tmp_path, **settings)
    crowd, voters = open_vote(site, moved_clock, UNITS)
    try:
        with nursery(tmp_path, settings, moved_clock()) as children:
            servers = [children.web(threads="8") for _ in range(2)]
            yield Pair(site, crowd, voters, [one.wait_ready().port for one in servers])
    finally:
        site.close()


def at_once(*acts):
    """Run functions at the same moment and return their values."""
    barrier = threading.Barrier(len(acts))

    def act(function):
        barrier.wait()
        return function()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act, one) for one in acts]]


@pytest.mark.clause("SZ-21.2", "BJ-OQ5", "EV-8.7.3")
def test_of_two_co_owners_at_two_servers_one_is_accepted_and_the_other_told_why(pair):
    by_right = {}
    for voter in pair.voters:
        by_right.setdefault(voter.right, []).append(voter)
    couples = [voters for voters in by_right.values() if len(voters) == 2][:RACES]
    assert len(couples) == RACES
    for number, couple in enumerate(couples):
        first, second = couple if number % 2 else reversed(couple)
        answers = at_once(
            lambda one=first: pair.cast(pair.ports[0], one),
            lambda one=second: pair.cast(pair.ports[1], one),
        )
        assert sorted(status for status, _ in answers) == [303, 422], answers
        refused = next(page for status, page in answers if status == 422)
        assert "共有人已经投票" in refused
        assert "SZ-21.2" in refused
    assert set(pair.cast_slots()) == {couple[0].right for couple in couples}
    assert pair.sequence() == RACES
    assert turnout(pair, couples) == [RACES, RACES]


def turnout(pair, couples):
    """Return the number of heads that both servers show to an owner who has voted."""
    found = []
    for port in pair.ports:
        for voter in couples[0]:
            page = send(port, "GET", pair.crowd.path, voter.visitor.cookie)[2].decode()
            numbers = re.findall(r"(\d+) / \d+ 人", page)
            if numbers:
                found.append(int(numbers[0]))
                break
    return found


@pytest.mark.clause("SZ-16", "EV-8.7.3")
def test_of_a_hundred_submissions_for_one_right_one_is_accepted(pair):
    voter = pair.voters[0]

    def press(number):
        return pair.cast(pair.ports[number % 2], voter, nonce=f"{number + 1:032x}")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(press, range(SUBMISSIONS)))
    assert Counter(status for status, _ in answers) == {303: 1, 422: SUBMISSIONS - 1}
    assert all("已经投过票" in page for status, page in answers if status == 422)
    assert set(pair.cast_slots()) == {voter.right}
    assert pair.sequence() == 1


@pytest.mark.clause("EV-6.6.1")
def test_announcements_made_at_two_servers_are_all_there(pair):
    place = "/communities/haitang/announcements/"

    def convenor(request):
        account = request.site.accounts.find(request.vault, "convenor")
        return log_in(request, account.id)

    visitors = [pair.site.run(convenor) for _ in range(4)]

    def post(port, visitor, path, **values):
        values = {"comment": "写错了", **values}
        body = urlencode(values | {"csrf_token": visitor.csrf_token}).encode()
        status, headers, page = send(port, "POST", path, visitor.cookie, body)
        assert status == 303, page.decode()
        return urlsplit(headers["Location"]).path

    def write(number):
        visitor = visitors[number]
        made = []
        for count in range(ANNOUNCEMENTS):
            port = pair.ports[(number + count) % 2]
            title = f"公告{number}之{count}"
            path = post(
                port,
                visitor,
                place + "add/announcement",
                title=title,
                kind="announcement",
                body="电梯检修。",
                save="save",
            )
            post(port, visitor, path + "step/publish", comment="")
            made.append((path.rstrip("/").rpartition("/")[2], title))
        return made

    made = [pair_ for part in at_once(*(lambda n=n: write(n) for n in range(4))) for pair_ in part]

    def look(request):
        items = request.site["communities"]["haitang"]["announcements"].values()
        return {
            item.__name__: item.title
            for item in items
            if item.workflow_state == "published" and item.title.startswith("公告")
        }

    found = pair.site.run(look)
    assert len(made) == 4 * ANNOUNCEMENTS
    assert found == dict(made)
    pair.site.drain()
    for port in pair.ports:
        page = send(port, "GET", place)[2].decode()
        assert "公告3之" in page
    gone_at_once(pair, place + made[0][0], lambda path: post(pair.ports[0], visitors[0], path))


def gone_at_once(pair, path, withdraw):
    """Look at a page until every server keeps it; withdrawn at one, it is gone at both."""
    for port in pair.ports * 2:
        assert send(port, "GET", path)[0] == 200
    withdraw(path + "/step/retract")
    for port in reversed(pair.ports):
        assert send(port, "GET", path)[0] == 303
