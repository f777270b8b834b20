"""Pipeline without a broker: quarantine, alarms, restart."""

import json
from dataclasses import replace

import pytest

from yitang_facilities import message, registry
from yitang_facilities.message import encode_reading
from yitang_facilities.pipeline import Pipeline
from yitang_facilities.telemetry import TelemetryReader, TelemetryStore

START = 1_790_000_000_000


class Bench:
    """Feed one pipeline under a settable clock."""

    def __init__(self, site):
        self.paths = site.paths
        self.now = START
        self.reader = TelemetryReader(self.paths.telemetry)
        self.open()

    def open(self):
        self.store = TelemetryStore(self.paths.telemetry)
        self.pipeline = Pipeline(self.store, self.paths.registry, lambda: self.now)
        self.pipeline.refresh()

    def restart(self):
        self.store.close()
        self.open()

    def send(self, device, seq, ts, **values):
        topic = f"c/hupan/d/{device}/t"
        self.pipeline.process([(topic, encode_reading(seq, ts, values))])

    def level(self, seq, value):
        self.now = START + seq * 1000
        self.send("d-tank1", seq, self.now, level=value)

    def transitions(self):
        return [(transition.to, transition.at) for _, transition in self.reader.transitions()]


@pytest.fixture
def bench(site):
    bench = Bench(site)
    yield bench
    bench.store.close()


@pytest.mark.clause("PM-6.1.2-c")
def test_reading_is_stored_with_value_history_and_arrival(bench):
    bench.send("d-pump1", 0, START, pressure=0.35, current=12)
    bench.now += 60
    bench.send("d-pump1", 1, START + 50, pressure=0.36)
    curve = bench.reader.curve(("hupan", "d-pump1", "pressure"), START, START + 1000)
    assert [(sample.ts, sample.value) for sample in curve] == [(START, 0.35), (START + 50, 0.36)]
    last = bench.reader.last("hupan", "d-pump1")
    assert last["pressure"].value == 0.36
    assert last["pressure"].ingested_at == START + 60
    assert last["current"].source == "mqtt"


@pytest.mark.clause("PM-6.3-d")
def test_unknown_device_is_held_back_until_it_is_registered(bench, site):
    for seq in range(3):
        bench.send("d-new1", seq, START + seq, level=2.0)
    assert bench.reader.last("hupan", "d-new1") == {}
    assert bench.reader.refused()[0][:3] == ("c/hupan/d/d-new1/t", "unknown_device", 3)
    new = replace(site.devices[0], code="d-new1", rules=())
    registry.write(site.paths.registry, [*site.devices, new])
    assert bench.pipeline.refresh()
    assert len(bench.reader.curve(("hupan", "d-new1", "level"), START, START + 10)) == 3
    assert bench.store.quarantined("unknown_device") == []


def test_device_of_another_community_is_unknown_here(bench):
    payload = encode_reading(0, START, {"level": 1.0})
    bench.pipeline.process([("c/elsewhere/d/d-tank1/t", payload)])
    assert bench.reader.last("elsewhere", "d-tank1") == {}
    assert bench.reader.refused()[0][1] == "unknown_device"


@pytest.mark.clause("PM-6.3-f")
def test_retired_device_is_refused(bench):
    bench.send("d-old1", 0, START, level=1.0)
    assert bench.reader.refused()[0][:2] == ("c/hupan/d/d-old1/t", "retired")


@pytest.mark.parametrize(
    ("offset", "reason"),
    [(message.MAX_AHEAD_MS + 1, "future"), (-message.MAX_AGE_MS - 1, "too_old")],
)
def test_impossible_time_goes_to_quarantine(bench, offset, reason):
    bench.send("d-tank1", 0, START + offset, level=1.0)
    assert bench.reader.last("hupan", "d-tank1") == {}
    assert bench.reader.refused()[0][1] == reason


def test_malformed_message_is_held_and_its_neighbours_are_stored(bench):
    good = encode_reading(0, START, {"level": 1.0})
    bench.pipeline.process(
        [("c/hupan/d/d-tank1/t", b"{"), ("nonsense", good), ("c/hupan/d/d-tank1/t", good)]
    )
    assert {reason for _, reason, _, _ in bench.reader.refused()} == {"json", "topic"}
    assert bench.reader.last("hupan", "d-tank1")["level"].value == 1.0


def test_unknown_point_is_held_and_known_points_are_stored(bench):
    bench.send("d-tank1", 0, START, level=1.0, colour=3)
    assert set(bench.reader.last("hupan", "d-tank1")) == {"level"}
    assert bench.reader.refused()[0][1] == "unknown_point"


def test_quarantine_of_one_topic_is_limited_but_counted(bench, monkeypatch):
    monkeypatch.setattr("yitang_facilities.telemetry.QUARANTINE_PER_TOPIC", 5)
    for seq in range(8):
        bench.send("d-new1", seq, START + seq, level=2.0)
    assert len(bench.store.quarantined("unknown_device")) == 5
    assert bench.reader.refused()[0][2] == 8


def test_bad_quality_is_stored_but_raises_nothing(bench):
    for seq in range(20):
        payload = encode_reading(seq, START + seq * 1000, {"level": 9.0}, message.BAD)
        bench.pipeline.process([("c/hupan/d/d-tank1/t", payload)])
    assert bench.transitions() == []
    assert bench.reader.last("hupan", "d-tank1")["level"].quality == message.BAD


