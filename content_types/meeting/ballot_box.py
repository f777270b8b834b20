"""Ballot box (票箱): one small slot per voting right, the sealed ballots and the log of a meeting.

A cast writes only its slot, so whoever comes second for the same right meets the first in the
same object. Nothing beside a sealed ballot names a person or tells the choice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import rfc8785
from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from content_types.meeting.roll import Right, Roll
from portal import clock
from portal.evidence import joins, seal
from portal.evidence.canonical import EvidenceError, Record, canonical, canonical_value
from portal.evidence.cover import Cover
from portal.evidence.keys import Signer
from portal.evidence.log import MerkleLog
from portal.evidence.pages import Pages
from portal.evidence.promise import milliseconds
from portal.rules.heads import Measure

ELECTRONIC = "electronic"
DIGEST_BYTES = 16
CASTER_BYTES = 8
# Room for the fields of a ballot beside units and choices, and for the mark-up of each of them.
FRAME_BYTES, MARK_BYTES = 220, 8


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


class Gate(Persistent):
    """Open while ballots are taken; every cast reads it, so none commits after it was closed."""

    is_open = True


class Turnout(Persistent):
    """What the log holds so far: ballots, heads and area in 0.01 m²; written by the sequencer."""

    ballots = 0
    area = 0

    @property
    def measure(self) -> Measure:
        """By both measures; one ballot is one head."""
        return Measure(self.ballots, self.area)


class BallotBox(Persistent):
    """Everything of one vote; the signing key and the key-encryption key lie outside."""

    meeting_id = ""
    profile_digest = ""
    # Secret ballots are not logged before the close. Then they are mixed, and when the key of
    # their cover is destroyed they may be opened.
    is_secret = False
    is_mixed = False
    uncovered_at: datetime | None = None
    # Votes per option so far; only of a vote that shows them while it is open.
    figures: Any = None
    _sealing = b""
    _public_key = b""

    def __init__(
        self,
        meeting_id: str,
        roll: Roll,
        profile_digest: str,
        kek: bytes,
        sealing: Record | None = None,
        suite: str = "aes128gcm",
        *,
        secret: bool = False,
    ) -> None:
        """Make an empty box, sealed to trustees or else to a fresh tally key of the server.

        ``kek`` seals the tally key's private half, and later the keys that trustees hand in.
        """
        self.meeting_id = meeting_id
        self.profile_digest = profile_digest
        self.roll = roll
        self.log = MerkleLog(meeting_id)
        self.slots = OOBTree({key: Slot() for key in roll.rights})
        self.gate = Gate()
        self.turnout = Turnout()
        # (log index, key of the right) in the order of the log.
        self.sequence = Pages()
        if secret:
            self.is_secret = True
            # Ballot ids with sealed bytes in the order of the log, and the rights that were told.
            self.mixed = Pages()
            self.told = OOTreeSet()
        # Private keys by key id, each sealed by the key-encryption key.
        self.kept_keys = OOBTree()
        if sealing is None:
            sealing, kept = seal.server_sealing(meeting_id, kek, suite)
            self.kept_keys[kept["key"]] = canonical(kept)
        self._sealing = canonical_value(sealing)

    @property
    def sealing(self) -> Record:
        """Who opens the ballots: suite, groups, thresholds and public keys."""
        return json.loads(self._sealing)

    @property
    def has_trustees(self) -> bool:
        """Whether only trustees can open the ballots, not the server."""
        return bool(self.sealing["groups"][0]["group"] != seal.SERVER)

    @property
    def signing_key(self) -> Record:
        """The public record of the key that signed the first head."""
        return json.loads(self._public_key)

    @property
    def site_key(self) -> str:
        """The id of the long-term key that certified the signing key; notices name it."""
        return str(self.signing_key["certificate"]["key"])

    def signer(self, registry: Any) -> Signer:
        """Return what signs for this vote; its private key lies outside the database."""
        signer: Signer = registry.meeting_keys.signer(self.signing_key)
        return signer

    def use_signing_key(self, public: Record) -> None:
        """Keep the public record of the signing key."""
        self._public_key = canonical(public)

    def seal(
        self, right: Right, units: list[str], choices: dict[str, list[str]], specs: Any, **more: Any
    ) -> Record:
        """Seal a ballot of a right; ``more`` are ``channel`` and ``nonce`` of ``seal_ballot``."""
        if self.is_secret:
            more |= {"channel": ELECTRONIC, "weight": right.area_of(units)}
        size = self.padded_size(() if self.is_secret else right.units, specs)
        return seal.seal_ballot(
            self.meeting_id, self.sealing, self.profile_digest, units, choices, size=size, **more
        )

    def take_key(self, release: Record, kek: bytes) -> None:
        """Keep a private key a trustee hands in after the close, sealed by ``kek``.

        Raises EvidenceError while the gate is open or when it is no key of this vote.
        """
        self._stay_shut()
        public = seal.public_of(release["private"])
        holders = [one for group in self.sealing["groups"] for one in group["keys"]]
        if public not in holders:
            msg = f"{public['key']} is no key of {self.meeting_id}"
            raise EvidenceError(msg)
        kept = seal.keep_key(self.meeting_id, {**release, "key": public["key"]}, kek)
        self.kept_keys[public["key"]] = canonical(kept)

    @property
    def can_be_opened(self) -> bool:
        """Whether the keys at hand open the ballots, and may."""
        return not self.is_covered and seal.opens(self.sealing, list(self.kept_keys))

    @property
    def is_covered(self) -> bool:
        """Whether a secret ballot can still be joined to the right that cast it."""
        return self.is_secret and self.uncovered_at is None

    def releases(self, kek: bytes) -> Record:
        """Return the released keys; EvidenceError while the gate is open or for a wrong ``kek``."""
        self._stay_shut()
        return self._released(kek)

    def _released(self, kek: bytes) -> Record:
        found = [json.loads(kept) for kept in self.kept_keys.values()]
        return seal.releases_record(
            self.meeting_id, [seal.kept_key(self.meeting_id, kept, kek) for kept in found]
        )

    def opener(self, kek: bytes) -> Any:
        """Return what opens the ballots; EvidenceError when keys lack or the gate is open."""
        return seal.opener(self.sealing, self.releases(kek))

    def figures_opener(self, kek: bytes) -> Any:
        """Return what opens ballots for figures while voting; EvidenceError without figures."""
        if self.figures is None or self.is_secret or self.has_trustees:
            msg = f"the vote {self.meeting_id} shows no figures before its end"
            raise EvidenceError(msg)
        return seal.opener(self.sealing, self._released(kek))

    def _stay_shut(self) -> None:
        if self.gate.is_open:
            msg = f"the ballots of {self.meeting_id} stay sealed while the vote is open"
            raise EvidenceError(msg)
        if self.is_covered:
            msg = f"the secret ballots of {self.meeting_id} stay sealed while they are covered"
            raise EvidenceError(msg)

    def envelope(self, slot: Slot) -> Record:
        """Return the sealed ballot of a slot as the record that is logged."""
        return seal.unpack(slot.sealed, self.meeting_id, slot.ballot.hex(), self.sealing)

    def covered_leaf(self, key: str, cover: Cover) -> bytes:
        """Return what the log will commit to for a secret ballot; EvidenceError after the mix."""
        return canonical(self._mixed_envelope(cover.open(key, self.slots[key].sealed)))

    def take_mixed(self, ballot: bytes) -> None:
        """Log a secret ballot that was uncovered: its id and its sealed bytes."""
        leaf = canonical(self._mixed_envelope(ballot))
        self.sequence.append((self.log.append(leaf, keep=False), ""))
        self.mixed.append(ballot)

    def _mixed_envelope(self, ballot: bytes) -> Record:
        name, sealed = ballot[:DIGEST_BYTES], ballot[DIGEST_BYTES:]
        return seal.unpack(sealed, self.meeting_id, name.hex(), self.sealing)

    def leaf(self, slot: Slot) -> bytes:
        """Return the bytes that the log commits to."""
        return canonical(self.envelope(slot))

    def read(self, index: int) -> bytes | None:
        """Return the leaf of a ballot by its index in the log, None when there is none."""
        if self.is_secret:
            return next((canonical(one) for at, _, one in self.envelopes() if at == index), None)
        key = dict(self.sequence).get(index)
        return None if key is None else self.leaf(self.slots[key])

    def index_of(self, key: str) -> int | None:
        """Return the log index of the ballot of a right, None before, and always when secret."""
        return next((index for index, owner in self.sequence if owner == key), None)

    def envelopes(self) -> Iterator[tuple[int, str, Record]]:
        """Yield log index, right and envelope of every sequenced ballot, in log order.

        Nobody knows the right of a secret ballot; it is empty.
        """
        if self.is_secret:
            for (index, key), ballot in zip(self.sequence, self.mixed, strict=True):
                yield index, key, self._mixed_envelope(ballot)
            return
        for index, key in self.sequence:
            yield index, key, self.envelope(self.slots[key])

    def waiting(self) -> list[tuple[str, Slot]]:
        """Return right and slot of the ballots not taken in yet, oldest first."""
        done = set(self.told) if self.is_secret else {key for _, key in self.sequence}
        found = [(key, slot) for key, slot in self.slots.items() if key not in done]
        found = [(key, slot) for key, slot in found if slot.is_cast]
        return sorted(found, key=lambda pair: (pair[1].at, pair[1].ballot))

    def cast_units(self, right: Right) -> tuple[str, ...]:
        """Return the units of a right for which a ballot lies in the box."""
        slot = self.slots[right.key]
        return tuple(u for u in right.units if u not in slot.left_out) if slot.is_cast else ()

    def joined_units(self, key: str) -> tuple[str, ...]:
        """Return the units that joined the ballot of a right after it was cast."""
        return tuple(unit for one in self.slots[key].joins for unit in one.units)

    def sealed_units(self, right: Right) -> tuple[str, ...]:
        """Return the units that the sealed ballot of a right names itself."""
        later = self.joined_units(right.key)
        return tuple(unit for unit in self.cast_units(right) if unit not in later)

    def join(self, key: str, opened: Record) -> None:
        """Log that units join the ballot of a right; ``opened`` comes of ``joins.opening``.

        EvidenceError when they are no units that the ballot left out.
        """
        slot, units = self.slots[key], tuple(opened["units"])
        if self.is_secret or not slot.is_cast or not set(units) <= set(slot.left_out):
            msg = f"units cannot join the ballot of {key}"
            raise EvidenceError(msg)
        index = self.log.append(canonical(joins.leaf(opened)))
        slot.joins = (*slot.joins, Join(index, canonical(opened), units))
        slot.left_out = tuple(unit for unit in slot.left_out if unit not in units)
        self.turnout.area += self.roll.rights[key].area_of(units)

    def all_joins(self) -> list[tuple[str, Join]]:
        """Return every join with the right it belongs to, in the order of the log."""
        found = [(key, one) for key, slot in self.slots.items() for one in slot.joins]
        return sorted(found, key=lambda pair: pair[1].index)

    def join_fault(self) -> str:
        """Return what is wrong with a stored join, empty when all are those of the log."""
        ballots = {key: index for index, key in self.sequence} if self.all_joins() else {}
        for key, one in self.all_joins():
            opened = json.loads(one.opening)
            leaf = self.log.kept.get(one.index)
            same = opened["ballot"] == ballots.get(key) and opened["units"] == list(one.units)
            if leaf != canonical(joins.leaf(opened)) or not same:
                return f"the units joined at leaf {one.index} are not those of the log"
        return ""

    def voted_units(self) -> set[str]:
        """Return all units for which a ballot lies in the box."""
        return {unit for right in self.roll.rights.values() for unit in self.cast_units(right)}

    def padded_size(self, units: Sequence[str], specs: Any) -> int:
        """Return the length all ballots of a right are padded to, whatever they say.

        Secret ballots name no ``units`` and have one length in a meeting.
        """
        longest = FRAME_BYTES + sum(len(unit) + MARK_BYTES for unit in units)
        for spec in specs:
            marks = sorted((len(option) for option in spec.options), reverse=True)
            longest += len(spec.key) + MARK_BYTES
            longest += sum(length + MARK_BYTES for length in marks[: spec.max_marks])
        size = seal.SMALLEST
        while size < longest:
            size *= 2
        return size


def nonce_digest(nonce: str, account_id: str) -> bytes:
    """Return what slot and ballot keep of the form's nonce, so that a retry is recognised."""
    return hashlib.sha256(rfc8785.dumps([nonce, account_id])).digest()[:DIGEST_BYTES]


def caster_token(request: Any, meeting_id: str, account_id: str) -> bytes:
    """Return what tells a voter's own ballot from a co-owner's; the key lies elsewhere."""
    token = request.vault.token(account_id, f"caster:{meeting_id}")
    return bytes.fromhex(token)[:CASTER_BYTES]
