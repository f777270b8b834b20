"""The worker's side of messages (投递): handing dispatches over to providers."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from portal import channels, clock, message_templates
from portal.channels import DeliveryError, Parcel
from portal.errors import ConfigurationError
from portal.inbox import FAILED, HELD, QUEUED, SENT, Attempt, Dispatch
from portal.notify import DELIVER, address_of, later, text_of
from portal.outbox import job, periodic, time_key

TRIES = 5
FIRST_DELAY = timedelta(seconds=10)
# A code is useless after minutes; its text does not stay.
WIPE_CODES = timedelta(hours=1)
KEEP = timedelta(days=180)


def includeme(config: Any) -> None:
    """Read the message templates and the providers."""
    import skins

    config.registry.message_templates = Templates()
    config.registry.channels = channels.from_settings(config.registry.settings)
    config.add_directive("add_message_templates", add_message_templates)
    config.add_message_templates(Path(skins.__file__).parent / "messages")


class Templates(dict[str, message_templates.Template]):
    """Message templates by id."""

    def __missing__(self, template_id: str) -> message_templates.Template:
        raise ConfigurationError(f"There is no message template {template_id!r}.")


def add_message_templates(config: Any, folder: Path) -> None:
    """Register the message templates of a package; ids must be unique on the site."""
    for template_id, template in message_templates.load(Path(folder)).items():
        if template_id in config.registry.message_templates:
            raise ConfigurationError(f"Message template {template_id!r} stands twice.")
        config.registry.message_templates[template_id] = template


@job(DELIVER, lease=timedelta(minutes=2))
def deliver(request: Any, dispatch_id: str) -> None:
    """Try the first channel of a dispatch; go on to the next when it is hopeless."""
    dispatch = request.site.messages.outbound.get(dispatch_id)
    if dispatch is None or dispatch.state != QUEUED or not dispatch.channels:
        return
    channel = dispatch.channels[0]
    adapter = request.registry.channels.get(channel)
    if adapter is None:
        _note(dispatch, channel, HELD, "no_provider")
        _next_channel(request, dispatch, HELD)
        return
    address = address_of(request, dispatch, channel)
    if not address:
        _note(dispatch, channel, FAILED, "no_address")
        _next_channel(request, dispatch, FAILED)
        return
    text = text_of(request, dispatch)
    parcel = Parcel(
        dispatch.id,
        address,
        text["subject"],
        text["body"],
        dispatch.template_id,
        text["values"],
    )
    try:
        receipt = adapter.send(parcel)
    except DeliveryError as error:
        _note(dispatch, channel, FAILED, error.reason)
        tries = sum(attempt.channel == channel for attempt in dispatch.attempts)
        if error.permanent or tries >= TRIES:
            _next_channel(request, dispatch, FAILED)
        else:
            later(request, dispatch, FIRST_DELAY * 4 ** (tries - 1))
        return
    _note(dispatch, channel, SENT, receipt=receipt)
    dispatch.state, dispatch.channels = SENT, ()


def _note(
    dispatch: Dispatch, channel: str, state: str, reason: str = "", receipt: str = ""
) -> None:
    attempt = Attempt(channel, clock.now(), state, reason, receipt)
    dispatch.attempts = (*dispatch.attempts, attempt)


def _next_channel(request: Any, dispatch: Dispatch, otherwise: str) -> None:
    dispatch.channels = dispatch.channels[1:]
    if dispatch.channels:
        later(request, dispatch, timedelta(0))
    else:
        # One channel that holds the text for the operator outweighs others that failed.
        held = any(attempt.state == HELD for attempt in dispatch.attempts)
        dispatch.state = HELD if held else otherwise


@periodic(seconds=600)
def wipe_dispatches(request: Any, now: datetime) -> None:
    """Wipe the text of old codes and forget dispatches past their period."""
    messages = request.site.messages
    for dispatch_id in list(messages.outbound.keys(max=time_key(now - KEEP))):
        del messages.outbound[dispatch_id]
    old = time_key(now - WIPE_CODES)
    for dispatch in messages.outbound.values(min=messages.wiped_below, max=old):
        if dispatch.category == "code":
            dispatch.sealed_text = b""
    messages.wiped_below = max(old, messages.wiped_below)
