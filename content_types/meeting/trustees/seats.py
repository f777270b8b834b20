"""Seats of the trustees (托管席位): who was named, whose key is proven, who handed it in."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from content_types.meeting.figures import shows_figures
from portal import clock
from portal.errors import PortalError
from portal.evidence import seal
from portal.evidence.canonical import EvidenceError, Record, canonical
from portal.evidence.keys import key_id
from portal.rules.keys import TrusteeRule
from portal.security import Role, scopes

CLAUSE = "EV-4.1.9"
ROLES = {
    "convenor": Role.CONVENOR,
    "street_office": Role.STREET_OFFICER,
    "scrutineers": Role.SCRUTINEER,
}
NOTARY = "notary"
GROUPS = (*ROLES, NOTARY)
KEY_DIGITS = 64
ANSWER_BYTES = 16

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True)
class Seat:
    """One trustee. ``test`` is his test envelope, ``answer`` the SHA-256 of what it holds."""

    group: str
    account_id: str
    public: str = ""
    test: str = ""
    answer: str = ""
    rehearsed_at: datetime | None = None
    released_at: datetime | None = None
    lost_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def key(self) -> str:
        """The id of his public key, empty before it was handed in."""
        return key_id("x25519", bytes.fromhex(self.public)) if self.public else ""


def rule_of(meeting: Any, registry: Any) -> TrusteeRule:
    """Return what the profile says about trustees; figures while voting exclude them (C-14)."""
    rule: TrusteeRule = meeting.rules(registry).ballot_trustees.value
    return replace(rule, use="none") if shows_figures(meeting, registry) else rule


def seats_wanted(rule: TrusteeRule) -> dict[str, int]:
    """Return how many persons the convenor names for each group."""
    wanted = {name: int(getattr(rule, name)) for name in ROLES}
    return wanted | ({NOTARY: 1} if rule.notary else {})


def needed(rule: TrusteeRule, group: str) -> int:
    """Return how many persons of a group speak for it."""
    return rule.scrutineers_needed if group == "scrutineers" else 1


def name(meeting: Any, request: Any, chosen: dict[str, list[str]]) -> None:
    """Set the trustees: account ids by group; no names at all means none.

    Who stays keeps key and proof. Raises PortalError for an empty seat, a person without the
    role of the group, or one who would sit twice.
    """
    rule = rule_of(meeting, request.registry)
    if rule.use == "none":
        raise PortalError("trustees.not_here", clause=CLAUSE)
    chosen = {group: [one for one in ids if one] for group, ids in chosen.items()}
    if not any(chosen.values()):
        meeting.trustees = ()
        return
    for group, number in seats_wanted(rule).items():
        if len(chosen.get(group, ())) != number and group != NOTARY:
            raise PortalError("trustees.seat_empty", clause=CLAUSE, field=group)
    everybody = [one for ids in chosen.values() for one in ids]
    if len(set(everybody)) != len(everybody):
        raise PortalError("trustees.twice", clause=CLAUSE)
    for group, ids in chosen.items():
        for account_id in ids:
            if account_id not in candidates(meeting, request, group):
                raise PortalError("trustees.wrong_role", clause=CLAUSE, field=group)
    before = {(seat.group, seat.account_id): seat for seat in meeting.trustees}
    meeting.trustees = tuple(
        before.get((group, account_id), Seat(group, account_id))
        for group in GROUPS
        for account_id in chosen.get(group, ())
    )


def candidates(meeting: Any, request: Any, group: str) -> list[str]:
    """Return the accounts that may sit in a group.

    A notary is any active member of staff who belongs to none of the other groups here.
    """
    places = set(scopes(meeting))
    found = []
    for account in request.site.accounts:
        held = {role for role, scope in account.grants if scope in places}
        fits = ROLES[group] in held if group in ROLES else held.isdisjoint(ROLES.values())
        if account.active and fits and (group in ROLES or account.kind == "staff"):
            found.append(account.id)
    return found


def seat_of(meeting: Any, account_id: str) -> Seat | None:
    """Return the seat of an account."""
    return next((seat for seat in meeting.trustees if seat.account_id == account_id), None)


def put(meeting: Any, seat: Seat, **changes: Any) -> Seat:
    """Change one seat."""
    changed = replace(seat, **changes)
    meeting.trustees = tuple(changed if one == seat else one for one in meeting.trustees)
    return changed


def take_public(meeting: Any, meeting_id: str, seat: Seat, text: str) -> Seat:
    """Take a trustee's public key and make him a test envelope; PortalError for no key.

    A new key takes the place of the old one and has to be proven again.
    """
    text = "".join(text.split()).lower()
    try:
        raw = bytes.fromhex(text)
        public = X25519PublicKey.from_public_bytes(raw)
    except ValueError as error:
        raise PortalError("trustees.no_key", field="public") from error
    if any(one.public == text for one in meeting.trustees if one != seat):
        raise PortalError("trustees.same_key", field="public")
    secret = secrets.token_bytes(ANSWER_BYTES)
    bound = {"type": "trustee-test", "v": 1, "meeting": meeting_id, "key": key_id("x25519", raw)}
    try:
        sealed = _SUITE.encrypt(secret, public, info=canonical(bound))
    except ValueError as error:
        # A point of low order: whatever is sealed to it, everybody can open.
        raise PortalError("trustees.no_key", field="public") from error
    test = canonical({**bound, "sealed": base64.b64encode(sealed).decode("ascii")}).decode()
    digest = hashlib.sha256(secret).hexdigest()
    return put(meeting, seat, public=text, test=test, answer=digest, rehearsed_at=None)


def take_answer(meeting: Any, seat: Seat, text: str) -> Seat:
    """Take what the trustee read in his test envelope; PortalError when it is something else."""
    try:
        given = bytes.fromhex("".join(text.split()))
    except ValueError:
        given = b""
    if not seat.answer or hashlib.sha256(given).hexdigest() != seat.answer:
        raise PortalError("trustees.wrong_answer", field="answer", clause=CLAUSE)
    return put(meeting, seat, rehearsed_at=clock.now())


def take_release(meeting: Any, seat: Seat, text: str, kek: bytes) -> Seat:
    """Take a trustee's private key after the close; PortalError names what is wrong with it."""
    text = "".join(text.split()).lower()
    box = meeting.ballot_box
    if len(text) != KEY_DIGITS or set(text) - set("0123456789abcdef"):
        raise PortalError("trustees.no_private_key", field="private")
    if seal.public_of(text)["public"] != seat.public:
        raise PortalError("trustees.wrong_release", field="private", key=seat.key, clause=CLAUSE)
    box.take_key({"key": seat.key, "private": text}, kek)
    return put(meeting, seat, released_at=clock.now(), lost_at=None)


def seat_of_key(meeting: Any, text: str) -> Seat | None:
    """Return the seat whose private key a text is: the key proves itself, whoever brings it."""
    try:
        public = seal.public_of("".join(text.split()).lower())["public"]
    except EvidenceError:
        return None
    return next((seat for seat in meeting.trustees if seat.public == public), None)


def sealing(seats: Iterable[Seat], rule: TrusteeRule, suite: str) -> Record | None:
    """Return who opens the ballots, for the settings in the log; None without trustees."""
    groups = []
    for group in GROUPS:
        keys = [{"key": s.key, "public": s.public} for s in seats if s.group == group]
        if keys:
            groups.append({"group": group, "needed": needed(rule, group), "keys": keys})
    return {"suite": suite, "needed": rule.groups_needed, "groups": groups} if groups else None


def still_possible(meeting: Any) -> bool:
    """Tell whether the keys that are not lost can open the ballots."""
    keys = [seat.key for seat in meeting.trustees if seat.lost_at is None]
    return seal.opens(meeting.ballot_box.sealing, keys)
