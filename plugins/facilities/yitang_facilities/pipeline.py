"""Pipeline (接入流水线): from raw messages to committed readings, ledger, alarms, quarantine.

A failure while storing leaves memory and disk apart, so the process must end and start again
from the disk; the broker delivers again what was not acknowledged.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from yitang_facilities import ledger, message, registry, telemetry
from yitang_facilities.ledger import Account
from yitang_facilities.message import MalformedMessageError, Topic
from yitang_facilities.registry import Device, Registry
from yitang_facilities.telemetry import TelemetryStore
from yitang_facilities.watch import Findings, Watch

log = logging.getLogger(__name__)

UNKNOWN, RETIRED, UNKNOWN_POINT = "unknown_device", "retired", "unknown_point"
Row = tuple[int, int, float, int]


@dataclass(slots=True)
class Batch:
    """Collect everything one batch will store."""

    now: int
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    presence: dict[str, str] = field(default_factory=dict)
    accounts: set[str] = field(default_factory=set)
    refused: list[tuple[str, str, bytes]] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


class Pipeline:
    """Check, store and judge messages of one source."""

    def __init__(
        self,
        store: TelemetryStore,
        registry_path: Path,
        now_ms: Callable[[], int],
        source: str = "mqtt",
    ) -> None:
        self._store = store
        self._registry_path = registry_path
        self._now = now_ms
        self._source = source
        self._registry = Registry()
        self._registry_mark: tuple[int, int] | None = None
        self._accounts: dict[str, Account | None] = {}
        self._watch = Watch(store.rule_states())

    def process(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Store a batch of (topic, payload); when this returns they may be acknowledged."""
        batch = Batch(now=self._now())
        for topic, payload in messages:
            self._take(topic, payload, batch.now, batch)
        self._commit(batch)

    def refresh(self) -> bool:
        """Read the device register again if it changed, and release what waited for it.

        A register that is missing changes nothing: alarms must not clear because a file is late.
        """
        mark = _mark(self._registry_path)
        if mark in (None, self._registry_mark):
            return False
        try:
            self._registry = registry.read(self._registry_path)
        except ValueError:
            # The last good register stays in force; the portal will write a whole one.
            log.exception("device register refused")
            self._registry_mark = mark
            return False
        self._registry_mark = mark
        batch = Batch(now=self._now())
        wanted = [
            rule
            for device in self._registry.devices.values()
            if device.condition == registry.ACTIVE
            for rule in device.rules
        ]
        self._watch.use(wanted, batch.now, batch.findings)
        self._store.create_series(
            (device.community, device.code, point)
            for device in self._registry.devices.values()
            for point in sorted(device.points)
        )
        self._release(batch)
        self._commit(batch)
        return True

    def tick(self) -> None:
        """Let alarm delays end that no reading has ended."""
        batch = Batch(now=self._now())
        self._watch.pass_time(batch.now, batch.findings)
        if batch.findings.states:
            self._commit(batch)

    def backfill_requests(self) -> list[tuple[Topic, int, int]]:
        """Return (command topic, first, last) for numbers a device should send again."""
        return [
            (Topic(self._registry.devices[device].community, device, "cmd"), first, last)
            for device, first, last in self._store.open_gaps()
            if device in self._registry.devices
        ]

    @property
    def communities(self) -> set[str]:
        """Return the communities that have devices."""
        return {device.community for device in self._registry.devices.values()}

    def _release(self, batch: Batch) -> None:
        for held in self._store.quarantined(UNKNOWN):
            device = self._device(message.parse_topic(held.topic))
            if isinstance(device, Device):
                self._take(held.topic, held.payload, held.arrived_at, batch)
                batch.released.append(held.id)

    def _take(self, name: str, payload: bytes, arrived_at: int, batch: Batch) -> None:
        try:
            topic = message.parse_topic(name)
            device = self._device(topic)
            if isinstance(device, str):
                batch.refused.append((name, device, payload[: message.MAX_PAYLOAD]))
            elif topic.channel == "s":
                batch.presence[device.code] = message.parse_state(payload)
            elif topic.channel in ("t", "e"):
                self._take_reading(name, device, payload, arrived_at, batch)
        except MalformedMessageError as error:
            batch.refused.append((name, str(error), payload[: message.MAX_PAYLOAD]))

    def _device(self, topic: Topic) -> Device | str:
        device = self._registry.devices.get(topic.device)
        if device is None or device.community != topic.community:
            return UNKNOWN
        return device if device.condition == registry.ACTIVE else RETIRED

    def _take_reading(
        self, name: str, device: Device, payload: bytes, arrived_at: int, batch: Batch
    ) -> None:
        reading = message.parse_reading(payload)
        fault = message.time_fault(reading.ts, arrived_at)
        if fault is not None:
            batch.refused.append((name, fault, payload))
            return
        if device.code not in self._accounts:
            self._accounts[device.code] = self._store.account(device.code)
        self._accounts[device.code] = ledger.note(
            self._accounts[device.code], reading.seq, reading.ts
        )
        batch.accounts.add(device.code)
        rows = batch.rows[device.community]
        for point, value in reading.values:
            if point not in device.points:
                batch.refused.append((name, UNKNOWN_POINT, payload))
                continue
            series = self._store.series[device.community, device.code, point]
            rows.append((reading.ts, series, value, reading.quality))
            if reading.quality != message.BAD:
                self._watch.observe(device.code, point, reading.ts, value, batch.findings)

    def _commit(self, batch: Batch) -> None:
        for community, rows in batch.rows.items():
            self._store.readings.write(community, rows)
        with self._store.transaction() as state:
            for rows in batch.rows.values():
                telemetry.save_last(state, rows, batch.now, self._source)
            for device, presence in batch.presence.items():
                telemetry.save_presence(state, device, presence, batch.now)
            ledger.save(state, {device: self._accounts[device] for device in batch.accounts})
            state.executemany(
                "DELETE FROM rule_state WHERE device = ? AND rule = ?", batch.findings.dropped
            )
            telemetry.save_rule_states(state, batch.findings.states.items())
            telemetry.save_transitions(state, batch.findings.transitions)
            for topic, reason, payload in batch.refused:
                telemetry.save_refused(state, topic, reason, payload, batch.now)
            state.executemany(
                "DELETE FROM quarantine WHERE id = ?", [(number,) for number in batch.released]
            )


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns
