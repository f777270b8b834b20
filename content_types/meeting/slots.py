"""Slots of a ballot box (票格): one per voting right; nothing in it names a person or a choice."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

import rfc8785
from persistent import Persistent

from portal import clock
from portal.evidence import seal
from portal.evidence.canonical import EvidenceError, Record
from portal.evidence.cover import Cover
from portal.evidence.promise import milliseconds

ELECTRONIC = "electronic"
DIGEST_BYTES = 16
CASTER_BYTES = 8


class Join(NamedTuple):
    """Units that joined a ballot: the leaf of the join, the canonical bytes of its opening."""

    index: int
    opening: bytes
    units: tuple[str, ...]


class Slot(Persistent):
    """The place of one ballot; empty until it is cast, and then units may only join it.

    ``at`` is UTC milliseconds, ``left_out`` are units of the right the ballot does not cover,
    ``caster`` and ``nonce`` are keyed or plain digests by which the voter finds it again.
    """

    ballot = b""
    sealed = b""
    at = 0
    channel = ELECTRONIC
    caster = b""
    nonce = b""
    left_out: tuple[str, ...] = ()
    # Units that were left out and joined the ballot while the vote was open (BJ-OQ13.3).
    joins: tuple[Join, ...] = ()
    # Name of the appointment under which a proxy cast it.
    authority = ""
    # Where the log has the ballot; None before, and always of a secret one.
    index: int | None = None
    # A secret ballot lay in it and was mixed with the others.
    emptied = False

    @property
    def is_cast(self) -> bool:
        """Whether a ballot lies in it, or lay in it before the secret ballots were mixed."""
        return bool(self.sealed) or self.emptied

    @property
    def cast_at(self) -> datetime:
        """When the ballot was cast."""
        return clock.datetime_from_milliseconds(self.at)

    @property
    def joined_units(self) -> tuple[str, ...]:
        """The units that joined the ballot after it was cast."""
        return tuple(unit for one in self.joins for unit in one.units)

    def put(
        self,
        envelope: Record,
        *,
        at: datetime,
        channel: str,
        caster: bytes,
        nonce: bytes,
        cover: Cover | None = None,
        right: str = "",
    ) -> None:
        """Lay a sealed ballot into an empty slot; EvidenceError when one lies there already.

        With a ``cover`` nothing of the envelope can be read from the slot, not even its name.
        """
        if self.is_cast:
            msg = "a ballot lies in this slot already"
            raise EvidenceError(msg)
        ballot, sealed = bytes.fromhex(envelope["ballot"]), seal.pack(envelope)
        if cover is None:
            self.ballot, self.sealed = ballot, sealed
        else:
            self.sealed = cover.close(right, ballot + sealed)
        self.at, self.caster, self.nonce = milliseconds(at), caster, nonce
        if channel != ELECTRONIC:
            self.channel = channel

    def empty(self) -> None:
        """Forget everything of a secret ballot but that it was cast."""
        self.sealed = self.nonce = b""
        self.emptied = True


def nonce_digest(nonce: str, account_id: str) -> bytes:
    """Return what slot and ballot keep of the form's nonce, so that a retry is recognised."""
    return hashlib.sha256(rfc8785.dumps([nonce, account_id])).digest()[:DIGEST_BYTES]


def caster_token(request: Any, meeting_id: str, account_id: str) -> bytes:
    """Return what tells a voter's own ballot from a co-owner's; the key lies elsewhere."""
    token = request.vault.token(account_id, f"caster:{meeting_id}")
    return bytes.fromhex(token)[:CASTER_BYTES]
