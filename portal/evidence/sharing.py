"""Dealing a ballot's key (密钥分割): Shamir over the groups, then over the persons of each group.

The splitting is pycryptodome's; shares are put together in ``verifier.releases``, which has to
work without it and is held against it by the tests.
"""

from __future__ import annotations

from functools import lru_cache

from Crypto.Protocol.SecretSharing import Shamir
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from portal.evidence.canonical import Record, canonical

SECRET_BYTES = 16
# Encapsulated key, share, tag.
SHARE_BYTES = 32 + SECRET_BYTES + 16

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def deal(secret: bytes, sealing: Record, binding: Record) -> list[bytes]:
    """Split ``secret`` of 16 bytes and seal each share to its holder, in the settings' order.

    ``binding`` says what the shares are for; a share opens nowhere else.
    """
    groups = sealing["groups"]
    found = []
    for group_at, part in enumerate(_split(sealing["needed"], len(groups), secret), start=1):
        group = groups[group_at - 1]
        shares = _split(group["needed"], len(group["keys"]), part)
        for person, (key, share) in enumerate(zip(group["keys"], shares, strict=True), start=1):
            place = {"group": group_at, "person": person}
            info = canonical({"type": "ballot-share", "v": 1, **binding, **place})
            found.append(_SUITE.encrypt(share, _public(key["public"]), info=info))
    return found


def _split(needed: int, holders: int, secret: bytes) -> list[bytes]:
    if needed == 1:
        # A polynomial without powers: every share is the secret itself.
        return [secret] * holders
    return [share for _, share in Shamir.split(needed, holders, secret)]


@lru_cache(maxsize=256)
def _public(raw: str) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(bytes.fromhex(raw))
