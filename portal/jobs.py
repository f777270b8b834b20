"""Running what the outbox promised and what the clock asks for (任务执行), without any broker."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, partial
from importlib.metadata import entry_points
from typing import Any, NamedTuple

import transaction
from pyramid.scripting import prepare
from transaction.interfaces import TransientError

from portal import clock
from portal.errors import ConfigurationError
from portal.outbox import JOBS, PERIODICS, Job, Periodic, Record

log = logging.getLogger(__name__)

ATTEMPTS = 8
# A fresh record is left to the message sent after its commit; older ones are driven by the relay.
GRACE = timedelta(seconds=3)
RELAY_BUDGET = 20.0
# After this long the time of an idle run is written down too.
KEEP_RUN = timedelta(hours=1)


class Outcome(StrEnum):
    """What became of a record."""

    DONE = "done"
    GONE = "gone"
    FAILED = "failed"


class Drained(NamedTuple):
    """How many records were done and how many failed."""

    done: int
    failed: int


@contextmanager
def environment(registry: Any, actor: str = "system") -> Iterator[Any]:
    """Open a request on a fresh transaction; what the block did not commit is rolled back.

    ``request.root`` is the site, ``request.job_actor`` names who acts. Raises RuntimeError when
    the thread holds uncommitted changes, because beginning anew would drop them silently.
    """
    if _has_changes():
        raise RuntimeError("Commit or abort the open transaction before running jobs.")
    with prepare(registry=registry) as env:
        request = env["request"]
        request.root = env["root"]
        request.job_actor = actor
        request.tm.begin()
        try:
            yield request
        finally:
            request.tm.abort()
            # Closes the connection, as the router does after a request.
            request._process_finished_callbacks()  # noqa: SLF001


def transact(registry: Any, function: Callable[[Any], Any], actor: str = "system") -> Any:
    """Run ``function(request)`` in a transaction, again after a conflict; return its value."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with environment(registry, actor) as request:
                value = function(request)
                request.tm.commit()
                return value
        except TransientError:
            if attempt == ATTEMPTS:
                raise
        time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - parts rivals, no secret.
    raise AssertionError("unreachable")


def run_job(registry: Any, record_id: str, *, strict: bool = False) -> Outcome:
    """Run the job of one record; a failure is counted on the record and tried again later.

    ``strict`` raises what the job raised (for tests and commands).
    """
    record = transact(registry, lambda request: _take(request, record_id))
    if record is None:
        return Outcome.GONE
    try:
        transact(registry, lambda request: _perform(request, record_id), f"job:{record.job}")
    # Whatever a job raises must end on its record and must not end the worker.
    except Exception as error:
        name = type(error).__name__
        log.warning("Job %s of record %s failed: %s", record.job, record_id, name)
        log.debug("Failure of record %s", record_id, exc_info=error)
        transact(registry, lambda request: request.root.outbox.note_failure(record_id, name))
        if strict:
            raise
        return Outcome.FAILED
    return Outcome.DONE


def _take(request: Any, record_id: str) -> Record | None:
    """Return a due record, claimed when its job acts outside the database."""
    now = clock.now()
    box = request.root.outbox
    record = box.get(record_id)
    if record is None or not record.is_due(now):
        return None
    known = JOBS.get(record.job)
    if known is not None and known.lease is not None:
        box.claim(record_id, now + known.lease)
    return record


def _perform(request: Any, record_id: str) -> None:
    box = request.root.outbox
    record = box.get(record_id)
    if record is None:
        return
    known = JOBS.get(record.job)
    if known is None:
        raise ConfigurationError(f"No job is registered as {record.job!r}.")
    if known.batch == 1:
        request.record_id = record_id
        known.function(request, **record.values)
        box.discard(record_id)
        return
    records = _company(box, known, record)
    known.function(request, records)
    for done in records:
        box.discard(done.id)


def _company(box: Any, known: Job, record: Record) -> list[Record]:
    """Return the oldest fresh records of the same job, the given one among them.

    A record that failed before runs alone and spoils no company.
    """
    if record.tries:
        return [record]
    fresh = [r for r in box.due(clock.now()) if r.job == known.name and not r.tries]
    batch = fresh[: known.batch]
    return batch if record in batch else [record]


