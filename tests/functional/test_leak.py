"""Before its end nothing a site shows, sends or keeps depends on what the ballots say.

The same vote is held twice: the same people do the same at the same times and only mark other
options. Whatever anybody in any role can get must then be the same in both, but for random keys.
"""

import logging
from collections import Counter, defaultdict
from typing import NamedTuple

import pytest

from content_types.meeting.evidence import handover
from content_types.meeting.paper import ledger
from portal import clock
from portal.security import SITE_SCOPE, Role
from tests.functional import reach
from tests.functional.acting_world import introduce
from tests.functional.api_client import MEETING, Client
from tests.functional.assembly import MOTIONS, OPENS, Assembly, at, meeting_of
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from tests.functional.test_canaries import assert_nothing_of, stored
from tests.functional.test_kiosk import admitted, opened, press, started
from tests.functional.test_proxy import accepted
from tests.functional.test_trustees import LOGINS, SEATS, Trustees
from tests.functional.test_voting import vote

LIMITS = {"yitang.limits": "off", "yitang.identity.face": "off"}
AT_SITE = {Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}
# Those who voted, a co-owner, a proxy, one who did not vote, a trustee, and nobody.
PEOPLE = ("anna", "chen", "dora", "eve", "fang", "sun", "monitor1", "convenor", "")
FEW = ("anna", "convenor", "street", "")
ONE = {"m1": "for", "m2": "against", "m3": ("o1",)}
OTHER = {"m1": "against", "m2": "abstain", "m3": ("o2", "o3")}
NONCE = "c0ffee" * 5 + "42"
MOST = 400


class Kind(NamedTuple):
    """A kind of vote: its rules, how it is sealed and which channels it has."""

    profile: str
    mode: str
    trustees: bool
    channels: tuple[str, ...]


KINDS = {
    "server": Kind("generic", "recorded", False, ("phone", "interface", "tablet", "paper")),
    "trustees": Kind(
        "shenzhen-draft-2019", "recorded", True, ("phone", "interface", "proxy", "paper")
    ),
    "secret": Kind("generic", "secret", False, ("phone", "interface", "tablet")),
}


# Every role looks at one of the votes.
ROLES = {
    name: tuple(f"as-{role}" for role in list(Role)[place :: len(KINDS)])
    for place, name in enumerate(KINDS)
}


class Vote(Trustees):
    """A vote cast on every channel: phone, interface, proxy, tablet and paper."""

    def __init__(self, site, moved_clock, folder, kind, marks):
        Assembly.__init__(self, site, moved_clock, kind.profile, MOTIONS)
        self.folder, self.browsers, self.kind, self.marks = folder, {}, kind, marks
        site.run(self.choose)
        scope = site.run(lambda request: meeting_of(request).community.scope_id)
        for login in (*SEATS["scrutineers"], "notary"):
            site.make_account(login, *([] if login == "notary" else [(Role.SCRUTINEER, scope)]))
        for role in Role:
            site.make_account(f"as-{role}", (role, SITE_SCOPE if role in AT_SITE else scope))
        self.notice()
        if kind.trustees:
            self.name()
            self.rehearse(*LOGINS)
        site.run(self.hand_over)
        moved_clock.to(at(OPENS))
        site.drain()

    def choose(self, request):
        meeting = meeting_of(request)
        meeting.ballot_mode = self.kind.mode
        if "paper" in self.kind.channels:
            meeting.method = "electronic_paper"

    @staticmethod
    def hand_over(request):
        meeting, now = meeting_of(request), clock.now()
        if not meeting.rules(request.registry).roster_to_notary.value:
            return
        handover.prepare(meeting, request)
        handover.note_receipt(meeting, request, notary="x", receipt="1", received_at=now)

    def cast_everywhere(self):
        introduce(self, "anna", "dora", "gao", "sun")
        for channel in self.kind.channels:
            getattr(self, channel)()
            self.clock.forward(minutes=2)
            self.site.drain()
        return self

    def phone(self):
        vote(self.site.logged_in("anna"), self.path, **self.marks)

    def interface(self):
        choices = {
            f"2026-00{name[1]}": [marks] if isinstance(marks, str) else list(marks)
            for name, marks in self.marks.items()
        }
        client = Client(self.site, "bo")
        right = client.get(f"{MEETING}/rights")["items"][0]["key"]
        data = {"right": right, "nonce": NONCE, "choices": choices}
        client.post(f"{MEETING}/ballots", data, status=201)

    def proxy(self):
        accepted(self, "dora")
        vote(self.site.logged_in("sun"), self.path, **self.marks)

    def tablet(self):
        _, tablet, path = opened(self)
        helper = self.site.logged_in("convenor")
        ballot = started(tablet, self, admitted(helper, path, "gao"))
        press(press(ballot, "review", m1=self.marks["m1"]), "confirm")

    def paper(self):
        self.site.run(self.hand_in)

    def hand_in(self, request):
        """Print a ballot, hand it to eve and take it back; nobody has read it yet."""
        paper = meeting_of(request)["paper"]
        ledger.print_ballots(paper, request, number=2)
        ledger.issue(paper, "000001-8", self.unit(request, "401").code, request)
        ledger.take_back(paper, "000001-8", request)

    def shown(self, logins):
        """Return what everybody is told, by who asks and address."""
        found = defaultdict(Counter)
        first = [*reach.addresses(self.site), *reach.STARTS]
        for login in logins:
            browser = self.site.logged_in(login) if login else self.site.browser()
            printed = () if login == "convenor" else reach.PRINTED
            pages = list(reach.crawl(browser, first, MOST, printed))
            # A crawl that is cut off would compare pages in the order of random keys.
            assert len(first) < len(pages) < MOST
            for address, answer in pages:
                where, words = reach.told(address, answer)
                found[login, where] += words
        return found


