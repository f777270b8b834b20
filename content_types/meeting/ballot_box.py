"""Ballot box (票箱): one small slot per voting right, the sealed ballots and the log of a meeting.

A cast writes only its slot, so whoever comes second for the same right meets the first in the
same object. Nothing beside a sealed ballot names a person or tells the choice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from content_types.meeting.roll import Right, Roll
from content_types.meeting.slots import DIGEST_BYTES, ELECTRONIC, Slot
from portal.evidence import seal
from portal.evidence.canonical import EvidenceError, Record, canonical, canonical_value
from portal.evidence.cover import Cover
from portal.evidence.keys import Signer
from portal.evidence.log import MerkleLog
from portal.evidence.padding import padded_size
from portal.evidence.pages import Pages
from portal.rules.heads import Measure


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
        """Seal a ballot of a right; ``more`` are ``channel`` and ``nonce`` of ``seal_ballot``.

        Secret ballots name no units and have one length in a meeting.
        """
        if self.is_secret:
            more |= {"channel": ELECTRONIC, "weight": right.area_of(units)}
        size = padded_size(() if self.is_secret else right.units, specs)
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
        index: int | None = self.slots[key].index
        return index

    def place_fault(self) -> str:
        """Name a right whose slot says another place than the order of the log, else empty."""
        places = {key: index for index, key in self.sequence}
        wrong = (key for key, slot in self.slots.items() if slot.index != places.get(key))
        key = next(wrong, "")
        return f"the slot of {key} names another place than the log" if key else ""

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

    def sealed_units(self, right: Right) -> tuple[str, ...]:
        """Return the units that the sealed ballot of a right names itself."""
        later = self.slots[right.key].joined_units
        return tuple(unit for unit in self.cast_units(right) if unit not in later)

    def voted_units(self) -> set[str]:
        """Return all units for which a ballot lies in the box."""
        return {unit for right in self.roll.rights.values() for unit in self.cast_units(right)}
