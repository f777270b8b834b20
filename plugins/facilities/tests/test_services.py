"""The whole way through real brokers: nothing acknowledged is lost, nothing is doubled."""

import time
from contextlib import closing

import pytest
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv311

from yitang_facilities import access, credentials
from yitang_facilities.client import Connection, RefusedError, no_delay
from yitang_facilities.ingest import now_ms
from yitang_facilities.message import encode_reading
from yitang_facilities.readings import connect_to_read
from yitang_facilities.simulator import Incident, Member, SimulatedDevice
from yitang_facilities.telemetry import TelemetryReader


class Publisher:
    """A device that waits for the broker's acknowledgement of each message."""

    def __init__(self, site, device, password=None):
        self.topic = f"c/{site.community}/d/{device}/t"
        self.client = Client(CallbackAPIVersion.VERSION2, device, protocol=MQTTv311)
        self.client.username_pw_set(device, password or site.password(device))
        self.client.on_socket_open = no_delay
        self.client.max_inflight_messages_set(200)
        self.site, self.arrived = site, set()
        self.client.on_publish = lambda _client, _data, number, *_: self.arrived.add(number)

    def __enter__(self):
        self.client.connect("127.0.0.1", self.site.port)
        self.client.loop_start()
        self.site.wait_for(self.client.is_connected)
        return self

    def __exit__(self, *_):
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, payload, topic=None):
        return self.client.publish(topic or self.topic, payload, qos=1)

    def acknowledged(self, sent):
        # Also those given while Mosquitto, which drops who writes where it may not, was away:
        # the client sends them when it is back.
        wanted = {message.mid for message in sent}
        self.site.wait_for(lambda: wanted <= self.arrived)


def received(site, device):
    account = TelemetryReader(site.paths.telemetry).account(device)
    return account.received if account else 0


def stored_rows(site):
    """Count the readings that are kept; one that overtook others makes no difference."""
    total = 0
    for path in (site.paths.telemetry / site.community).glob("*.sqlite"):
        with closing(connect_to_read(path)) as connection:
            total += connection.execute("SELECT count(*) FROM hot").fetchone()[0]
    return total


