"""Readings from devices: published, judged by rules and durable, through a real Mosquitto."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv311

from benchmarks.measure import Row, memory_of, processor_of
from plugins.facilities.tests.conftest import Site, wait_for
from yitang_facilities import access, credentials, registry
from yitang_facilities.ingest import now_ms
from yitang_facilities.message import encode_reading
from yitang_facilities.registry import Device
from yitang_facilities.rules import Rule
from yitang_facilities.telemetry import TelemetryReader

DEVICES = 4
PATIENCE = 240


def measure(messages: int) -> Iterator[Row]:
    """Publish with acknowledgement from four devices and wait until all is on disk."""
    codes = [f"d-bench{number}" for number in range(DEVICES)]
    with tempfile.TemporaryDirectory(prefix="yt-bench-") as name:
        site = Site(Path(name))
        registry.write(
            site.paths.registry,
            [
                Device(
                    code,
                    site.community,
                    frozenset(("level", "current")),
                    (Rule(code, "high", "level", limit=3.5, dead_band=0.2, on_delay=5000),),
                )
                for code in codes
            ],
        )
        passwords = {code: site.password(code) for code in codes}
        ingest_password = credentials.service_password(
            site.paths.passwords, site.paths.secret(access.INGEST), access.INGEST
        )
        try:
            site.start_broker()
            bare, _ = _send(site, passwords, messages, _subscriber(site, ingest_password))
            ingest = site.start_ingest()
            wait_for(lambda: "connected" in (site.paths.var / "ingest.log").read_text("utf-8"))
            reader = TelemetryReader(site.paths.telemetry)

            def stored() -> int:
                accounts = [reader.account(code) for code in codes]
                return sum(account.received for account in accounts if account)

            before = processor_of(ingest.pid)
            rate, _ = _send(site, passwords, messages, stored)
            cost = (processor_of(ingest.pid) - before) / messages * 1e6
            memory = memory_of(ingest.pid)
        finally:
            site.stop()
    yield Row(
        f"device messages stored durably, {messages:,} sent",
        rate,
        "messages/s",
        bare,
        "subscriber that stores nothing",
        target=5000,
        memory=memory,
        note=f"2 points and a rule each; processor {cost:.0f} µs each",
    )


def _subscriber(site: Site, password: str) -> Callable[[], int]:
    """Return a function that says how many messages a bare subscriber has received."""
    received = [0]
    client = Client(CallbackAPIVersion.VERSION2, "bare", protocol=MQTTv311)
    client.username_pw_set(access.INGEST, password)

    def count(*_: Any) -> None:
        received[0] += 1

    ready = []
    client.on_message = count
    client.on_subscribe = lambda *_: ready.append(True)
    client.connect("127.0.0.1", site.port)
    client.loop_start()
    wait_for(client.is_connected)
    for topic in access.INGEST_READS:
        client.subscribe(topic, qos=1)
    wait_for(lambda: len(ready) == len(access.INGEST_READS))
    site.bare = client
    return lambda: received[0]


def _send(
    site: Site, passwords: dict[str, str], messages: int, arrived: Callable[[], int]
) -> tuple[float, float]:
    order = {"port": site.port, "passwords": passwords, "messages": messages}
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.devices"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as publisher:
        publisher.stdin.write(json.dumps(order | {"community": site.community}) + "\n")
        publisher.stdin.flush()
        begin = float(publisher.stdout.readline())
        wait_for(lambda: arrived() >= messages, PATIENCE)
        took = time.monotonic() - begin
        publisher.wait(PATIENCE)
    bare = getattr(site, "bare", None)
    if bare is not None:
        bare.disconnect()
        bare.loop_stop()
        site.bare = None
    return messages / took, took


# --- The devices ------------------------------------------------------------------------------


def _main() -> None:
    order = json.loads(sys.stdin.readline())
    clients = []
    start, each = now_ms() - 60_000, order["messages"] // len(order["passwords"])
    for code, password in order["passwords"].items():
        client = Client(CallbackAPIVersion.VERSION2, code, protocol=MQTTv311)
        client.username_pw_set(code, password)
        client.max_inflight_messages_set(500)
        client.connect("127.0.0.1", order["port"])
        client.loop_start()
        wait_for(client.is_connected)
        clients.append((client, f"c/{order['community']}/d/{code}/t"))
    payloads = [
        encode_reading(number, start + number, {"level": number % 300 / 100, "current": 12})
        for number in range(each)
    ]
    sys.stdout.write(f"{time.monotonic()}\n")
    sys.stdout.flush()
    sent = [client.publish(topic, one, qos=1) for one in payloads for client, topic in clients]
    wait_for(lambda: all(message.is_published() for message in sent[-50:]), PATIENCE)
    for client, _ in clients:
        client.disconnect()
        client.loop_stop()


if __name__ == "__main__":
    _main()
