"""A vote that takes paper, and what its people do with the ballots."""

from dataclasses import replace

import pypdfium2
import pytest

from content_types.meeting import packages
from content_types.meeting.paper import closing, entry, ledger, opening
from content_types.meeting.paper.model import Reading
from portal.errors import PortalError
from portal.rules.errors import RuleError
from portal.rules.keys import Rule
from tests.functional.assembly import CLOSES, Assembly, at, meeting_of
from tests.functional.world import known_password

SEED = "36514 26315 42635 14263"
PEOPLE = {"caller": "vote_caller", "counter": "teller", "monitor": "scrutineer"}
FOR = {"2026-001": ("for",), "2026-002": ("for",), "2026-003": ("o1",)}


class Round(Assembly):
    """A vote that takes paper, with caller, counter, monitor and a second counter."""

    paper = Assembly.path + "paper/"

    def _meeting(self, request):
        super()._meeting(request)
        meeting_of(request).method = "electronic_paper"
        for login in (*PEOPLE, "second"):
            account = request.site.accounts.create(request.vault, login=login, kind="staff")
            account.password = known_password()
            self.ids[login] = account.id

    def act(self, login, function):
        """Run ``function(paper, request)`` as somebody."""

        def run(request):
            account = request.site.accounts.find(request.vault, login)
            request.account, request.account_id = account, account.id
            return function(meeting_of(request)["paper"], request)

        return self.site.run(run)

    def appoint(self):
        for login, role in {**PEOPLE, "second": "teller"}.items():
            self.act("convenor", lambda p, r, n=login, k=role: opening.appoint(p, n, k, r))

    def hand_out(self, serial, unit, **more):
        self.act("convenor", lambda p, r: ledger.issue(p, serial, unit, r, **more))

    def give_back(self, serial, **more):
        self.act("convenor", lambda p, r: ledger.take_back(p, serial, r, **more))

    def open_box(self):
        officer = self.site.run(lambda r: r.site.accounts.find(r.vault, "street").id)
        self.act("convenor", lambda p, r: opening.set_session(p, "会所", at(CLOSES), officer, r))
        for login in PEOPLE:
            self.confirm(login)

    def confirm(self, login, status=303):
        page = self.site.logged_in(login).get(self.paper + "open")
        return page.forms["open"].submit(status=status)

    def enter(self, login, serial, choices, invalid=""):
        reading = Reading({key: tuple(marks) for key, marks in choices.items()}, invalid)
        self.act(login, lambda p, r: entry.enter(p, serial, reading, r))

    def both_enter(self, serial, choices, invalid=""):
        for login in ("caller", "counter"):
            self.enter(login, serial, choices, invalid)

    def numbers(self):
        return self.act("convenor", lambda p, r: closing.numbers(p))

    def finish(self, box=5, foreign=0, stock=1, spoiled=1):
        hand = closing.HandCount(box, foreign, stock, spoiled)
        self.act("monitor", ledger.declare_unreturned)
        return self.act("monitor", lambda p, r: closing.finish_entry(p, hand, r))

    def compare(self, serial, choices, invalid="", reason=""):
        reading = Reading({key: tuple(marks) for key, marks in choices.items()}, invalid)
        return self.act("monitor", lambda p, r: closing.compare(p, serial, reading, reason, r))

    def code(self, room):
        return self.site.run(lambda request: self.unit(request, room).code)


S1, S2, S3, S4, S5, S6, S7 = (
    "000001-8",
    "000002-6",
    "000003-4",
    "000004-2",
    "000005-9",
    "000006-7",
    "000007-5",
)


def refused(function, message_id, *, clause=None):
    with pytest.raises((PortalError, RuleError)) as error:
        function()
    assert error.value.message_id == message_id
    if clause is not None:
        assert error.value.clause == clause


def packed(voting, level):
    return voting.site.run(
        lambda request: packages.package(meeting_of(request), level, request.registry)
    )


def pdf_text(body):
    document = pypdfium2.PdfDocument(body)
    return "".join(page.get_textpage().get_text_range() for page in document)


def first_come(request):
    meeting = meeting_of(request)
    rule = Rule("first", "C-3")
    meeting.profile = replace(meeting.profile, cross_channel_precedence=rule)
