"""`yitang check`: is everything that is stored still what was written?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from portal.scripts.processes import database_running, load_site

FAILED = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--quick", action="store_true", help="leave out reading every object and every file"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one line per check; 1 when one failed."""
    from pyramid.paster import get_app

    from portal import jobs

    site = load_site(arguments.ini)
    failed = 0
    with database_running(site):
        registry = get_app(site.ini, "main").registry
        with jobs.environment(registry) as request:
            for name, fault in checks(request, quick=arguments.quick):
                failed += bool(fault)
                word, tail = ("FAILED", f": {fault}") if fault else ("ok", "")
                sys.stdout.write(f"{word:<8}{name}{tail}\n")
                sys.stdout.flush()
            for text in notes(request):
                sys.stdout.write(f"note    {text}\n")
    return FAILED if failed else 0


def notes(request: Any) -> Iterator[str]:
    """Yield how the site is protected now; what is missing is said, not failed."""
    from portal import protection

    for line in protection.lines(request):
        values = ", ".join(f"{name} {value}" for name, value in line.values)
        word = "" if line.good else "weaker than it could be: "
        yield f"{word}{line.name} {line.state}" + (f" ({values})" if values else "")


def checks(request: Any, *, quick: bool) -> Iterator[tuple[str, str]]:
    """Yield the name of each check and what is wrong, empty when nothing is."""
    from portal import audit, evolution, fulltext

    open_steps = [name for name, _ in evolution.unfinished(request.root, request.registry)]
    yield "evolution", f"run `yitang evolve`: {', '.join(open_steps)}" if open_steps else ""
    fault = audit.first_fault(request)
    yield "audit chain", "" if fault is None else f"first fault at entry {fault}"
    failed = request.root.outbox.failed()
    yield "outbox", f"{len(failed)} jobs were given up, see /outbox" if failed else ""
    missing, extra = fulltext.difference(request)
    fault = ""
    if missing or extra:
        fault = f"run `yitang reindex`: {len(missing)} objects missing, {len(extra)} too many"
    yield "full-text index", fault
    for check in request.registry.integrity_checks:
        yield from check(request)
    if not quick:
        yield "object database", _read_all(request)


def _read_all(request: Any) -> str:
    """Load every object record of the main database; return the first that does not load."""
    storage = request.root._p_jar.db().storage  # noqa: SLF001 - the storage has no public way.
    iterate = getattr(storage, "iterator", None)
    if iterate is None:
        return ""
    from ZODB.serialize import referencesf

    count = 0
    for transaction in iterate():
        for record in transaction:
            count += 1
            try:
                if record.data:
                    referencesf(record.data)
            except Exception as error:  # noqa: BLE001 - a damaged pickle may raise anything.
                return f"record {record.oid.hex()} of {count}: {type(error).__name__}"
    return ""
