"""From released keys to an opened ballot (由公布的密钥开启选票): shares, commitment, ciphertext."""

from __future__ import annotations

import base64
import functools
import hashlib

from portal.evidence.verifier.container import canon
from portal.evidence.verifier.report import (
    MALFORMED,
    ImpossibleError,
    ProblemError,
    Record,
    Rows,
    Values,
)

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
except ImportError:
    Suite = None  # type: ignore[assignment, misc]

RELEASE = "release.json"
ENVELOPES = "ballots/envelopes.jsonl"
# Nobody shares a key among more; a forger must not keep a verifier busy for hours.
MOST_KEYS = 100
FIELD_BITS = 128
# x^128 + x^7 + x^2 + x + 1, the field of the shares.
FIELD = (1 << FIELD_BITS) | 0b10000111
NONCE, TAG = 12, 16
BLOCK_CIPHERS = {"aes128gcm": "AES", "sm4gcm": "SM4"}


def multiply(a: int, b: int) -> int:
    """Return the product of two field elements."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a >> FIELD_BITS:
            a ^= FIELD
        b >>= 1
    return product


def invert(a: int) -> int:
    """Return the inverse of a field element: its power 2^128 - 2."""
    result = 1
    for _ in range(FIELD_BITS - 1):
        a = multiply(a, a)
        result = multiply(result, a)
    return result


@functools.lru_cache(maxsize=64)
def weights(places: Values) -> Values:
    """Return what each share counts for at zero, by Lagrange; the same for every ballot."""
    found = []
    for own in places:
        above, below = 1, 1
        for other in places:
            if other != own:
                above, below = multiply(above, other), multiply(below, other ^ own)
        found.append(multiply(above, invert(below)))
    return tuple(found)


def combine(shares: dict[int, int]) -> int:
    """Return the secret of shares given as value by place."""
    parts = zip(weights(tuple(shares)), shares.values(), strict=True)
    return functools.reduce(int.__xor__, (multiply(weight, value) for weight, value in parts))


def permitted(sealing: Record, keys: Rows) -> dict[int, list[int]]:
    """Return places of persons by place of group that are enough to open; empty when they lack.

    The first groups in the order of the settings are taken, and of each the first persons.
    """
    found: dict[int, list[int]] = {}
    for group_at, group in enumerate(sealing["groups"], start=1):
        persons = [at for at, one in enumerate(group["keys"], start=1) if one["key"] in keys]
        if len(persons) >= group["needed"] and len(found) < sealing["needed"]:
            found[group_at] = persons[: group["needed"]]
    return found if len(found) == sealing["needed"] else {}


class Opener:
    """Opens the ballots of one meeting with the private keys that were handed in."""

    def __init__(self, sealing: Record, releases: Rows) -> None:
        """Check every key against the settings; ProblemError names the one that is wrong."""
        if Suite is None:
            raise ImpossibleError("无 cryptography ≥ 47，未开启选票 ballots not opened")
        self.suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
        self.groups = sealing["groups"]
        self.cipher = BLOCK_CIPHERS[sealing["suite"]]
        self.kind = sealing["suite"]
        publics = {one["key"]: one["public"] for group in self.groups for one in group["keys"]}
        self.order = list(publics)
        if sum(len(group["keys"]) for group in self.groups) > MOST_KEYS:
            raise ProblemError(RELEASE, f"the settings name more than {MOST_KEYS} keys")
        self.private: Record = {}
        for release in releases:
            name = release["key"]
            if name not in publics or name in self.private:
                raise ProblemError(RELEASE, f"{name} is of another meeting or stands twice")
            private = X25519PrivateKey.from_private_bytes(bytes.fromhex(release["private"]))
            if private.public_key().public_bytes_raw().hex() != publics[name]:
                raise ProblemError(RELEASE, f"{name} is not the private key of the settings")
            self.private[name] = private
        self.chosen = permitted(sealing, list(self.private))
        if not self.chosen:
            raise ProblemError(RELEASE, "fewer keys than the settings ask for")

    def open(self, envelope: Record, profile: str) -> bytes:
        """Return the padded plaintext of an envelope."""
        name = f"ballot {envelope['ballot']}"
        binding = {part: envelope[part] for part in ("meeting", "ballot")} | {"profile": profile}
        if [row["key"] for row in envelope["recipients"]] != self.order:
            raise ProblemError(ENVELOPES, f"{name} is sealed to other keys")
        if envelope["suite"] != self.kind:
            raise ProblemError(ENVELOPES, f"{name} is sealed in another way")
        try:
            secret = self.key_of(envelope["recipients"], binding)
            key = secret.to_bytes(FIELD_BITS // 8, "big")
            committed = {"type": "ballot-key", "v": 1, **binding, "key": key.hex()}
            if hashlib.sha256(canon(committed)).hexdigest() != envelope["commitment"]:
                raise ProblemError(ENVELOPES, f"the shares of {name} do not give its key")
            aad = canon({"type": "ballot-seal", "v": 1, **binding})
            raw = base64.b64decode(envelope["sealed"], validate=True)
            mode = modes.GCM(raw[:NONCE], raw[-TAG:])
            unlock = Cipher(getattr(algorithms, self.cipher)(key), mode).decryptor()
            unlock.authenticate_additional_data(aad)
            return bytes(unlock.update(raw[NONCE:-TAG]) + unlock.finalize())
        except (InvalidTag, *MALFORMED) as error:
            raise ProblemError(ENVELOPES, f"{name} cannot be opened") from error

    def key_of(self, recipients: Rows, binding: Record) -> int:
        """Open the shares of the chosen persons and put them together."""
        sealed = [base64.b64decode(row["sealed"], validate=True) for row in recipients]
        found: dict[int, int] = {}
        first = 0
        for group_at, group in enumerate(self.groups, start=1):
            parts: dict[int, int] = {}
            for person in self.chosen.get(group_at, ()):
                place = {"group": group_at, "person": person}
                info = canon({"type": "ballot-share", "v": 1, **binding, **place})
                private = self.private[group["keys"][person - 1]["key"]]
                share = self.suite.decrypt(sealed[first + person - 1], private, info=info)
                parts[person] = int.from_bytes(share, "big")
            if parts:
                found[group_at] = combine(parts)
            first += len(group["keys"])
        return combine(found)
