"""Doing the same with many objects, each for itself (逐个处理)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

import transaction
from transaction.interfaces import TransientError

log = logging.getLogger(__name__)


def each_apart(request: Any, items: Iterable[Any], act: Callable[[Any], Any]) -> None:
    """Act on each object; what fails is undone, logged and left out, the others go on.

    Conflicts with other processes are raised, for they are cured by running everything again.
    """
    for item in list(items):
        before = transaction.savepoint(optimistic=True)
        try:
            act(item)
        except TransientError:
            raise
        # Any failure of one vote must not hold back all the others.
        except Exception as error:
            before.rollback()
            path = request.resource_path(item)
            log.warning("%s was left out: %s", path, type(error).__name__)
            log.debug("Failure at %s", path, exc_info=error)
            request.failures = [*getattr(request, "failures", ()), error]