@pytest.mark.services
@pytest.mark.clause("PM-6.1.1-e")
def test_ten_kills_of_ingest_lose_nothing_acknowledged(site):
    start, count = now_ms() - 60_000, 4000
    password = site.password("d-pump1")
    site.start_broker()
    # The first start opens the durable session that keeps messages from then on.
    site.kill(_started(site))
    ingest = site.start_ingest()
    with Publisher(site, "d-pump1", password) as device:
        sent = []
        for kill in range(10):
            for number in range(kill * count // 10, (kill + 1) * count // 10):
                payload = encode_reading(number, start + number, {"pressure": number / 1000})
                sent.append(device.publish(payload))
            site.wait_for(lambda kill=kill: received(site, "d-pump1") > kill * count // 12)
            site.kill(ingest)
            ingest = site.start_ingest()
        device.acknowledged(sent)
    site.wait_for(lambda: received(site, "d-pump1") == count)
    assert stored_rows(site) == count
    reader = TelemetryReader(site.paths.telemetry)
    assert reader.account("d-pump1").missing == 0
    curve = reader.curve(("hupan", "d-pump1", "pressure"), start, start + count, count)
    assert [round(sample.value * 1000) for sample in curve] == list(range(count))


def _started(site):
    ingest = site.start_ingest()
    # Only then the broker keeps what is sent.
    site.wait_for(lambda: "subscribed" in (site.paths.var / "ingest.log").read_text("utf-8"))
    return ingest


@pytest.mark.services
def test_messages_sent_while_ingest_sleeps_wait_in_mosquitto(site):
    """Mosquitto's own default would keep 1,000 and acknowledge all."""
    password = site.password("d-pump1")
    site.start_broker()
    site.kill(_started(site))
    start = now_ms() - 60_000
    with Publisher(site, "d-pump1", password) as device:
        device.acknowledged(
            [
                device.publish(encode_reading(number, start + number, {"pressure": 0.3}))
                for number in range(3000)
            ]
        )
    site.start_ingest()
    site.wait_for(lambda: received(site, "d-pump1") == 3000)


@pytest.mark.services
def test_killed_broker_loses_messages_and_the_device_sends_them_again(site):
    password = site.password("d-tank1")
    broker = site.start_broker()
    ingest = _started(site)
    member = Member("d-tank1", "water-level", site.community, password)
    device = SimulatedDevice(member, now_ms(), incidents=())
    device.connect("127.0.0.1", site.port)
    try:
        device.measure(now_ms())
        site.wait_for(lambda: received(site, "d-tank1") == 1)
        site.kill(ingest)
        for _ in range(50):
            time.sleep(0.002)
            device.measure(now_ms())
        site.wait_for(lambda: not device.pending())
        # Nothing of this is on Mosquitto's disk yet: its queue dies with it.
        site.kill(broker)
        site.start_broker()
        site.start_ingest()

        def complete():
            # A device goes on measuring; only a newer number shows that older ones are missing.
            device.measure(now_ms())
            account = TelemetryReader(site.paths.telemetry).account("d-tank1")
            return account.missing == 0 and account.received > 52

        site.wait_for(complete, 40)
    finally:
        device.close()
    account = TelemetryReader(site.paths.telemetry).account("d-tank1")
    assert account.epoch == 0
    assert account.received > account.last_seq


@pytest.mark.services
def test_simulated_overflow_raises_one_alarm_and_the_device_is_online(site):
    password = site.password("d-tank1")
    site.start_broker()
    _started(site)
    start = now_ms()
    incident = Incident("water-level", "level", 3.8, after=20, lasts=40)
    device = SimulatedDevice(Member("d-tank1", "water-level", "hupan", password), start, [incident])
    device.connect("127.0.0.1", site.port)
    reader = TelemetryReader(site.paths.telemetry)
    try:
        for second in range(120):
            device.measure(start + second * 1000)
        site.wait_for(lambda: received(site, "d-tank1") and stored_rows(site) == 120)
        assert reader.presence("d-tank1")[0] == "online"
    finally:
        device.close()
    # A rule begins when it is registered, so the two minutes lie just ahead of the clock.
    site.wait_for(lambda: reader.presence("d-tank1")[0] == "offline")
    site.wait_for(lambda: len(list(reader.transitions())) == 2)
    played = [(transition.to, transition.at - start) for _, transition in reader.transitions()]
    assert played == [("raised", 25_000), ("cleared", 90_000)]


@pytest.mark.services
def test_device_writes_only_below_its_own_code(site):
    password = site.password("d-pump1")
    site.start_broker()
    _started(site)
    with Publisher(site, "d-pump1", password) as device:
        foreign = encode_reading(0, now_ms(), {"level": 9.0})
        device.publish(foreign, f"c/{site.community}/d/d-tank1/t")
        device.publish(foreign, f"c/{site.community}/d/d-pump1/cmd")
        own = device.publish(encode_reading(0, now_ms(), {"pressure": 0.3}))
        device.acknowledged([own])
    site.wait_for(lambda: received(site, "d-pump1") == 1)
    reader = TelemetryReader(site.paths.telemetry)
    assert reader.last(site.community, "d-tank1") == {}
    assert reader.refused() == []


@pytest.mark.services
@pytest.mark.parametrize("user", ["d-pump1", "d-nobody", ""])
def test_wrong_password_or_unknown_name_is_not_let_in(any_site, user):
    any_site.password("d-pump1")
    any_site.start_broker()
    connection = Connection(
        "127.0.0.1", any_site.port, client_id="guest", login=(user, "guess"), topics=()
    )
    with pytest.raises(RefusedError):
        connection.connect()


@pytest.fixture(params=["mosquitto", "amqtt"])
def any_site(request):
    return request.getfixturevalue("site" if request.param == "mosquitto" else "embedded_site")


@pytest.mark.services
def test_new_credential_works_without_restarting_the_broker(any_site):
    any_site.start_broker()
    _started(any_site)
    password = any_site.password("d-pump1")

    def let_in():
        connection = Connection(
            "127.0.0.1", any_site.port, client_id="d", login=("d-pump1", password), topics=()
        )
        try:
            connection.connect()
        except RefusedError:
            return False
        connection.close()
        return True

    any_site.wait_for(let_in)


@pytest.mark.services
def test_every_message_arrives_through_the_embedded_broker_though_ingest_is_killed(embedded_site):
    """amqtt may drop what it was just sending to the dead process; the device sends it again."""
    site = embedded_site
    password = site.password("d-tank1")
    site.start_broker()
    ingest = _started(site)
    member = Member("d-tank1", "water-level", site.community, password)
    device = SimulatedDevice(member, now_ms(), incidents=())
    device.connect("127.0.0.1", site.port)
    start = now_ms()

    def send(numbers):
        for number in numbers:
            device.measure(start + number)

    def complete():
        account = TelemetryReader(site.paths.telemetry).account("d-tank1")
        send([next(later)])
        return account is not None and account.missing == 0 and account.received > 200

    later = iter(range(200, 100_000))
    try:
        send(range(100))
        site.wait_for(lambda: received(site, "d-tank1") and stored_rows(site) == 100)
        site.kill(ingest)
        send(range(100, 200))
        site.start_ingest()
        site.wait_for(complete, 40)
    finally:
        device.close()
    assert TelemetryReader(site.paths.telemetry).refused() == []


@pytest.mark.services
def test_second_ingest_process_refuses_to_start(site):
    site.start_broker()
    _started(site)
    second = site.start("ingest")
    assert second.wait(20) == 1


def test_password_file_holds_no_password_and_is_private(tmp_path):
    path = tmp_path / "mqtt" / "passwords"
    password = credentials.issue(path, "d-1")
    stored = credentials.read(path)["d-1"]
    assert password not in path.read_text("ascii")
    assert credentials.check_password(password, stored)
    assert not credentials.check_password(password + "x", stored)
    assert path.stat().st_mode & 0o077 == 0
    assert credentials.issue(path, "d-1") != password
    credentials.revoke(path, "d-1")
    assert credentials.read(path) == {}


def test_broker_refuses_to_listen_to_the_world_without_a_certificate(tmp_path):
    from yitang_facilities.broker import Listener

    with pytest.raises(ValueError, match="certificate"):
        Listener(bind="0.0.0.0")  # noqa: S104 - exactly this is refused


def test_topic_rights_are_exact():
    assert access.may("d-1", "c/x/d/d-1/t", write=True)
    assert not access.may("d-1", "c/x/d/d-2/t", write=True)
    assert not access.may("d-1", "c/x/d/d-1/cmd", write=True)
    assert access.may("d-1", "c/x/d/d-1/cmd", write=False)
    assert not access.may("d-1", "#", write=False)
    assert not access.may("d-1", "c/+/d/+/cmd", write=False)
    assert not access.may("ingest", "c/x/d/d-1/t", write=True)
    assert access.may("ingest", "c/+/d/+/t", write=False)
