"""Work promised inside a transaction and done after it (待办箱).

A record is written by the same commit as its cause, so a promise can neither be lost nor be made
for a change that was rolled back. A worker runs the job and deletes the record in one commit.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import transaction
from BTrees.OOBTree import OOBTree
from persistent import Persistent
from persistent.list import PersistentList
from persistent.mapping import PersistentMapping

from portal import clock
from portal.errors import ConfigurationError
from portal.job_registry import JOB_NAME, JOBS, PERIODICS, Job, Periodic, job, periodic

__all__ = ["JOBS", "PERIODICS", "Job", "Outbox", "Periodic", "Record", "job", "periodic"]

# One mapping per slot: two commits meet in the same slot (and conflict) in under 1 % of cases.
SLOTS = 1024
MAX_TRIES = 8
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)
# Above this many records in one transaction the worker is told once to look for itself.
MAX_POKES = 20

PENDING, FAILED = "pending", "failed"

RECORD_ID = re.compile(r"[0-9a-f]{32}")
_counter = itertools.count()


@dataclass(frozen=True, slots=True)
class Record:
    """One promised job. ``args`` is JSON text; times are aware UTC; ``error`` is a class name."""

    id: str
    job: str
    args: str
    created_at: datetime
    not_before: datetime | None = None
    tries: int = 0
    error: str = ""
    state: str = PENDING
    leased_until: datetime | None = None
    urgent: bool = False

    @property
    def order(self) -> tuple[bool, str]:
        """Return by what records are sorted: urgent first, then oldest first."""
        return not self.urgent, self.id

    @property
    def values(self) -> dict[str, Any]:
        """Return the arguments of the job."""
        return json.loads(self.args)

    def is_due(self, now: datetime) -> bool:
        """Say whether the job may run now."""
        waits = self.not_before is not None and self.not_before > now
        leased = self.leased_until is not None and self.leased_until > now
        return self.state == PENDING and not waits and not leased


# What is called with the ids of a commit; set by portal.tasks when there is a broker.
_poke: Callable[[list[str]], None] | None = None


def set_poke(function: Callable[[list[str]], None] | None) -> None:
    """Set what is called after a commit with the ids of its new records."""
    global _poke  # noqa: PLW0603 - one broker per process.
    _poke = function


def new_id(now: datetime) -> str:
    """Return a record id that sorts by time and order of creation and cannot be guessed.

    The counter keeps the order within a process when the clock stands still.
    """
    return f"{time_key(now)}{next(_counter) & 0xFFFFFF:06x}{secrets.token_hex(7)}"


def time_key(instant: datetime) -> str:
    """Return what the ids made at an instant begin with."""
    milliseconds = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return f"{milliseconds:012x}"


class Outbox(Persistent):
    """Records by random slot, so that commits of different people do not meet."""

    def __init__(self) -> None:
        self._slots = PersistentList(PersistentMapping() for _ in range(SLOTS))
        self.last_runs = OOBTree()

    def _slot(self, record_id: str) -> PersistentMapping:
        return self._slots[zlib.crc32(record_id.encode("ascii", "replace")) % SLOTS]

    def put(
        self,
        job_name: str,
        args: dict[str, Any] | None = None,
        not_before: datetime | None = None,
        *,
        urgent: bool = False,
    ) -> str:
        """Promise a job in the current transaction and return the id of its record.

        It does not run before an aware time ``not_before``; ``urgent`` ones overtake others.

        Raises ConfigurationError when the arguments are not plain JSON or the name is not one.
        """
        if not JOB_NAME.fullmatch(job_name):
            raise ConfigurationError(f"{job_name!r} is no job name.")
        if not_before is not None:
            if not_before.tzinfo is None:
                raise ConfigurationError("not_before must be an aware time.")
            not_before = not_before.astimezone(UTC)
        text = _json(job_name, args or {})
        now = clock.now()
        record = Record(new_id(now), job_name, text, now, not_before, urgent=urgent)
        self._store(record)
        _announce(self, record.id)
        return record.id

    def _store(self, record: Record) -> None:
        fields = {name: getattr(record, name) for name in Record.__slots__}
        self._slot(record.id)[record.id] = fields

    def get(self, record_id: str) -> Record | None:
        """Return a record, or None when it is done or never was."""
        fields = self._slot(record_id).get(record_id)
        return None if fields is None else Record(**fields)

    def discard(self, record_id: str) -> None:
        """Delete a record: its job is done."""
        self._slot(record_id).pop(record_id, None)

    def __iter__(self) -> Iterator[Record]:
        for slot in self._slots:
            for fields in slot.values():
                yield Record(**fields)

    def __len__(self) -> int:
        return sum(len(slot) for slot in self._slots)

    def __bool__(self) -> bool:
        return True

    def pending(self) -> list[Record]:
        """Return the records that still have to run, urgent ones first, then oldest first."""
        found = [record for record in self if record.state == PENDING]
        return sorted(found, key=lambda record: record.order)

    def due(self, now: datetime) -> list[Record]:
        """Return the records that may run now, in the order of `pending`."""
        return [record for record in self.pending() if record.is_due(now)]

    def failed(self) -> list[Record]:
        """Return the records that were given up; an operator decides about them."""
        found = [record for record in self if record.state == FAILED]
        return sorted(found, key=lambda record: record.id)

    def claim(self, record_id: str, until: datetime) -> None:
        """Keep others from starting a record before the given time."""
        record = self.get(record_id)
        if record is not None:
            self._store(replace(record, leased_until=until))

    def note_failure(self, record_id: str, error: str) -> None:
        """Count a failed try and set the next one, or give the record up after the last."""
        record = self.get(record_id)
        if record is None:
            return
        tries = record.tries + 1
        delay = min(FIRST_DELAY * 2 ** min(tries - 1, MAX_TRIES + 2), LONGEST_DELAY)
        known = JOBS.get(record.job)
        give_up = tries >= MAX_TRIES and not (known is not None and known.forever)
        self._store(
            replace(
                record,
                tries=tries,
                error=error,
                leased_until=None,
                not_before=clock.now() + delay,
                state=FAILED if give_up else PENDING,
            )
        )

    def retry(self, record_id: str) -> None:
        """Let a record that was given up run again at once."""
        record = self.get(record_id)
        if record is not None:
            self._store(replace(record, tries=0, not_before=None, leased_until=None, state=PENDING))
            _announce(self, record_id)


def _json(job_name: str, args: dict[str, Any]) -> str:
    try:
        text = json.dumps(args, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"Arguments of job {job_name!r} are not JSON: {error}") from error
    if json.loads(text) != args:
        raise ConfigurationError(f"Arguments of job {job_name!r} change on their way through JSON.")
    return text


def _announce(outbox: Outbox, record_id: str) -> None:
    """Call the poke once after this transaction, and only if it commits."""
    jar = outbox._p_jar  # noqa: SLF001 - the jar knows which manager commits this object.
    manager = transaction.manager if jar is None else jar.transaction_manager
    current = manager.get()
    try:
        ids = current.data(_announce)
    except KeyError:
        ids = []
        current.set_data(_announce, ids)
        current.addAfterCommitHook(_after_commit, (ids,))
    ids.append(record_id)


def _after_commit(committed: bool, ids: list[str]) -> None:
    if committed and _poke is not None:
        _poke(ids)
