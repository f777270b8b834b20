"""Simulator (设备模拟器): a small fleet whose readings depend on nothing but the time.

Each simulated device has its own MQTT session, password, last will and memory of sent messages,
like a real one; it answers a request to send numbers again. Run ``yitang-simulator --var var``
with the fleet file the demo writes.
"""

import argparse
import json
import logging
import math
import os
import signal
import sys
import threading
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from paho.mqtt.client import (
    CallbackAPIVersion,
    Client,
    ConnectFlags,
    MQTTMessage,
    MQTTMessageInfo,
    MQTTv311,
)
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from yitang_facilities import kinds
from yitang_facilities.client import no_delay
from yitang_facilities.files import write_private
from yitang_facilities.ingest import now_ms
from yitang_facilities.message import Topic, encode_reading
from yitang_facilities.paths import Paths

log = logging.getLogger(__name__)

MEMORY_MESSAGES = 2000
# On its first start a device sends what it measured before it had a connection.
HISTORY_MS = 3600 * 1000
HISTORY_STEP_MS = 30 * 1000


@dataclass(frozen=True, slots=True)
class Incident:
    """Hold a point at a value for a while; times in seconds after the start."""

    kind: str
    point: str
    value: float
    after: int
    lasts: int
    every: int = 0

    def active(self, seconds: float) -> bool:
        """Tell whether the incident is going on; with ``every`` it comes back."""
        since = seconds - self.after
        if self.every and since >= 0:
            since %= self.every
        return 0 <= since < self.lasts


# One overflow a minute after the start, back every quarter of an hour.
DEMO = (Incident("water-level", "level", 3.8, after=60, lasts=180, every=900),)


@dataclass(frozen=True, slots=True)
class Member:
    """Describe one device of a fleet."""

    code: str
    kind: str
    community: str
    password: str


def values(
    code: str, kind: str, start: int, ts: int, incidents: Sequence[Incident] = ()
) -> dict[str, float]:
    """Return what a device measures at a time (ms); equal arguments give equal values."""
    measured = {}
    for name, point in kinds.all_kinds()[kind].points.items():
        phase = zlib.crc32(f"{code}/{name}".encode()) % 1000 / 1000
        wave = math.sin(2 * math.pi * (ts / 1000 / point.period + phase))
        noise = (zlib.crc32(f"{code}/{name}/{ts}".encode()) % 1000 / 1000 - 0.5) * 0.2
        measured[name] = round(point.base + point.swing * (wave + noise), point.decimals)
        for incident in incidents:
            concerns = (incident.kind, incident.point) == (kind, name)
            if concerns and incident.active((ts - start) / 1000):
                measured[name] = incident.value
    return measured


class SimulatedDevice:
    """Behave like one device on the broker."""

    def __init__(self, member: Member, start: int, incidents: Sequence[Incident] = DEMO) -> None:
        self.member = member
        self._start = start
        self._incidents = incidents
        self._sequence = 0
        self._asked = self._acknowledged = 0
        self._sent: deque[tuple[int, bytes]] = deque(maxlen=MEMORY_MESSAGES)
        self._client = Client(
            CallbackAPIVersion.VERSION2, member.code, protocol=MQTTv311, clean_session=False
        )
        self._client.username_pw_set(member.code, member.password)
        self._client.will_set(self._topic("s"), b'{"state":"offline"}', qos=1, retain=True)
        self._client.reconnect_delay_set(1, 5)
        self._client.on_socket_open = no_delay
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_publish = self._on_publish

    def connect(self, host: str, port: int) -> None:
        """Connect in the background and stay connected."""
        self._client.connect_async(host, port, keepalive=30)
        self._client.loop_start()

    def measure(self, ts: int) -> None:
        """Measure at a time (ms) and publish; the library keeps it while there is no broker."""
        member = self.member
        measured = values(member.code, member.kind, self._start, ts, self._incidents)
        payload = encode_reading(self._sequence, ts, measured)
        self._sent.append((self._sequence, payload))
        self._sequence += 1
        self._publish(self._client, "t", payload)

    def connected(self) -> bool:
        """Tell whether the broker has let the device in."""
        return self._client.is_connected()

    def pending(self) -> bool:
        """Tell whether the broker has yet to acknowledge a message."""
        return self._acknowledged < self._asked

    def close(self) -> None:
        """Say goodbye and disconnect."""
        farewell = self._publish(self._client, "s", b'{"state":"offline"}', retain=True)
        if self._client.is_connected():
            farewell.wait_for_publish(2)
        self._client.disconnect()
        self._client.loop_stop()

    def _topic(self, channel: str) -> str:
        return str(Topic(self.member.community, self.member.code, channel))

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        answer: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if answer.is_failure:
            log.warning("%s: refused, %s", self.member.code, answer)
            return
        client.subscribe(self._topic("cmd"), qos=1)
        self._publish(client, "s", b'{"state":"online"}', retain=True)

    def _on_message(self, client: Client, _userdata: object, message: MQTTMessage) -> None:
        request = json.loads(message.payload)
        if request.get("op") == "resend":
            for sequence, payload in list(self._sent):
                if request["from"] <= sequence <= request["to"]:
                    self._publish(client, "t", payload)

    def _on_publish(self, *_: object) -> None:
        self._acknowledged += 1

    def _publish(
        self, client: Client, channel: str, payload: bytes, *, retain: bool = False
    ) -> MQTTMessageInfo:
        self._asked += 1
        return client.publish(self._topic(channel), payload, qos=1, retain=retain)


def fleet_file(paths: Paths) -> Path:
    """Return where the fleet of the demo is written; it holds passwords."""
    return paths.mqtt / "simulator.json"


def write_fleet(path: Path, members: Sequence[Member]) -> None:
    """Write the devices to simulate."""
    write_private(path, json.dumps([asdict(member) for member in members], ensure_ascii=False))


def read_fleet(path: Path) -> list[Member]:
    """Return the devices to simulate; none when the file is not there."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [Member(**entry) for entry in entries]


def main(arguments: list[str] | None = None) -> int:
    """Simulate the fleet until a signal ends it."""
    parser = argparse.ArgumentParser(prog="yitang-simulator", description=__doc__.splitlines()[0])
    parser.add_argument("--var", type=Path, default=Path("var"), help="run-time folder")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between readings")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    os.umask(0o077)
    path = fleet_file(Paths(options.var.resolve()))
    members = read_fleet(path)
    if not members:
        parser.exit(1, f"yitang-simulator: no devices in {path}\n")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    start = now_ms()
    devices = [SimulatedDevice(member, start) for member in members]
    for device in devices:
        device.connect(options.host, options.port)
    marker = path.with_suffix(".started")
    if not marker.exists():
        for device in devices:
            for ago in range(HISTORY_MS, 0, -HISTORY_STEP_MS):
                device.measure(start - ago)
        marker.touch()
    while not stop.wait(options.interval):
        for device in devices:
            device.measure(now_ms())
    for device in devices:
        device.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
