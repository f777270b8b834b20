"""Which function runs a job (任务登记): filled by decorators when a module is imported."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal.errors import ConfigurationError

JOB_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


@dataclass(frozen=True, slots=True)
class Job:
    """A registered function that runs records of one name."""

    name: str
    function: Callable[..., Any]
    lease: timedelta | None = None
    batch: int = 1
    forever: bool = False


@dataclass(frozen=True, slots=True)
class Periodic:
    """A registered function that the clock runs."""

    name: str
    function: Callable[..., Any]
    every: timedelta


JOBS: dict[str, Job] = {}
PERIODICS: dict[str, Periodic] = {}


def job(
    name: str, *, lease: timedelta | None = None, batch: int = 1, forever: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register ``f(request, **args)`` as the job of that name.

    A job that acts outside ZODB takes a ``lease``: nobody else starts it meanwhile. With
    ``batch`` > 1 the function is ``f(request, records)`` and gets up to that many records at once.
    A job that is ``forever`` is tried until it succeeds, never given up.
    Raises ConfigurationError for a bad or doubly used name.
    """
    if not JOB_NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} is no job name: use words like 'meeting.close'.")
    if lease is not None and batch > 1:
        raise ConfigurationError(f"Job {name!r} cannot have both a lease and a batch.")

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        known = JOBS.get(name)
        if known is not None and _path(known.function) != _path(function):
            raise ConfigurationError(f"Two functions are registered as job {name!r}.")
        JOBS[name] = Job(name, function, lease, batch, forever)
        return function

    return register


def periodic(*, seconds: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register ``f(request, now)`` to run every so many seconds of the portal's clock.

    A missed run is made up once, not once for every interval missed: look at ``now``, not at runs.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = _path(function)
        PERIODICS[name] = Periodic(name, function, timedelta(seconds=seconds))
        return function

    return register


def _path(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
