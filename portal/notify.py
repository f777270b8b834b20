"""Telling people (通知): the inbox of an account, and what leaves the house by other channels.

A message stands in the inbox with the commit of its cause. For SMS and e-mail the same commit
writes a dispatch and a job. Without a provider a dispatch is ``held`` in the outbound list, where
operators see it; nothing pretends to have been sent.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from portal import clock
from portal.errors import NotFoundError
from portal.outbox import new_id
from portal.quiet import Preferences, opens_at
from portal.rules.masking import mask_phone

QUEUED, HELD, SENT, DELIVERED, FAILED, CONFIRMED = (
    *("queued", "held", "sent"),
    *("delivered", "failed", "confirmed"),
)
INAPP = "inapp"
DELIVER = "notify.deliver"


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

    def inbox(self, account_id: str, start: int = 0, limit: int = 20) -> list[Message]:
        """Return messages of an account, newest first."""
        box = self.inboxes.get(account_id)
        if box is None:
            return []
        ids = list(box.messages.keys())
        ids.reverse()
        return [box.messages[message_id] for message_id in ids[start : start + limit]]

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


def send(
    request: Any,
    account_id: str,
    template_id: str,
    values: Mapping[str, Any],
    *,
    channels: Iterable[str] | None = None,
    priority: bool = False,
    link: str = "",
) -> str:
    """Put a message into an inbox and promise it to other channels; returns its id.

    ``channels`` are tried in turn until one takes the message; None means what the person
    prefers. Priority messages ignore quiet hours and overtake others. Raises ConfigurationError
    for an unknown template or a missing value.
    """
    site = request.site
    template = template_named(request, template_id)
    account = site.accounts.get(account_id)
    language = getattr(account, "language", "") or "zh_CN"
    now = clock.now()
    message = Message()
    message.id, message.account_id, message.created_at = new_id(now), account_id, now
    message.template_id, message.category = template_id, template.category
    message.subject, message.body = template.render(values, language)
    message.link, message.priority = link, priority
    site.messages.add(message)
    preferences = site.messages.preference_of(account_id)
    wanted = tuple(preferences.channels if channels is None else channels)
    outside = tuple(channel for channel in wanted if channel != INAPP)
    if outside:
        text = {"subject": message.subject, "body": message.body, "values": dict(values)}
        dispatch = _dispatch(request, template, text, outside, priority)
        dispatch.account_id, dispatch.message_id = account_id, message.id
        message.dispatch_ids = (dispatch.id,)
        held_until = None if priority else opens_at(preferences, now)
        _promise(request, dispatch, held_until)
    return message.id


def send_to_address(
    request: Any, channel: str, address: str, template_id: str, values: Mapping[str, Any]
) -> str:
    """Promise a message to an address that belongs to no account yet, such as a code; its id."""
    template = template_named(request, template_id)
    subject, body = template.render(values)
    text = {"subject": subject, "body": body, "values": dict(values)}
    dispatch = _dispatch(request, template, text, (channel,), priority=True)
    dispatch.sealed_address = request.vault.seal(address, f"dispatch:{dispatch.id}:address")
    dispatch.masked_address = mask_address(address)
    _promise(request, dispatch, None)
    return dispatch.id


def resend(request: Any, dispatch_id: str, channels: Iterable[str] = ()) -> None:
    """Try a dispatch again by the channel tried last or by others; its attempts are kept."""
    dispatch = dispatch_named(request, dispatch_id)
    dispatch.channels = tuple(channels) or (dispatch.channel,)
    dispatch.state = QUEUED
    _promise(request, dispatch, None)


def dispatch_named(request: Any, dispatch_id: str) -> Dispatch:
    """Return a dispatch; raises NotFoundError."""
    dispatch = request.site.messages.outbound.get(dispatch_id)
    if dispatch is None:
        raise NotFoundError("message.unknown")
    return dispatch


def template_named(request: Any, template_id: str) -> Any:
    """Return a template; raises ConfigurationError for an unknown one."""
    return request.registry.message_templates[template_id]


def text_of(request: Any, dispatch: Dispatch) -> dict[str, Any]:
    """Return subject, body and values of a dispatch; empty once they were wiped."""
    if not dispatch.sealed_text:
        return {"subject": "", "body": "", "values": {}}
    return json.loads(request.vault.open(dispatch.sealed_text, f"dispatch:{dispatch.id}:text"))


def address_of(request: Any, dispatch: Dispatch, channel: str) -> str:
    """Return where a dispatch goes by a channel; empty when the person has no such address."""
    if dispatch.sealed_address:
        return request.vault.open(dispatch.sealed_address, f"dispatch:{dispatch.id}:address")
    account = request.site.accounts.get(dispatch.account_id)
    field = {"sms": "phone", "email": "email"}.get(channel, "")
    sealed = getattr(account, f"sealed_{field}", b"") if field else b""
    return request.vault.open(sealed, f"account:{dispatch.account_id}:{field}") if sealed else ""


def mask_address(address: str) -> str:
    """Return an address as operators may see it."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return mask_phone(address)


def _dispatch(
    request: Any, template: Any, text: dict[str, Any], channels: tuple[str, ...], priority: bool
) -> Dispatch:
    dispatch = Dispatch()
    now = clock.now()
    dispatch.id, dispatch.created_at = new_id(now), now
    dispatch.template_id, dispatch.category = template.id, template.category
    dispatch.channels, dispatch.priority = channels, priority
    sealed = json.dumps(text, ensure_ascii=False)
    dispatch.sealed_text = request.vault.seal(sealed, f"dispatch:{dispatch.id}:text")
    request.site.messages.outbound[dispatch.id] = dispatch
    return dispatch


def _promise(request: Any, dispatch: Dispatch, not_before: datetime | None) -> None:
    request.site.outbox.put(
        DELIVER, {"dispatch_id": dispatch.id}, not_before, urgent=dispatch.priority
    )


def later(request: Any, dispatch: Dispatch, delay: timedelta) -> None:
    """Promise another try of a dispatch after a while."""
    _promise(request, dispatch, clock.now() + delay)
