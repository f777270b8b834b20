"""Intake (告警接收): what the portal does for ingest, and takes over from it."""

from datetime import datetime
from typing import Any

from portal.outbox import job, periodic
from yitang_facilities import alarm, credentials, registry
from yitang_facilities.device import WRITE_REGISTER
from yitang_facilities.facilities import devices, open_facilities, paths_of
from yitang_facilities.telemetry import TelemetryReader, TelemetryStore

FORGET = "facilities.forget_transitions"
STORE_CREDENTIAL = "facilities.store_credential"
REVOKE_CREDENTIAL = "facilities.revoke_credential"


@periodic(seconds=2)
def take_over_alarms(request: Any, now: datetime) -> None:
    """Turn transitions found by ingest into alarms; ingest forgets them after this commit."""
    del now
    pending = TelemetryReader(paths_of(request).telemetry).transitions()
    for _, transition in pending:
        alarm.apply(request, transition)
    if pending:
        request.site.outbox.put(FORGET, {"ids": [number for number, _ in pending]})


@job(FORGET)
def forget_transitions(request: Any, ids: list[int]) -> None:
    """Tell the telemetry store which transitions are now alarms."""
    store = TelemetryStore(paths_of(request).telemetry)
    store.forget_transitions(ids)
    store.close()


@job(WRITE_REGISTER)
def write_register(request: Any) -> None:
    """Write the device register that ingest reads."""
    registry.write_if_changed(
        paths_of(request).registry, [device.described() for device in devices(request.site)]
    )


@periodic(seconds=60)
def keep_register(request: Any, now: datetime) -> None:
    """Give facilities to communities older than the plugin; mend a lost or outdated register.

    Two jobs of one second may write in the wrong order; this makes the newest state win.
    """
    del now
    for community in request.site["communities"].values():
        open_facilities(community, request)
    write_register(request)


@job(STORE_CREDENTIAL)
def store_credential(request: Any, device: str, hashed: str) -> None:
    """Let a device in with its new password."""
    credentials.store(paths_of(request).passwords, device, hashed)


@job(REVOKE_CREDENTIAL)
def revoke_credential(request: Any, device: str) -> None:
    """Keep a device out."""
    credentials.revoke(paths_of(request).passwords, device)
