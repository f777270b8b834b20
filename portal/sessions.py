"""Log-in sessions kept on the server (会话): found by a digest, ended from anywhere.

The browser's cookie session carries a random token; the database knows only its SHA-256, so a
stolen database opens no session.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from portal import clock

# Reading may last (D7 of the security checklist); acts that matter ask again after FRESH.
IDLE = {"owner": timedelta(hours=12), "staff": timedelta(minutes=30)}
ABSOLUTE = {"owner": timedelta(days=30), "staff": timedelta(hours=12)}
FRESH = timedelta(minutes=10)
# Writing the last use on every page would make every reader a writer.
TOUCH = timedelta(minutes=5)


class Session(Persistent):
    """One log-in on one device."""

    account_id = ""
    kind = "owner"
    started_at: datetime
    used_at: datetime
    fresh_at: datetime
    device = ""

    def expired(self, now: datetime) -> bool:
        """Say whether the session was idle or alive for too long."""
        return now - self.used_at > IDLE[self.kind] or now - self.started_at > ABSOLUTE[self.kind]


class Sessions(Persistent):
    """All open sessions by the digest of their token."""

    def __init__(self) -> None:
        self.by_digest = OOBTree()

    def start(self, account: Any, device: str) -> str:
        """Open a session and return its token; it is not stored anywhere."""
        token = secrets.token_urlsafe(32)
        session = Session()
        session.account_id, session.kind = account.id, account.kind
        session.started_at = session.used_at = session.fresh_at = clock.now()
        session.device = device[:120]
        self.by_digest[digest(token)] = session
        return token

    def find(self, token: str) -> Session | None:
        """Return the live session of a token, noting its use now and then."""
        session = self.by_digest.get(digest(token))
        now = clock.now()
        if session is None or session.expired(now):
            return None
        if now - session.used_at > TOUCH:
            session.used_at = now
        return session

    def end(self, token: str) -> None:
        """End one session."""
        self.by_digest.pop(digest(token), None)

    def end_digest(self, key: str) -> None:
        """End one session by its digest."""
        self.by_digest.pop(key, None)

    def end_all(self, account_id: str, but_token: str = "") -> int:
        """End every session of an account except perhaps one; returns how many ended."""
        keep = digest(but_token) if but_token else ""
        gone = [
            key
            for key, session in self.by_digest.items()
            if session.account_id == account_id and key != keep
        ]
        for key in gone:
            del self.by_digest[key]
        return len(gone)

    def of(self, account_id: str) -> list[tuple[str, Session]]:
        """List an account's live sessions with their digests."""
        now = clock.now()
        return [
            (key, session)
            for key, session in self.by_digest.items()
            if session.account_id == account_id and not session.expired(now)
        ]

    def sweep(self) -> int:
        """Remove expired sessions; returns how many."""
        now = clock.now()
        gone = [key for key, session in self.by_digest.items() if session.expired(now)]
        for key in gone:
            del self.by_digest[key]
        return len(gone)


def digest(token: str) -> str:
    """Return the digest a session is stored under."""
    return hashlib.sha256(token.encode()).hexdigest()
