"""Telling people (通知): by their inbox, and by what leaves the house by other channels.

A message stands in the inbox with the commit of its cause. For SMS and e-mail the same commit
writes a dispatch and a job. Without a provider a dispatch is ``held`` in the outbound list, where
operators see it; nothing pretends to have been sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from portal import clock
from portal.errors import NotFoundError
from portal.inbox import INAPP, QUEUED, Dispatch, Message
from portal.outbox import new_id
from portal.quiet import opens_at
from portal.rules.masking import mask_phone

DELIVER = "notify.deliver"


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