@pytest.fixture
def held(tmp_path_factory):
    """Return a function that holds the vote with some marks; it closes the sites at the end."""
    sites = []

    def hold(kind, marks):
        source = MovedClock(START)
        clock.set_clock(source)
        site = SiteUnderTest(tmp_path_factory.mktemp("site"), **LIMITS)
        sites.append(site)
        return Vote(site, source, tmp_path_factory.mktemp("keys"), kind, marks).cast_everywhere()

    yield hold
    for site in sites:
        site.close()
    clock.set_clock(None)


def differences(one, other):
    """Return where two votes tell different things, and what only one of them tells."""
    return {
        where: (dict(one[where] - other[where]), dict(other[where] - one[where]))
        for where in sorted({*one, *other})
        if one[where] != other[where]
    }


def log_of(caplog):
    """Return what the portal wrote into its log, without ids and without what libraries say."""
    ours = [one for one in caplog.records if one.name.startswith(("portal", "content_types"))]
    words = Counter(reach.plain(one.getMessage()) for one in ours)
    caplog.clear()
    return words


def everything_told(held, name, marks, caplog):
    """Hold a vote and return what is told, by time, who asks and address."""
    caplog.clear()
    kind = KINDS[name]
    voting = held(kind, marks)
    logins = (*(PEOPLE if kind.trustees else FEW), *ROLES[name])
    shown = voting.shown(logins)
    assert len(shown) > 40 * len(logins)
    assert {who for who, _ in shown} == set(logins)
    told = {("before", *where): words for where, words in shown.items()}
    told["before", "", "log"] = log_of(caplog)
    files = stored(voting.site.folder)
    assert_nothing_of((NONCE, '"choices":{', '"2026-001":["'), files, name)
    voting.close()
    # Closed, and waiting for paper and keys; a secret vote is counted at once.
    state = ("counting", 0) if name != "secret" else ("counted", 1)
    assert voting.look(lambda m: (m.workflow_state, len(m.results))) == state
    told |= {("after", *where): words for where, words in voting.shown(FEW).items()}
    return defaultdict(Counter, told)


@pytest.mark.clause("SZ-17.3", "EV-7.1.3", "EV-8.5.1", "EV-11.1.3")
@pytest.mark.parametrize("name", KINDS)
def test_nobody_is_told_anything_that_depends_on_what_the_ballots_say(held, name, caplog):
    caplog.set_level(logging.INFO)
    assert {role for some in ROLES.values() for role in some} == {f"as-{role}" for role in Role}

    def compare():
        one, other = (everything_told(held, name, marks, caplog) for marks in (ONE, OTHER))
        found = differences(one, other)
        if name != "secret":
            return found
        # The same look does find what staff is told of the result.
        assert ("after", "convenor", Vote.path + "result") in found
        open_to_staff = {w for w in found if w[0] == "after" and w[1] in ("convenor", "street")}
        return {where: what for where, what in found.items() if where not in open_to_staff}

    found = compare()
    if found:
        # What depends on the marks differs whenever they do; what chance made differ does not.
        again = compare()
        found = {where: what for where, what in found.items() if where in again}
    assert list(found) == [], found
