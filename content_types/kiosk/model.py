"""A terminal in use (终端会话): bound to one device, at a place; one voter after another.

The server knows of the device only a digest of its token, and of a voter only who may vote until
when. What is chosen goes through the page into the ballot and is kept nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from content_types.owner_register import identity
from content_types.unit import person_token
from portal import audit, catalog, clock, ratelimit
from portal.errors import NotFoundError, PortalError
from portal.outbox import periodic
from portal.rules.profile import Profile

LONGEST_HOURS = 12
PAIRING = timedelta(minutes=10)
CODE_LIFE = timedelta(minutes=5)
# A tablet that is left alone forgets its voter, also when its page does nothing.
IDLE = timedelta(seconds=120)
TRIES = 5
DIGITS = 6


@dataclass(frozen=True)
class Person:
    """A voter without an account; stands where an account stands for everybody else."""

    id: str
    subject_token: str
    verified_at: datetime | None = None
    grants: tuple[tuple[str, str], ...] = ()


class Terminal(Persistent):
    """One tablet at one place: who runs it, until when, and who votes on it now."""

    id = ""
    place = ""
    operator = ""
    opened_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    pairing = ""  # digest of the code that binds the tablet, empty once it was used
    device = ""  # digest of the tablet's token
    tries = 0
    ballots = 0
    # The next voter: digest of his code, whom it is for, and since when nothing happened.
    code = ""
    person = ""
    account_id = ""
    issued_at: datetime | None = None
    touched_at: datetime | None = None  # set while somebody votes
    sitting = ""  # names the voter's pages, so that those of who left are known
    cast: tuple[str, ...] = ()

    def is_open(self, now: datetime) -> bool:
        """Say whether the terminal takes voters."""
        return self.ended_at is None and now < self.expires_at

    def is_used(self, now: datetime) -> bool:
        """Say whether somebody votes on it at this instant."""
        return self.touched_at is not None and now - self.touched_at < IDLE

    def waits(self, now: datetime) -> bool:
        """Say whether a code was given out that still counts."""
        return bool(self.code) and self.issued_at is not None and now - self.issued_at < CODE_LIFE

    def wipe(self) -> None:
        """Forget the voter."""
        self.code = self.person = self.account_id = self.sitting = ""
        self.issued_at = self.touched_at = None
        self.tries, self.cast = 0, ()


def check_offered(meeting: Any, request: Any) -> Profile:
    """Return the profile; refuse where there are no terminals or no vote is open."""
    profile: Profile = meeting.rules(request.registry)
    if not profile.assisted_terminal.value:
        raise profile.refuse("terminal_not_offered")
    if meeting.workflow_state != "voting":
        raise profile.refuse("closed" if meeting.ballot_box is not None else "not_open")
    return profile


def _clause(meeting: Any) -> str:
    return str(meeting.profile.assisted_terminal.clause)


def open_terminal(meeting: Any, request: Any, place: str, hours: int) -> tuple[Terminal, str]:
    """Open a terminal and return it with the code that binds a tablet to it."""
    clause = check_offered(meeting, request).assisted_terminal.clause
    if not 1 <= hours <= LONGEST_HOURS:
        raise PortalError("kiosk.bad_hours", field="hours", most=LONGEST_HOURS, clause=clause)
    one, code = Terminal(), _digits(8)
    one.id, one.place, one.operator = secrets.token_hex(4), place, request.account_id
    one.opened_at = clock.now()
    until = one.opened_at + timedelta(hours=hours)
    one.expires_at = min(until, meeting.voting_closes_at)
    one.pairing = _digest(one.id, code)
    if meeting.terminals is None:
        meeting.terminals = OOBTree()
    meeting.terminals[one.id] = one
    audit.record(request, "kiosk.open", meeting, terminal=one.id, place=place, hours=hours)
    return one, code


def terminal(meeting: Any, terminal_id: str) -> Terminal:
    """Return a terminal; NotFoundError when there is none."""
    found = None if meeting.terminals is None else meeting.terminals.get(terminal_id)
    if found is None:
        raise NotFoundError("kiosk.unknown_terminal")
    return found


def end_terminal(meeting: Any, one: Terminal, request: Any) -> None:
    """End a terminal; its tablet is a stranger from now on."""
    if one.ended_at is None:
        one.wipe()
        one.ended_at, one.pairing, one.device = clock.now(), "", ""
        audit.record(request, "kiosk.close", meeting, terminal=one.id, ballots=one.ballots)


def pair(meeting: Any, request: Any, code: str) -> tuple[Terminal, str]:
    """Bind the asking tablet; returns the terminal and the token for the tablet's cookie.

    Raises PortalError for a code that is wrong, used or old.
    """
    ratelimit.hit(request, "code_try")
    now = clock.now()
    for one in (meeting.terminals or {}).values():
        fits = one.pairing and hmac.compare_digest(one.pairing, _digest(one.id, _plain(code)))
        if fits and one.is_open(now) and now - one.opened_at < PAIRING:
            token = secrets.token_urlsafe(24)
            one.pairing, one.device = "", _digest(one.id, token)
            audit.record(request, "kiosk.pair", meeting, terminal=one.id)
            return one, f"{one.id}.{token}"
    raise PortalError("kiosk.bad_pairing", field="code", clause=_clause(meeting))


def paired(meeting: Any, cookie: str) -> Terminal | None:
    """Return the terminal a tablet is bound to, or None."""
    terminal_id, _, token = cookie.partition(".")
    one = (meeting.terminals or {}).get(terminal_id)
    if one is None or not one.device or not one.is_open(clock.now()):
        return None
    return one if hmac.compare_digest(one.device, _digest(one.id, token)) else None


def identify(meeting: Any, request: Any, values: dict[str, Any]) -> Any:
    """Return who a shown document belongs to, as something that can vote.

    Owners are found in the register, proxies and agents by their verified account. PortalError
    when neither knows the document.
    """
    kind = values["id_kind"]
    name, number = identity.read_document(values["name"], kind, values["id_number"])
    token = person_token(request.vault, number)
    accounts, register = request.site.accounts, meeting.community["owners"]
    account = accounts.get(accounts.by_token.get(f"person:{token}", ""))
    if identity.match(request, name, kind, number, within=register):
        return account or Person(token, token)
    if account is not None and account.verified_at is not None:
        sealed = request.vault.open(account.sealed_name, f"account:{account.id}:name")
        if sealed.casefold() == name.casefold():
            return account
    raise PortalError("kiosk.unknown_person", field="id_number", clause=_clause(meeting))


def admit(meeting: Any, one: Terminal, voter: Any, request: Any, units: list[str]) -> str:
    """Let a voter whose document was seen vote next; returns the code for the tablet."""
    now = clock.now()
    if not one.is_open(now):
        raise PortalError("kiosk.over", clause=_clause(meeting), status=409)
    if one.is_used(now):
        raise PortalError("kiosk.in_use", clause=_clause(meeting), status=409)
    one.wipe()
    code = _digits(DIGITS)
    one.code, one.issued_at = _digest(one.id, code), now
    one.person = voter.subject_token
    one.account_id = "" if isinstance(voter, Person) else voter.id
    audit.record(request, "kiosk.admit", meeting, terminal=one.id, units=units)
    return code


def enter(meeting: Any, one: Terminal, code: str) -> None:
    """Begin to vote with the code of the helper; raises PortalError and counts wrong ones.

    The caller keeps the transaction, because wrong tries must count.
    """
    now = clock.now()
    if not one.waits(now):
        raise PortalError("kiosk.no_code", field="code", clause=_clause(meeting))
    if not hmac.compare_digest(one.code, _digest(one.id, _plain(code))):
        one.tries += 1
        if one.tries >= TRIES:
            one.wipe()
        raise PortalError("kiosk.bad_code", field="code", clause=_clause(meeting))
    one.code, one.touched_at, one.sitting = "", now, secrets.token_hex(8)


def voter(one: Terminal, request: Any) -> Any:
    """Return who votes on the terminal now and note the touch; None after some idle time."""
    now = clock.now()
    if one.touched_at is None:
        return None
    if not one.is_used(now):
        one.wipe()
        return None
    one.touched_at = now
    if one.account_id:
        return request.site.accounts[one.account_id]
    return Person(one.person, one.person)


@periodic(seconds=60)
def sweep_terminals(request: Any, now: datetime) -> None:
    """Forget voters who left and codes that are old; end what is past its time."""
    for meeting in catalog.each(
        request, types=("meeting",), states=("voting", "counting"), everything=True
    ):
        for one in (meeting.terminals or {}).values():
            if one.ended_at is None and not one.is_open(now):
                end_terminal(meeting, one, request)
            elif one.person and not (one.is_used(now) or one.waits(now)):
                one.wipe()


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}d}"


def _plain(code: str) -> str:
    return "".join(c for c in code if c.isalnum())


def _digest(terminal_id: str, secret: str) -> str:
    return hashlib.sha256(f"kiosk:{terminal_id}:{secret}".encode()).hexdigest()
