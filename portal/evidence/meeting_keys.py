"""Signing key of each meeting (会议签名密钥), certified by the long-term key of the site.

The private half lies in a file of its own, outside the databases and their backups. A hardware
module takes the place of ``MeetingKeys`` with the same two members.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from threading import get_native_id

from portal.evidence.canonical import EvidenceError, Record
from portal.evidence.keys import (
    Ed25519Signer,
    Signer,
    create_key_file,
    public_record,
    sign_record,
    sync_folder,
)
from portal.evidence.promise import milliseconds
from portal.evidence.verifier.keys import check_key
from portal.evidence.verifier.report import MALFORMED, ImpossibleError, ProblemError


class CertifiedSigner:
    """Signs with the key of a meeting and carries its certificate."""

    def __init__(self, key: Signer, certificate: Record) -> None:
        """Take what signs, and the record of the site about it."""
        self.algorithm, self.key_id, self.public = key.algorithm, key.key_id, key.public
        self.certificate: Record | None = certificate
        self.sign = key.sign


class MeetingKeys:
    """A folder with one key file for each meeting, under the long-term key ``site``."""

    def __init__(self, folder: Path, site: Signer) -> None:
        """Name the folder; a file is read when something is first signed with it."""
        self._folder = folder
        self._site = site
        # A cast signs twice; reading the file each time would cost more than the signatures.
        self._read: dict[str, Ed25519Signer] = {}

    def create(self, meeting: str, now: datetime) -> Record:
        """Make the key, on the disk before this returns, and certify it from ``now`` on.

        A key that is there already stays: the transaction that made it was repeated or died.
        """
        path = self._path(meeting)
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Under its name it is whole or not there at all, whenever the power fails.
            fresh = path.with_name(f"{path.name}.{get_native_id()}.new")
            fresh.unlink(missing_ok=True)
            create_key_file(fresh)
            try:
                path.hardlink_to(fresh)
            except FileExistsError:
                pass  # Another process was first; its key is the one.
            finally:
                fresh.unlink()
            sync_folder(path.parent)
        key = Ed25519Signer.from_file(path)
        return public_record(CertifiedSigner(key, certify(self._site, meeting, key, now)))

    def signer(self, public: Record) -> Signer:
        """Return the signer of a key record of a vote.

        ConfigurationError without its file, EvidenceError when the file holds another key.
        """
        certificate = public["certificate"]
        meeting = certificate["meeting"]
        key = self._read.get(meeting)
        if key is None:
            key = self._read[meeting] = Ed25519Signer.from_file(self._path(meeting))
        if key.key_id != public["key"]:
            msg = f"the key file of {meeting} holds {key.key_id}, its log names {public['key']}"
            raise EvidenceError(msg)
        return CertifiedSigner(key, certificate)

    def _path(self, meeting: str) -> Path:
        return self._folder / f"{meeting}.key"


def certify(site: Signer, meeting: str, key: Signer, now: datetime) -> Record:
    """Return what the site says about the key of a meeting, signed by its long-term key."""
    record = {
        "type": "key-certificate",
        "v": 1,
        "meeting": meeting,
        "from": milliseconds(now),
        "algorithm": key.algorithm,
        "public": key.public.hex(),
        "by": site.public.hex(),
    }
    return sign_record(site, record)


def key_fault(public: Record, meeting: str, site: str | None = None) -> str:
    """Return why a key is not the certified one of a meeting, else nothing.

    ``site`` is the id of the long-term key, where it is known.
    """
    try:
        check_key("key", public, meeting)
    except (ProblemError, ImpossibleError) as problem:
        return problem.detail if isinstance(problem, ProblemError) else str(problem)
    except MALFORMED as error:
        return f"malformed: {type(error).__name__} {error}"
    by = public["certificate"]["key"]
    if site is not None and by != site:
        return f"key {public['key']} is certified by {by}, not by {site}"
    return ""
