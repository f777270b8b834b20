"""The broker is a convenience: messages are plain JSON ids, and its absence delays, no more."""

import json

import pytest

from portal import jobs, outbox, tasks
from tests.services import free_port
from tests.unit.site_helper import close, make_registry


@pytest.fixture
def site_with(tmp_path, monkeypatch):
    registries = []

    def make(broker):
        monkeypatch.setattr(tasks, "_silent_until", 0.0)
        registries.append(make_registry(**{"yitang.broker": broker, "yitang.data": str(tmp_path)}))
        return registries[-1]

    yield make
    outbox.set_poke(None)
    for registry in registries:
        close(registry)


def put(registry, number=1):
    def promise(request):
        return [request.root.outbox.put("test.secret", {"phone": "x"}) for _ in range(number)]

    return jobs.transact(registry, promise)


def messages(tmp_path):
    found = [json.loads(p.read_text("utf-8")) for p in (tmp_path / "queue/messages").iterdir()]
    return [(m["headers"]["task"], m["headers"]["id"], m["content-type"]) for m in found]


def test_message_carries_the_id_and_nothing_else(site_with, tmp_path):
    registry = site_with(f"filesystem://{tmp_path}/queue")
    (record_id,) = put(registry)
    assert messages(tmp_path) == [("portal.run", record_id, "application/json")]
    (path,) = (tmp_path / "queue/messages").iterdir()
    assert "phone" not in path.read_text("utf-8")


def test_many_records_of_one_commit_send_one_message(site_with, tmp_path):
    put(site_with(f"filesystem://{tmp_path}/queue"), outbox.MAX_POKES + 1)
    assert [task for task, _, _ in messages(tmp_path)] == ["portal.relay"]


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_commit_stands_when_the_broker_is_away(site_with, scheme):
    registry = site_with(f"{scheme}://127.0.0.1:{free_port()}/0")
    (record_id,) = put(registry)
    assert jobs.transact(registry, lambda r: r.root.outbox.get(record_id)) is not None
    assert tasks._silent_until > 0


@pytest.mark.parametrize("payload", ["", "x" * 32, "../../etc", None, 7, {"a": 1}, "A" * 32])
def test_poisoned_message_is_ignored(site_with, monkeypatch, payload):
    registry = site_with("none")
    monkeypatch.setattr(tasks, "_registry", registry)
    tasks.celery_app.tasks["portal.run"].run(payload)
    assert jobs.transact(registry, lambda request: len(request.root.outbox)) == 0


def test_worker_accepts_json_only():
    assert tasks.celery_app.conf.accept_content == ["json"]
    assert tasks.celery_app.conf.task_serializer == "json"
