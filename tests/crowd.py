"""A meeting of many owners whose vote is open, with everybody logged in, for load and crashes."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from pyramid.interfaces import ISessionFactory
from pyramid.request import Request
from pyramid.response import Response

from content_types.owner_register.importing import examine, import_now
from portal import clock
from portal.authentication import TOKEN
from portal.security import Role
from tests.data import make_register
from tests.functional.assembly import OPENS, Assembly, at


class Visitor(NamedTuple):
    """Somebody logged in: the account and what the browser sends."""

    account_id: str
    cookie: str
    csrf_token: str


class Voter(NamedTuple):
    """An owner and one voting right he may use; `nonce` is that of his one form."""

    visitor: Visitor
    right: str
    nonce: str
    fields: tuple[tuple[str, str], ...]

    def form(self, **changes: str) -> bytes:
        """Return the body of the confirmation that casts his ballot."""
        values = dict(self.fields) | {
            "step": "confirm",
            "right": self.right,
            "nonce": self.nonce,
            "csrf_token": self.visitor.csrf_token,
        }
        return urlencode(values | changes).encode("ascii")


def log_in(request: Any, account_id: str) -> Visitor:
    """Start a session as the log-in page does; return what the browser then sends."""
    account = request.site.accounts[account_id]
    browser, response = Request.blank("/"), Response()
    session = request.registry.getUtility(ISessionFactory)(browser)
    session[TOKEN] = request.site.sessions.start(account, "test")
    csrf_token = session.get_csrf_token()
    browser._process_response_callbacks(response)
    cookie = response.headers["Set-Cookie"].partition(";")[0]
    return Visitor(account_id, cookie, csrf_token)


class Crowd(Assembly):
    """A community of any size in a meeting with three motions; every owner has bound his units."""

    def __init__(self, site: Any, moved_clock: Any, units: int) -> None:
        self.size = units
        super().__init__(site, moved_clock)

    def _register(self, request: Any, profile: str) -> None:
        community = self._community(request)
        community.profile_id = profile
        lines = ([community.title, *line[1:]] for line in make_register.rows(self.size))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "register.xlsx"
            make_register.write(path, lines)
            data = path.read_bytes()
        register = community["owners"]
        import_now(
            register, data, path.name, request, examine(register, data, request), only_good=False
        )

    def _accounts(self, request: Any) -> None:
        community = self._community(request)
        for unit in community["owners"].units():
            for holder in unit.holders:
                if holder.id_kind != "resident_id":
                    continue
                if holder.person not in self.ids:
                    account = request.site.accounts.create(request.vault, kind="owner")
                    account.subject_token = holder.person
                    account.verified_at = clock.now()
                    self.ids[holder.person] = account.id
                    account.grants = ((str(Role.OWNER), community.scope_id),)
                unit.bind(self.ids[holder.person], holder.person)

    def bind(self, request: Any, name: str, rooms: tuple[str, ...]) -> None:
        """Do nothing: everybody has bound at the start, and nobody comes late."""

    def meeting(self, request: Any) -> Any:
        """Return the meeting."""
        return self._community(request)["meetings"]["2026-001"]

    def open(self) -> Assembly:
        """Let the clock open the vote."""
        self.notice()
        self.clock.to(at(OPENS) + timedelta(minutes=1))
        self.site.drain()
        return self

    def voters(self, request: Any) -> list[Voter]:
        """Log in everybody who may vote, once for each right he may use, in a fixed order."""
        meeting = self.meeting(request)
        register, roll = meeting.community["owners"], meeting.ballot_box.roll
        fields = _choices(meeting)
        visitors: dict[str, Visitor] = {}
        found = []
        for right in roll.rights.values():
            persons = sorted({h.person for u in right.units for h in register.unit(u).holders})
            for account_id in (self.ids[p] for p in persons if p in self.ids):
                if account_id not in visitors:
                    visitors[account_id] = log_in(request, account_id)
                nonce = f"{len(found) + 1:032x}"
                found.append(Voter(visitors[account_id], right.key, nonce, fields))
        return found


def _choices(meeting: Any) -> tuple[tuple[str, str], ...]:
    return tuple((f"m-{motion.__name__}", motion.option_keys()[0]) for motion in meeting.motions())


def open_vote(site: Any, moved_clock: Any, units: int) -> tuple[Crowd, list[Voter]]:
    """Return a meeting whose vote is open and all who may vote."""
    crowd = Crowd(site, moved_clock, units)
    crowd.open()
    return crowd, site.run(crowd.voters)
