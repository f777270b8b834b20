"""What people were told (消息): the inbox of an account, and dispatches on their way out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from portal import clock
from portal.errors import NotFoundError
from portal.quiet import Preferences

QUEUED, HELD, SENT, DELIVERED, FAILED, CONFIRMED = (
    *("queued", "held", "sent"),
    *("delivered", "failed", "confirmed"),
)
INAPP = "inapp"


class Message(Persistent):
    """One message in an inbox; ``state`` is the state of reaching the person."""

    id = ""
    account_id = ""
    template_id = ""
    category = ""
    subject = ""
    body = ""
    link = ""
    priority = False
    created_at: datetime | None = None
    read_at: datetime | None = None
    confirmed_at: datetime | None = None
    dispatch_ids: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """``delivered`` once it stands in the inbox, ``confirmed`` when the person said so."""
        return DELIVERED if self.confirmed_at is None else CONFIRMED


@dataclass(frozen=True)
class Attempt:
    """One try of one channel."""

    channel: str
    at: datetime
    state: str
    reason: str = ""
    receipt: str = ""


class Dispatch(Persistent):
    """One message on its way out; tries its channels in turn until one takes it."""

    id = ""
    account_id = ""
    message_id = ""
    template_id = ""
    category = ""
    channels: tuple[str, ...] = ()
    state = QUEUED
    attempts: tuple[Attempt, ...] = ()
    created_at: datetime | None = None
    priority = False
    masked_address = ""
    # Address and text are sealed: a code or a phone number is never readable in the database.
    sealed_address = b""
    sealed_text = b""

    @property
    def channel(self) -> str:
        """Return the channel that is tried now, or was tried last."""
        if self.channels:
            return self.channels[0]
        return self.attempts[-1].channel if self.attempts else ""


class Inbox(Persistent):
    """The messages of one account, oldest first."""

    unread = 0

    def __init__(self) -> None:
        self.messages = OOBTree()


class Messages(Persistent):
    """The service at ``root.messages``."""

    def __init__(self) -> None:
        self.inboxes = OOBTree()
        self.outbound = OOBTree()
        self.preferences = OOBTree()
        self.alarms = OOBTree()
        # Codes of dispatches below this id were wiped.
        self.wiped_below = ""

    def unread(self, account_id: str) -> int:
        """Return how many messages the account has not opened."""
        box = self.inboxes.get(account_id)
        return 0 if box is None else box.unread

    def inbox(self, account_id: str, start: int = 0, limit: int | None = 20) -> list[Message]:
        """Return messages of an account, newest first; without a limit all of them."""
        box = self.inboxes.get(account_id)
        if box is None:
            return []
        ids = list(box.messages.keys())
        ids.reverse()
        end = None if limit is None else start + limit
        return [box.messages[message_id] for message_id in ids[start:end]]

    def count(self, account_id: str) -> int:
        """Return how many messages the account has."""
        box = self.inboxes.get(account_id)
        return 0 if box is None else len(box.messages)

    def get(self, account_id: str, message_id: str) -> Message:
        """Return a message of this account; another's message is as unknown as none."""
        box = self.inboxes.get(account_id)
        message = None if box is None else box.messages.get(message_id)
        if message is None:
            raise NotFoundError("message.unknown")
        return message

    def mark_read(self, account_id: str, message_id: str) -> Message:
        """Note that the person opened a message."""
        message = self.get(account_id, message_id)
        if message.read_at is None:
            message.read_at = clock.now()
            self.inboxes[account_id].unread -= 1
        return message

    def confirm(self, account_id: str, message_id: str) -> Message:
        """Note that the person confirmed a message; the first confirmation counts."""
        message = self.mark_read(account_id, message_id)
        if message.confirmed_at is None:
            message.confirmed_at = clock.now()
        return message

    def prefer(self, account_id: str, preferences: Preferences) -> None:
        """Keep how the person wants to be told."""
        self.preferences[account_id] = preferences

    def preference_of(self, account_id: str) -> Preferences:
        """Return how the person wants to be told."""
        return self.preferences.get(account_id) or Preferences()

    def forget(self, account_id: str, evidence: Collection[str]) -> None:
        """Delete an inbox and wipe what was sent; dispatches of some categories stay, textless."""
        self.inboxes.pop(account_id, None)
        self.preferences.pop(account_id, None)
        for key, dispatch in list(self.outbound.items()):
            if dispatch.account_id == account_id:
                if dispatch.category in evidence:
                    dispatch.sealed_address = dispatch.sealed_text = b""
                else:
                    del self.outbound[key]

    def dispatches(self, *states: str, limit: int = 100) -> list[Dispatch]:
        """Return what left or should leave the house, newest first."""
        newest_first = (self.outbound[key] for key in reversed(list(self.outbound.keys())))
        return list(islice((d for d in newest_first if not states or d.state in states), limit))

    def add(self, message: Message) -> None:
        """Put a message into its inbox."""
        box = self.inboxes.get(message.account_id)
        if box is None:
            box = self.inboxes[message.account_id] = Inbox()
        box.messages[message.id] = message
        box.unread += 1
