"""The worker's side of the outbox (任务): Celery carries ids, ``portal.jobs`` does the work.

What has to be done stands in the outbox, so a lost or doubled message does no harm: the relay
drives whatever is left.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import Celery
from kombu.exceptions import KombuError
from kombu.pools import producers
from pyramid.paster import get_app, get_appsettings

from portal import file_queue, jobs, outbox
from portal.errors import ConfigurationError
from portal.jobs import relay, run_job, run_pending, tick, transact
from portal.outbox import job, periodic
from portal.settings import read

__all__ = ["celery_app", "job", "periodic", "relay", "run_job", "run_pending", "tick", "transact"]

log = logging.getLogger(__name__)

FILESYSTEM = "filesystem://"
RELAY_SECONDS = 2.0
TICK_SECONDS = 2.0

celery_app = Celery("yitang", set_as_current=False)
celery_app.conf.update(
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_default_queue="yitang",
    timezone="UTC",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    # The outbox remembers what ran; beat needs no memory of its own.
    beat_scheduler="celery.beat:Scheduler",
    beat_max_loop_interval=1,
    beat_schedule={
        "relay": {
            "task": "portal.relay",
            "schedule": RELAY_SECONDS,
            "options": {"expires": RELAY_SECONDS * 2},
        },
        "tick": {
            "task": "portal.tick",
            "schedule": TICK_SECONDS,
            "options": {"expires": TICK_SECONDS * 2},
        },
    },
)


def includeme(config: Any) -> None:
    """Take the broker from the settings and poke it after commits."""
    use_broker(config.registry.settings)


def use_broker(settings: dict[str, Any]) -> None:
    """Point Celery at the broker of ``yitang.broker``; with ``none`` nobody is told of new work.

    ``filesystem:///folder`` needs no server, ``redis://host/0`` serves several machines.
    """
    url = read(settings).broker
    if url == "none":
        outbox.set_poke(None)
        return
    options: dict[str, Any] = {}
    if url.startswith(FILESYSTEM):
        options = _folders(Path(url.removeprefix(FILESYSTEM)))
        url = f"{file_queue.SCHEME}://"
    elif url.startswith(("redis://", "rediss://")):
        options = {"socket_connect_timeout": 1, "socket_timeout": 5}
    celery_app.conf.update(broker_url=url, broker_transport_options=options)
    outbox.set_poke(poke)


def _folders(queue: Path) -> dict[str, Any]:
    messages, control = queue / "messages", queue / "control"
    for folder in (messages, control):
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "store_processed": False,
        "polling_interval": 0.1,
    }


# After a broker did not answer nobody waits for it again for a while.
PAUSE = 5.0
_silent_until = 0.0


def poke(record_ids: list[str]) -> None:
    """Tell the workers about new records; a broker that is away is no error."""
    global _silent_until  # noqa: PLW0603 - one broker per process.
    if time.monotonic() < _silent_until:
        return
    # A person waits for this commit's answer: one try, no waiting.
    at_once = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    connection = celery_app.connection_for_write(connect_timeout=1, transport_options=at_once)
    away = (KombuError, OSError, *connection.connection_errors, *connection.channel_errors)
    try:
        with producers[connection].acquire(block=True, timeout=2) as producer:
            _send(producer, record_ids)
    except away as error:
        _silent_until = time.monotonic() + PAUSE
        log.warning("Broker does not answer (%s); the relay takes over.", type(error).__name__)


def _send(producer: Any, record_ids: list[str]) -> None:
    options = {"producer": producer, "retry": False}
    if len(record_ids) > outbox.MAX_POKES:
        celery_app.send_task("portal.relay", args=[True], **options)
        return
    for record_id in record_ids:
        celery_app.send_task("portal.run", args=[record_id], task_id=record_id, **options)


def _build_from_ini() -> Any:
    return get_app(_ini()).registry


def _ini() -> str:
    path = os.environ.get("YITANG_INI")
    if not path:
        raise ConfigurationError("Set YITANG_INI to the site's ini file.")
    return path


# How a worker process gets its site; tests put their own small application here.
builder: Callable[[], Any] = _build_from_ini

_lock = threading.Lock()
_registry: Any = None


def use_registry(registry: Any) -> None:
    """Let the tasks of this process work for an application that is already built."""
    global _registry  # noqa: PLW0603 - one site per worker process.
    _registry = registry


def current_registry() -> Any:
    """Return the registry of the site, building the application on first use.

    Built late so that a forking worker opens its databases after the fork.
    """
    with _lock:
        if _registry is None:
            use_registry(builder())
    return _registry


@celery_app.on_configure.connect
def _configure_from_ini(*_: Any, **__: Any) -> None:
    """Give a worker started by command its broker without building the site."""
    if os.environ.get("YITANG_INI"):
        use_broker(get_appsettings(_ini()))


@celery_app.task(name="portal.run")
def _run_task(record_id: str) -> None:
    if isinstance(record_id, str) and outbox.RECORD_ID.fullmatch(record_id):
        jobs.run_job(current_registry(), record_id)


@celery_app.task(name="portal.relay")
def _relay_task(at_once: bool = False) -> None:
    jobs.relay(current_registry(), at_once=at_once is True)


@celery_app.task(name="portal.tick")
def _tick_task() -> None:
    jobs.tick(current_registry())
