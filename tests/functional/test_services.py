"""The servers that tests start do what their products promise."""

import threading
import uuid
from contextlib import closing

import paho.mqtt.client as mqtt
import pytest
import redis
import transaction
import ZODB
import zodburi
from celery import Celery
from ZODB.POSException import ConflictError

pytestmark = pytest.mark.services


def open_database(uri):
    factory, options = zodburi.resolve_uri(uri)
    return ZODB.DB(factory(), **options)


def second_writer_is_refused(uri):
    """Whether two connections of two databases on one storage meet a conflict."""
    with closing(open_database(uri)) as first, closing(open_database(uri)) as second:
        with first.transaction() as connection:
            connection.root()["slot"] = ""
        managers = transaction.TransactionManager(), transaction.TransactionManager()
        connections = first.open(managers[0]), second.open(managers[1])
        for number, connection in enumerate(connections):
            connection.root()["slot"] = f"writer {number}"
        managers[0].commit()
        try:
            managers[1].commit()
        except ConflictError:
            managers[1].abort()
            connections[1].sync()
            return connections[1].root()["slot"] == "writer 0"
        finally:
            for connection, manager in zip(connections, managers, strict=True):
                manager.abort()
                connection.close()
        return False


def test_object_database_in_postgresql_refuses_the_second_writer(postgres):
    assert second_writer_is_refused(postgres.new_uri("keep_history=false"))


def test_databases_in_postgresql_are_separate(postgres):
    with closing(open_database(postgres.new_uri())) as first:
        with first.transaction() as connection:
            connection.root()["here"] = True
        with (
            closing(open_database(postgres.new_uri())) as second,
            second.transaction() as connection,
        ):
            assert "here" not in connection.root()


def test_object_database_on_zeo_refuses_the_second_writer(zeo):
    assert second_writer_is_refused(zeo.uri())


def test_zeo_keeps_the_audit_database_apart(zeo):
    with (
        closing(open_database(zeo.uri("main"))) as main,
        closing(open_database(zeo.uri("audit"))) as audit,
    ):
        with main.transaction() as connection:
            connection.root()["here"] = True
        with audit.transaction() as connection:
            assert "here" not in connection.root()


def test_redis_answers_and_carries_a_task_message(redis_url):
    with closing(redis.Redis.from_url(redis_url)) as client:
        assert client.ping()
    celery = Celery("probe", broker=redis_url, set_as_current=False)
    with celery.connection_for_write() as connection, connection.SimpleQueue("probe") as queue:
        queue.put({"id": "1"})
        message = queue.get(timeout=5)
        message.ack()
    assert message.payload == {"id": "1"}
    celery.close()


def test_mosquitto_carries_a_reading(mosquitto):
    topic, received, subscribed = f"probe/{uuid.uuid4()}", threading.Event(), threading.Event()
    payloads = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)

    def on_message(_client, _data, message):
        payloads.append(message.payload)
        received.set()

    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = on_message
    client.connect(*mosquitto)
    client.loop_start()
    try:
        client.subscribe(topic, qos=1)
        assert subscribed.wait(5)
        client.publish(topic, b'{"value": 21}', qos=1)
        assert received.wait(5)
    finally:
        client.disconnect()
        client.loop_stop()
    assert payloads == [b'{"value": 21}']
