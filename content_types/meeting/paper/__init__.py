"""Paper round (书面投票): everything about the paper ballots of one meeting, below its page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from BTrees.OOBTree import OOBTree

from portal.content import ContentFolder, content_type
from portal.evidence.pages import Pages
from portal.security import Permission, Role

BOX_ROLES = (Role.VOTE_CALLER, Role.TELLER, Role.SCRUTINEER)


@content_type("paper_round", catalogued=False)
class PaperRound(ContentFolder):
    """Made when a vote that takes paper opens; its ledger and its ballots are never taken back."""

    access = {  # noqa: RUF012 - constant of the class
        Permission.VIEW: (Role.CONVENOR, Role.STREET_OFFICER, *BOX_ROLES),
    }

    # A section has its name in the message catalogue.
    title = "书面投票"
    section_name = "paper"
    batches: tuple[Any, ...] = ()
    printed = 0
    # (role, account id) of those appointed for this meeting.
    appointed: tuple[tuple[str, str], ...] = ()
    # Who opens the box: the session, and who confirmed when (SZ-24).
    session: Any = None
    confirmations: tuple[Any, ...] = ()
    opened_at: datetime | None = None
    # What was counted by hand, and when the entry was final.
    hand_count: Any = None
    closed_at: datetime | None = None
    audit: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.sheets = OOBTree()
        # The one ballot of a right that is issued or returned; a spoiled one makes room again.
        self.live = OOBTree()
        self.ledger = Pages()
        # (log index, serial number) of every paper leaf, in the order of the log.
        self.sequence = Pages()

    @property
    def meeting(self) -> Any:
        """The meeting it belongs to."""
        return self.__parent__

    @property
    def is_pending(self) -> bool:
        """Whether paper was printed that is not yet entered, reconciled and audited."""
        return self.printed > 0 and (self.audit is None or self.audit.finished_at is None)

    def sheet(self, serial: str) -> Any:
        """Return a ballot by its serial number, or None."""
        return self.sheets.get(serial)
