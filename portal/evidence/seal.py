"""Sealed ballots (密封选票): HPKE to the tally key, which is itself sealed until the close.

The envelope names its recipients in a list, so that shares for several trustees can take the
place of the single tally key without a new form of envelope.
"""

import base64
import binascii
import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from portal.evidence.canonical import EvidenceError, Record, canonical
from portal.evidence.keys import KEK_BYTES, key_id

SUITE = "hpke-x25519-hkdfsha256-aes256gcm"
SMALLEST = 384
NONCE_BYTES = 12

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def create_tally_key(meeting: str, kek: bytes) -> tuple[Record, Record]:
    """Create the tally key of a meeting and return its public record and the sealed private key.

    ``kek`` is the 32-byte key-encryption key kept outside the database.
    """
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    record = {
        "type": "tally-key",
        "v": 1,
        "meeting": meeting,
        "suite": SUITE,
        "key": key_id("x25519", public),
        "public": public.hex(),
    }
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = {
        "type": "sealed-tally-key",
        "v": 1,
        "meeting": meeting,
        "key": record["key"],
        "nonce": nonce.hex(),
        "sealed": _aead(kek).encrypt(nonce, private.private_bytes_raw(), _key_aad(record)).hex(),
    }
    return record, sealed


def release_tally_key(public: Record, sealed: Record, kek: bytes) -> Record:
    """Open the sealed private key after the close and return the release record.

    Raises EvidenceError when the key-encryption key is wrong or the sealed key was changed.
    """
    aead = _aead(kek)
    try:
        raw = aead.decrypt(
            bytes.fromhex(sealed["nonce"]), bytes.fromhex(sealed["sealed"]), _key_aad(public)
        )
    except (InvalidTag, ValueError) as error:
        msg = f"the tally key of {public['meeting']} cannot be opened"
        raise EvidenceError(msg) from error
    release = {
        "type": "tally-key-release",
        "v": 1,
        "meeting": public["meeting"],
        "key": public["key"],
        "private": raw.hex(),
    }
    if not release_matches(public, release):
        msg = f"the released key is not the tally key of {public['meeting']}"
        raise EvidenceError(msg)
    return release


def release_matches(public: Record, release: Record) -> bool:
    """Tell whether the released private key belongs to the published tally key."""
    try:
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(release["private"]))
    except ValueError:
        return False
    published: str = public["public"]
    return private.public_key().public_bytes_raw().hex() == published


def seal_ballot(
    tally_key: Record,
    profile_digest: str,
    units: list[str],
    choices: dict[str, list[str]],
    *,
    channel: str = "electronic",
    size: int = SMALLEST,
    nonce: str | None = None,
) -> Record:
    """Seal one ballot and return its envelope.

    ``choices`` maps a motion id to the list of marked options; an unanswered motion is left out.
    ``size`` is the padded length in bytes, the same for every ballot of a meeting; a longer
    ballot takes the next doubling. ``nonce`` is the form's idempotency key, random when missing.
    """
    meeting = tally_key["meeting"]
    plaintext = canonical(
        {
            "type": "ballot",
            "v": 1,
            "meeting": meeting,
            "units": units,
            "choices": choices,
            "channel": channel,
            "nonce": nonce or secrets.token_hex(16),
        }
    )
    length = size
    while length < len(plaintext):
        length *= 2
    ballot_id = secrets.token_hex(16)
    public = X25519PublicKey.from_public_bytes(bytes.fromhex(tally_key["public"]))
    # Blanks after the closing brace are no part of the JSON value and hide its length.
    sealed = _SUITE.encrypt(
        plaintext.ljust(length), public, info=_info(meeting, ballot_id, profile_digest)
    )
    return {
        "type": "sealed-ballot",
        "v": 1,
        "meeting": meeting,
        "ballot": ballot_id,
        "recipients": [
            {"key": tally_key["key"], "sealed": base64.b64encode(sealed).decode("ascii")}
        ],
    }


def open_ballot(envelope: Record, release: Record, profile_digest: str) -> Record:
    """Open an envelope with the released key and return the ballot inside.

    Raises EvidenceError when the envelope was changed, moved to another meeting, ballot id or
    profile, or is sealed to another key.
    """
    name = envelope.get("ballot", "?")
    try:
        (recipient,) = [r for r in envelope["recipients"] if r["key"] == release["key"]]
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(release["private"]))
        info = _info(envelope["meeting"], envelope["ballot"], profile_digest)
        sealed = base64.b64decode(recipient["sealed"], validate=True)
        ballot: Record = json.loads(_SUITE.decrypt(sealed, private, info=info))
    except (InvalidTag, KeyError, TypeError, ValueError, binascii.Error) as error:
        msg = f"ballot {name} cannot be opened"
        raise EvidenceError(msg) from error
    if ballot.get("type") != "ballot" or ballot.get("meeting") != envelope["meeting"]:
        msg = f"ballot {name} holds something else"
        raise EvidenceError(msg)
    return ballot


def _info(meeting: str, ballot_id: str, profile_digest: str) -> bytes:
    return canonical(
        {
            "type": "ballot-seal",
            "v": 1,
            "meeting": meeting,
            "ballot": ballot_id,
            "profile": profile_digest,
        }
    )


def _key_aad(public: Record) -> bytes:
    return canonical(
        {"type": "tally-key-seal", "v": 1, "meeting": public["meeting"], "key": public["key"]}
    )


def _aead(kek: bytes) -> AESGCM:
    if len(kek) != KEK_BYTES:
        msg = f"a key-encryption key has {KEK_BYTES} bytes"
        raise EvidenceError(msg)
    return AESGCM(kek)
