"""Cover of secret ballots (无记名选票的遮盖): a second lock whose key is destroyed after the vote.

The key lies in a file of its own, outside the databases, their backups and the other keys. Once the
file is gone, whatever a database, a journal or an old copy still holds under it opens to nobody.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.errors import ConfigurationError
from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.keys import KEK_BYTES, create_kek_file, load_kek, sync_folder

NONCE_BYTES = 12


class Cover:
    """The cover of one meeting; ``folder`` is where the site keeps such keys."""

    def __init__(self, folder: Path, meeting: str) -> None:
        """Name the file; it is read when something is covered or uncovered."""
        self.meeting = meeting
        self.path = folder / f"{meeting}.key"

    def create(self) -> None:
        """Make the key, on the disk before this returns; one that is there already stays."""
        if self.path.exists():
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_kek_file(self.path)
        sync_folder(self.path.parent)

    def destroy(self) -> None:
        """Overwrite and remove the key; doing so again changes nothing."""
        with contextlib.suppress(FileNotFoundError), self.path.open("r+b") as file:
            file.write(bytes(2 * KEK_BYTES + 1))
            file.flush()
            os.fsync(file.fileno())
        self.path.unlink(missing_ok=True)
        if self.path.parent.is_dir():
            sync_folder(self.path.parent)

    def close(self, right: str, data: bytes) -> bytes:
        """Cover what a voting right casts; it opens for no other right."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._aead().encrypt(nonce, data, self._bound(right))

    def open(self, right: str, covered: bytes) -> bytes:
        """Uncover; EvidenceError when the key is gone or is another one."""
        nonce, sealed = covered[:NONCE_BYTES], covered[NONCE_BYTES:]
        aead = self._aead()
        try:
            return aead.decrypt(nonce, sealed, self._bound(right))
        except (InvalidTag, ValueError) as error:
            msg = f"a covered ballot of {self.meeting} cannot be uncovered"
            raise EvidenceError(msg) from error

    def _aead(self) -> AESGCM:
        try:
            return AESGCM(load_kek(self.path))
        except ConfigurationError as error:
            msg = f"the cover key of {self.meeting} is not there"
            raise EvidenceError(msg) from error

    def _bound(self, right: str) -> bytes:
        return canonical({"type": "cover", "v": 1, "meeting": self.meeting, "right": right})
