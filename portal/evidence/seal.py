"""Sealed ballots (密封选票): a key per ballot, shared among the holders the settings name.

A *sealing* is ``{"suite", "needed", "groups": [{"group", "needed", "keys": [KEY, …]}]}`` with
``KEY = {"key", "public"}``: how many groups, and of each how many persons, open a ballot. The
server's own tally key is a group of one. Its private half, and keys handed in by trustees, are
stored only sealed by the key-encryption key outside the database.
"""

import base64
import hashlib
import itertools
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.evidence import sharing
from portal.evidence.canonical import EvidenceError, Record, canonical
from portal.evidence.keys import KEK_BYTES, key_id
from portal.evidence.verifier.container import parse
from portal.evidence.verifier.releases import Opener, permitted
from portal.evidence.verifier.report import MALFORMED, ProblemError

SUITES = {"aes128gcm": algorithms.AES128, "sm4gcm": algorithms.SM4}
SERVER = "server"
SMALLEST = 384
NONCE_BYTES, COMMITMENT_BYTES = 12, 32


def server_sealing(meeting: str, kek: bytes, suite: str = "aes128gcm") -> tuple[Record, Record]:
    """Return the sealing to a fresh tally key of the server and the key's sealed private half.

    ``kek`` is the 32-byte key-encryption key kept outside the database.
    """
    raw = X25519PrivateKey.generate().private_bytes_raw()
    public = public_of(raw.hex())
    group = {"group": SERVER, "needed": 1, "keys": [public]}
    return {"suite": suite, "needed": 1, "groups": [group]}, keep_key(
        meeting, {"key": public["key"], "private": raw.hex()}, kek
    )


def public_of(private: str) -> Record:
    """Return id and public half of a private key given as 64 hex digits; EvidenceError else."""
    try:
        key = X25519PrivateKey.from_private_bytes(bytes.fromhex(private))
    except (ValueError, TypeError) as error:
        msg = "that is no X25519 private key"
        raise EvidenceError(msg) from error
    public = key.public_key().public_bytes_raw()
    return {"key": key_id("x25519", public), "public": public.hex()}