def test_presence_keeps_the_time_of_the_change(bench):
    topic = "c/hupan/d/d-tank1/s"
    bench.pipeline.process([(topic, b'{"state":"online"}')])
    bench.now += 500
    bench.pipeline.process([(topic, b'{"state":"online"}')])
    assert bench.reader.presence("d-tank1") == ("online", START)
    bench.pipeline.process([(topic, b'{"state":"offline"}')])
    assert bench.reader.presence("d-tank1") == ("offline", START + 500)


@pytest.mark.clause("PM-8.1.8-s2")
def test_chattering_value_leaves_one_alarm_in_the_outbox(bench):
    for seq in range(120):
        bench.level(seq, 3.8 if seq % 10 < 7 else 3.2)
    assert bench.transitions() == [("raised", START + 5000)]


def test_alarm_delay_and_standing_alarm_survive_restarts(bench):
    for seq in range(3):
        bench.level(seq, 3.8)
        bench.restart()
    for seq in range(3, 8):
        bench.level(seq, 3.8)
    bench.restart()
    assert bench.transitions() == [("raised", START + 5000)]
    for seq in range(8, 10):
        bench.level(seq, 3.8)
        bench.restart()
    for seq in range(10, 45):
        bench.level(seq, 1.0)
    assert bench.transitions() == [("raised", START + 5000), ("cleared", START + 40_000)]


def test_batch_delivered_again_after_a_crash_changes_nothing(bench):
    batch = [
        ("c/hupan/d/d-tank1/t", encode_reading(seq, START + seq * 1000, {"level": 3.8}))
        for seq in range(10)
    ]
    bench.now = START + 10_000
    bench.pipeline.process(batch)
    bench.restart()
    bench.pipeline.process(batch)
    assert bench.transitions() == [("raised", START + 5000)]
    account = bench.reader.account("d-tank1")
    assert (account.received, account.duplicates, account.missing) == (10, 10, 0)
    assert len(bench.reader.curve(("hupan", "d-tank1", "level"), START, START + 20_000)) == 10


def test_crash_between_readings_and_state_is_made_good_by_redelivery(bench):
    """The readings are committed, the process dies before the ledger and the alarm are."""
    batch = [
        ("c/hupan/d/d-tank1/t", encode_reading(seq, START + seq * 1000, {"level": 3.8}))
        for seq in range(10)
    ]
    number = bench.store.series["hupan", "d-tank1", "level"]
    bench.store.readings.write("hupan", [(START + seq * 1000, number, 3.8, 0) for seq in range(10)])
    bench.restart()
    bench.now = START + 10_000
    bench.pipeline.process(batch)
    assert bench.transitions() == [("raised", START + 5000)]
    assert bench.reader.account("d-tank1").received == 10


def test_watchdog_raises_without_a_further_reading(bench):
    bench.level(0, 3.8)
    bench.now = START + 6000
    bench.pipeline.tick()
    assert bench.transitions() == []
    bench.now = START + 7000
    bench.pipeline.tick()
    assert bench.transitions() == [("raised", START + 5000)]


def test_rule_removed_from_the_register_clears_its_alarm(bench, site):
    for seq in range(8):
        bench.level(seq, 3.8)
    registry.write(site.paths.registry, [replace(site.devices[0], rules=())])
    bench.pipeline.refresh()
    assert bench.transitions()[-1] == ("cleared", bench.now)


def test_missing_or_damaged_register_clears_no_alarm(bench, site):
    for seq in range(8):
        bench.level(seq, 3.8)
    site.paths.registry.write_text("{", encoding="utf-8")
    assert not bench.pipeline.refresh()
    site.paths.registry.unlink()
    assert not bench.pipeline.refresh()
    bench.level(8, 3.8)
    assert bench.transitions() == [("raised", START + 5000)]
    bench.restart()
    assert bench.transitions() == [("raised", START + 5000)]


def test_transition_taken_over_by_the_portal_leaves_the_outbox(bench):
    for seq in range(8):
        bench.level(seq, 3.8)
    numbers = [number for number, _ in bench.reader.transitions()]
    bench.store.forget_transitions(numbers)
    bench.store.forget_transitions(numbers)
    assert bench.transitions() == []


def test_gap_asks_the_device_to_send_again(bench):
    bench.send("d-tank1", 0, START, level=1.0)
    bench.send("d-tank1", 4, START + 4, level=1.0)
    (request,) = bench.pipeline.backfill_requests()
    assert (str(request[0]), request[1], request[2]) == ("c/hupan/d/d-tank1/cmd", 1, 3)
    for seq in range(1, 4):
        bench.send("d-tank1", seq, START + seq, level=1.0)
    assert bench.pipeline.backfill_requests() == []
    assert bench.reader.account("d-tank1").missing == 0


def test_register_snapshot_is_read_back_whole(site):
    assert tuple(registry.read(site.paths.registry).devices.values()) == tuple(
        sorted(site.devices, key=lambda device: device.code)
    )
    data = json.loads(site.paths.registry.read_text(encoding="utf-8"))
    del data["devices"]["d-tank1"]["points"]
    site.paths.registry.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ValueError, match="damaged"):
        registry.read(site.paths.registry)
