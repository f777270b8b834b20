"""Personal fields at rest (加密存储): AES-256-GCM with keys outside the database, HMAC for search.

The master key is a file. Field keys are derived from it per purpose, so that a search token
and a ciphertext never share a key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import unicodedata
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.errors import ConfigurationError

KEY_BYTES = 32
_VERSION = b"\x01"


def create_key(path: Path) -> None:
    """Write a new random key file, mode 0600; an existing file is never replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))


class Vault:
    """Encrypts and decrypts single fields; several master keys allow rotation."""

    def __init__(self, master: bytes, *older: bytes) -> None:
        for key in (master, *older):
            if len(key) != KEY_BYTES:
                raise ConfigurationError(f"A master key has {KEY_BYTES} bytes.")
        self._rings = [self._ring(key) for key in (master, *older)]

    @staticmethod
    def _ring(master: bytes) -> tuple[bytes, AESGCM, bytes]:
        def derive(purpose: bytes) -> bytes:
            return HKDF(hashes.SHA256(), KEY_BYTES, None, b"yitang/" + purpose).derive(master)

        return derive(b"key-id")[:4], AESGCM(derive(b"fields")), derive(b"tokens")

    @classmethod
    def from_folder(cls, folder: Path) -> Vault:
        """Read ``master.key`` and any ``master-*.key`` kept from rotations (newest name first)."""
        try:
            master = (folder / "master.key").read_bytes()
        except FileNotFoundError:
            raise ConfigurationError(
                f"There is no key {folder / 'master.key'}; `yitang init` creates it."
            ) from None
        older = [path.read_bytes() for path in sorted(folder.glob("master-*.key"), reverse=True)]
        return cls(master, *older)

    def seal(self, text: str, purpose: str) -> bytes:
        """Encrypt a field; ``purpose`` is bound to the ciphertext and needed to open it."""
        return self.seal_bytes(text.encode(), purpose)

    def seal_bytes(self, data: bytes, purpose: str) -> bytes:
        """Encrypt a file; ``purpose`` is bound to the ciphertext and needed to open it."""
        key_id, cipher, _ = self._rings[0]
        nonce = secrets.token_bytes(12)
        return _VERSION + key_id + nonce + cipher.encrypt(nonce, data, purpose.encode())

    def open(self, blob: bytes, purpose: str) -> str:
        """Decrypt a field; raises ValueError if it was changed or sealed for another purpose."""
        return self.open_bytes(blob, purpose).decode() if blob else ""

    def open_bytes(self, blob: bytes, purpose: str) -> bytes:
        """Decrypt a file; raises ValueError if it was changed or sealed for another purpose."""
        key_id, nonce, body = blob[1:5], blob[5:17], blob[17:]
        for known, cipher, _ in self._rings:
            if hmac.compare_digest(known, key_id):
                try:
                    return cipher.decrypt(nonce, body, purpose.encode())
                except InvalidTag:
                    break
        raise ValueError("A sealed field does not open: wrong key, wrong purpose or changed.")

    def token(self, text: str, purpose: str) -> str:
        """Return a keyed digest by which an equal value is found without storing it."""
        value = unicodedata.normalize("NFKC", text).strip().upper().encode()
        key = self._rings[0][2]
        return hmac.new(key, purpose.encode() + b"\0" + value, hashlib.sha256).hexdigest()[:32]
