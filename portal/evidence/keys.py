"""Signing keys (签名密钥): Ed25519 from a file outside the database, behind a small protocol.

A signer in a hardware module or an SM2 signing server is another class with the same five
members; nothing else in the portal knows which one it talks to.
"""

import os
import stat
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portal.errors import ConfigurationError
from portal.evidence.canonical import EvidenceError, Record, canonical, sha256

KEK_BYTES = 32


class Signer(Protocol):
    """What signs records: a key file, a hardware module or a signing server."""

    algorithm: str
    key_id: str
    public: bytes
    certificate: Record | None

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message``."""


class Ed25519Signer:
    """Signs with an Ed25519 private key held in memory."""

    algorithm = "ed25519"
    # Only the key of a meeting has one (``meeting_keys``).
    certificate: Record | None = None

    def __init__(self, private: Ed25519PrivateKey) -> None:
        """Take the private key and derive the public one and its id."""
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        self.key_id = key_id(self.algorithm, self.public)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over ``message``; equal input gives equal output."""
        return self._private.sign(message)

    @classmethod
    def from_file(cls, path: str | Path) -> "Ed25519Signer":
        """Read the signer from its PEM file; a missing, open or foreign file stops the start."""
        try:
            key = serialization.load_pem_private_key(read_secret(path), password=None)
        except (ValueError, TypeError) as error:
            msg = f"signing key {path} is not an unencrypted PEM private key"
            raise ConfigurationError(msg) from error
        if not isinstance(key, Ed25519PrivateKey):
            msg = f"signing key {path} is not an Ed25519 key"
            raise ConfigurationError(msg)
        return cls(key)


def key_id(algorithm: str, public: bytes) -> str:
    """Return the short name of a public key: algorithm and 16 hex digits of its SHA-256."""
    return f"{algorithm}:{sha256(public).hex()[:16]}"


def create_key_file(path: str | Path) -> Ed25519Signer:
    """Create a new signing key at ``path`` with mode 0600; an existing file is never replaced."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_secret(path, pem)
    return Ed25519Signer(key)


def create_kek_file(path: str | Path) -> bytes:
    """Create a new key-encryption key at ``path`` with mode 0600 and return its 32 bytes."""
    kek = os.urandom(KEK_BYTES)
    write_secret(path, kek.hex().encode() + b"\n")
    return kek


def load_kek(path: str | Path) -> bytes:
    """Read the key-encryption key; a missing, open or malformed file stops the start."""
    try:
        kek = bytes.fromhex(read_secret(path).decode("ascii").strip())
    except ValueError as error:
        msg = f"key-encryption key {path} is not hexadecimal"
        raise ConfigurationError(msg) from error
    if len(kek) != KEK_BYTES:
        msg = f"key-encryption key {path} has not {KEK_BYTES} bytes"
        raise ConfigurationError(msg)
    return kek


def write_secret(path: str | Path, content: bytes) -> None:
    """Write a new file that only its owner can read."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        msg = f"key file {path} cannot be created: {error.strerror}"
        raise ConfigurationError(msg) from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_secret(path: str | Path) -> bytes:
    """Read a key file and refuse one that others than its owner may read."""
    try:
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except OSError as error:
        msg = f"key file {path} cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        msg = f"key file {path} is open to others (mode {stat.S_IMODE(mode):04o}); use 0600"
        raise ConfigurationError(msg)
    return content


def sync_folder(folder: Path) -> None:
    """Put the names of a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def public_record(signer: Signer, purpose: str = "log") -> Record:
    """Return what the public needs to check signatures of ``signer``."""
    record: Record = {
        "type": "public-key",
        "v": 1,
        "purpose": purpose,
        "algorithm": signer.algorithm,
        "key": signer.key_id,
        "public": signer.public.hex(),
    }
    if signer.certificate is not None:
        record["certificate"] = signer.certificate
    return record


def sign_record(signer: Signer, record: Record) -> Record:
    """Return ``record`` with the key id and a signature over its canonical form."""
    signed = {**record, "key": signer.key_id}
    return {**signed, "signature": signer.sign(canonical(signed)).hex()}


def verify_record(public: Record, record: Record) -> bool:
    """Tell whether ``record`` carries a valid signature by the key in ``public``.

    Raises EvidenceError for an algorithm this build cannot check.
    """
    if public["algorithm"] != "ed25519":
        msg = f"cannot check signatures of {public['algorithm']}"
        raise EvidenceError(msg)
    unsigned = {name: value for name, value in record.items() if name != "signature"}
    try:
        raw = bytes.fromhex(public["public"])
        signature = bytes.fromhex(record["signature"])
        if public["key"] != key_id("ed25519", raw) or record["key"] != public["key"]:
            return False
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, canonical(unsigned))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True
