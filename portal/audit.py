"""Who did what (审计日志): an append-only log, chained by digests, in a database of its own.

An act puts its entry into the outbox in its own transaction; a job appends it to the log. So no
act is without an entry, and acts do not wait for each other at the end of the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import transaction
from pyramid.traversal import resource_path
from pyramid_zodbconn import get_connection

from portal import clock
from portal.audit_log import (
    ANCHOR_NAME,
    AuditLog,
    canonical,
    plain,
    read_anchors,
    verify,
    write_anchor,
)
from portal.outbox import Record, job
from portal.redact import PERSONAL_KEYS, redact

LOG_KEY = "log"
LONGEST_DETAIL = 200


def record(
    request: Any,
    action: str,
    item: Any = None,
    before: Any = None,
    after: Any = None,
    *,
    actor: str = "",
    **detail: Any,
) -> str:
    """Promise one log entry in the current transaction and return its id.

    ``actor`` names the account that acts where the request does not yet: who logs in.
    ``before`` and ``after`` enter as digests only; of ``detail`` personal fields are masked.
    """
    entry = {
        "at": clock.now().isoformat(timespec="milliseconds"),
        "actor": actor or request.account_id or getattr(request, "job_actor", "system"),
        "role": getattr(request, "acting_role", ""),
        "request": getattr(request, "request_id", ""),
        "action": action,
        "path": "" if item is None else resource_path(item),
        "oid": getattr(item, "__oid__", None),
        "before": _digest(before),
        "after": _digest(after),
        "detail": {key: _safe(key, value) for key, value in sorted(detail.items())},
    }
    return request.site.outbox.put("audit.append", entry)


def _digest(value: Any) -> str:
    return "" if value is None else hashlib.sha256(canonical(value)).hexdigest()


def _safe(key: str, value: Any) -> Any:
    if key in PERSONAL_KEYS and value:
        return "***"
    if value is None or isinstance(value, bool | int):
        return value
    return redact(str(plain(value) if not isinstance(value, str) else value))[:LONGEST_DETAIL]


def log_of(request: Any) -> AuditLog:
    """Return the log for reading."""
    root = get_connection(request, "audit").root()
    return root.get(LOG_KEY) or AuditLog()


@contextmanager
def _apart(request: Any) -> Iterator[tuple[Any, AuditLog]]:
    """Open the newest log in a transaction of its own; yield its manager and the log."""
    manager = transaction.TransactionManager()
    connection = get_connection(request, "audit").db().open(transaction_manager=manager)
    try:
        root = connection.root()
        if LOG_KEY not in root:
            root[LOG_KEY] = AuditLog()
        yield manager, root[LOG_KEY]
    finally:
        manager.abort()
        connection.close()


def anchor_path(request: Any) -> Path:
    """Return the file outside the database that remembers how long the log was."""
    return request.registry.settings["yitang"].data / ANCHOR_NAME


@job("audit.append", batch=200, forever=True)
def append_entries(request: Any, records: list[Record]) -> None:
    """Append promised entries to the log, in a commit of its own before that of the outbox.

    Two databases cannot commit at one instant. If the process dies between the two commits, the
    entries are appended again and recognised by their ids; the other order could lose them.
    """
    with _apart(request) as (manager, log):
        for promised in records:
            log.append(promised.id, promised.values)
        length, head = log.count, log.head
        manager.commit()
    write_anchor(anchor_path(request), length, head)


def entries(request: Any, **query: Any) -> Iterator[dict[str, Any]]:
    """Yield log entries, newest first; see `AuditLog.query` for the filters."""
    return log_of(request).query(**query)


def first_fault(request: Any) -> int | None:
    """Derive the chain of the site's log again; return the index of the first fault, or None."""
    # Read before the log is opened: since then it can only have grown.
    anchors = read_anchors(anchor_path(request))
    with _apart(request) as (_, log):
        return verify(log, anchors)