def _drain(registry: Any, ids: list[str], *, strict: bool, until: float | None = None) -> Drained:
    outcomes = []
    for record_id in ids:
        if until is not None and time.monotonic() > until:
            break
        outcomes.append(run_job(registry, record_id, strict=strict))
    return Drained(len(ids) - outcomes.count(Outcome.FAILED), outcomes.count(Outcome.FAILED))


def run_pending(app_or_registry: Any, *, strict: bool = False) -> Drained:
    """Run everything that is due, and what it causes, until nothing due is left.

    Needs a thread without uncommitted changes. ``strict`` raises the first failure.
    """
    registry = getattr(app_or_registry, "registry", app_or_registry)
    total = Drained(0, 0)
    # A failed record waits for its next try, so every round leaves fewer due records behind.
    while ids := _due_ids(registry):
        part = _drain(registry, ids, strict=strict)
        total = Drained(total.done + part.done, total.failed + part.failed)
    return total


def _due_ids(registry: Any, grace: timedelta | None = None) -> list[str]:
    now = clock.now()

    def look(request: Any) -> list[str]:
        return [
            record.id
            for record in request.root.outbox.due(now)
            if grace is None or not timedelta(0) <= now - record.created_at < grace
        ]

    return transact(registry, look)


_relaying = threading.Lock()


def relay(registry: Any, *, at_once: bool = False) -> Drained:
    """Run what the messages did not: lost, late, failed before, or left by a dead worker."""
    if not _relaying.acquire(blocking=False):
        return Drained(0, 0)
    try:
        ids = _due_ids(registry, None if at_once else GRACE)
        return _drain(registry, ids, strict=False, until=time.monotonic() + RELAY_BUDGET)
    finally:
        _relaying.release()


def tick(app_or_registry: Any, *, strict: bool = False) -> list[str]:
    """Run the clock-driven functions that are due; return their names."""
    registry = getattr(app_or_registry, "registry", app_or_registry)
    ran, seen, asleep = [], _seen_runs(registry), _packages_off(registry)
    for entry in list(PERIODICS.values()):
        if entry.name.partition(".")[0] in asleep:
            continue
        failures: list[Exception] = []
        try:
            at, failures = transact(registry, partial(_run_periodic, entry=entry), entry.name)
            if at is not None:
                seen[entry.name] = at
                ran.append(entry.name)
        # One function that fails must not stop the clock for the others; it runs again next time.
        except Exception as error:
            log.warning("Periodic %s failed: %s", entry.name, type(error).__name__)
            log.debug("Failure of %s", entry.name, exc_info=error)
            if strict:
                raise
        if strict and failures:
            raise failures[0]
    return ran


def _run_periodic(request: Any, entry: Periodic) -> tuple[datetime | None, list[Exception]]:
    now = clock.now()
    kept, seen = request.root.outbox.last_runs, _seen_runs(request.registry)
    last = max(filter(None, (kept.get(entry.name), seen.get(entry.name))), default=None)
    # A clock that was set back counts as due, else the work would rest for as long.
    if last is not None and last <= now < last + entry.every:
        return None, []
    entry.function(request, now)
    # A run that found nothing to do is only remembered here, so that an idle site does not grow.
    before = kept.get(entry.name)
    if _has_changes() or before is None or not before <= now < before + KEEP_RUN:
        kept[entry.name] = now
    return now, getattr(request, "failures", [])


def _seen_runs(registry: Any) -> dict[str, datetime]:
    if not hasattr(registry, "periodic_runs"):
        registry.periodic_runs = {}
    return registry.periodic_runs


@cache
def _plugin_packages() -> dict[str, str]:
    """Return the package of every installed plugin by its name."""
    points = entry_points(group="portal.plugins")
    return {point.name: point.module.partition(".")[0] for point in points}


def _packages_off(registry: Any) -> frozenset[str]:
    """Return the packages of plugins that are installed but not switched on at this site."""
    enabled = registry.settings["yitang"].plugins
    packages = _plugin_packages().items()
    return frozenset(package for name, package in packages if name not in enabled)


def _has_changes() -> bool:
    """Say whether the thread's transaction would write something."""
    held = transaction.manager.manager._txn  # noqa: SLF001 - no public look without a begin.
    return held is not None and bool(held._resources)  # noqa: SLF001