def keep_key(meeting: str, release: Record, kek: bytes) -> Record:
    """Seal a private key for storage; ``release`` is ``{"key", "private"}``."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    aad = _key_aad(meeting, release["key"])
    sealed = _aead(kek).encrypt(nonce, bytes.fromhex(release["private"]), aad)
    return {
        "type": "sealed-key",
        "v": 1,
        "meeting": meeting,
        "key": release["key"],
        "nonce": nonce.hex(),
        "sealed": sealed.hex(),
    }


def kept_key(meeting: str, sealed: Record, kek: bytes) -> Record:
    """Open a stored private key; EvidenceError when ``kek`` is wrong or the key was changed."""
    aead = _aead(kek)
    try:
        raw = aead.decrypt(
            bytes.fromhex(sealed["nonce"]),
            bytes.fromhex(sealed["sealed"]),
            _key_aad(meeting, sealed["key"]),
        )
    except (InvalidTag, ValueError) as error:
        msg = f"the key {sealed['key']} of {meeting} cannot be opened"
        raise EvidenceError(msg) from error
    return {"key": sealed["key"], "private": raw.hex()}


def releases_record(meeting: str, releases: list[Record]) -> Record:
    """Return the record of released keys; it opens every ballot and belongs to level P2 only."""
    rows = sorted(releases, key=lambda row: str(row["key"]))
    return {"type": "key-releases", "v": 1, "meeting": meeting, "releases": rows}


def opens(sealing: Record, keys: list[str]) -> bool:
    """Tell whether these keys together open the ballots."""
    return bool(permitted(sealing, keys))


def opener(sealing: Record, releases: Record) -> Opener:
    """Return what opens ballots; EvidenceError names a key that is wrong or says that they lack."""
    try:
        return Opener(sealing, releases["releases"])
    except (ProblemError, *MALFORMED) as error:
        raise EvidenceError(str(error)) from error


def seal_ballot(
    meeting: str,
    sealing: Record,
    profile_digest: str,
    units: list[str],
    choices: dict[str, list[str]],
    *,
    channel: str = "electronic",
    size: int = SMALLEST,
    nonce: str | None = None,
    weight: int = 0,
) -> Record:
    """Seal one ballot and return its envelope.

    ``choices`` maps a motion id to the list of marked options; an unanswered motion is left out.
    ``size`` is the padded length in bytes, the same for every ballot of a meeting; a longer
    ballot takes the next doubling. ``nonce`` is the form's idempotency key, random when missing.
    ``weight`` is the area of a secret ballot, which names neither units nor nonce.
    """
    owned: Record = {"units": units, "nonce": nonce or secrets.token_hex(16)}
    if weight:
        owned = {"weight": [1, weight], "tracker": secrets.token_hex(16)}
    ballot = {"type": "ballot", "v": 1, "meeting": meeting, "choices": choices}
    plaintext = canonical({**ballot, "channel": channel, **owned})
    length = size
    while length < len(plaintext):
        length *= 2
    binding = {
        "meeting": meeting,
        "ballot": secrets.token_hex(16),
        "profile": profile_digest,
    }
    key = secrets.token_bytes(sharing.SECRET_BYTES)
    committed = {"type": "ballot-key", "v": 1, **binding, "key": key.hex()}
    iv = secrets.token_bytes(NONCE_BYTES)
    lock = Cipher(SUITES[sealing["suite"]](key), modes.GCM(iv)).encryptor()
    lock.authenticate_additional_data(canonical({"type": "ballot-seal", "v": 1, **binding}))
    # Blanks after the closing brace are no part of the JSON value and hide its length.
    sealed = iv + lock.update(plaintext.ljust(length)) + lock.finalize() + lock.tag
    commitment = hashlib.sha256(canonical(committed)).digest()
    return _envelope(binding, sealing, commitment, sharing.deal(key, sealing, binding), sealed)


def open_ballot(envelope: Record, with_: Opener, profile_digest: str) -> Record:
    """Open an envelope with released keys and return the ballot inside.

    Raises EvidenceError when the envelope was changed, moved to another meeting, ballot id or
    profile, or is sealed to other keys.
    """
    name = envelope.get("ballot", "?")
    try:
        plain = with_.open(envelope, profile_digest)
        ballot: Record = parse(f"ballot {name}", plain, padded=True)
    except (ProblemError, *MALFORMED) as error:
        msg = f"ballot {name} cannot be opened"
        raise EvidenceError(msg) from error
    if ballot.get("type") != "ballot" or ballot.get("meeting") != envelope["meeting"]:
        msg = f"ballot {name} holds something else"
        raise EvidenceError(msg)
    return ballot


def pack(envelope: Record) -> bytes:
    """Return commitment, shares and ciphertext of an envelope as bytes for storage."""
    shares = [base64.b64decode(row["sealed"]) for row in envelope["recipients"]]
    parts = (bytes.fromhex(envelope["commitment"]), *shares, base64.b64decode(envelope["sealed"]))
    return b"".join(parts)


def unpack(packed: bytes, meeting: str, ballot: str, sealing: Record) -> Record:
    """Return the envelope of stored bytes."""
    holders = sum(len(group["keys"]) for group in sealing["groups"])
    marks = [COMMITMENT_BYTES + n * sharing.SHARE_BYTES for n in range(holders + 1)]
    shares = [packed[low:high] for low, high in itertools.pairwise(marks)]
    binding = {"meeting": meeting, "ballot": ballot}
    return _envelope(binding, sealing, packed[: marks[0]], shares, packed[marks[-1] :])


def _envelope(
    binding: Record, sealing: Record, commitment: bytes, shares: list[bytes], sealed: bytes
) -> Record:
    keys = [one["key"] for group in sealing["groups"] for one in group["keys"]]
    return {
        "type": "sealed-ballot",
        "v": 1,
        "meeting": binding["meeting"],
        "ballot": binding["ballot"],
        "suite": sealing["suite"],
        "commitment": commitment.hex(),
        "sealed": _text(sealed),
        "recipients": [
            {"key": key, "sealed": _text(share)} for key, share in zip(keys, shares, strict=True)
        ],
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _key_aad(meeting: str, key: str) -> bytes:
    return canonical({"type": "key-seal", "v": 1, "meeting": meeting, "key": key})


def _aead(kek: bytes) -> Any:
    if len(kek) != KEK_BYTES:
        msg = f"a key-encryption key has {KEK_BYTES} bytes"
        raise EvidenceError(msg)
    return AESGCM(kek)
