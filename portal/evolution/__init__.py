"""Steps that bring stored objects up to the installed release (演进), one module each.

A module ``sYYYYMMDD_purpose`` has a function ``evolve(root, registry)``. Start-up of a site with
unfinished steps is refused; ``yitang evolve`` runs them.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from substanced.evolution import FINISHED_KEY, add_evolution_step
from substanced.interfaces import IEvolutionSteps

from portal import clock
from portal.errors import ConfigurationError


def includeme(config: Any) -> None:
    """Register every step module of this package in the order of their names."""
    config.add_directive("add_evolution_step", add_evolution_step)
    previous = None
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        if not info.name.startswith("s"):
            continue
        module = importlib.import_module(f"{__name__}.{info.name}")
        config.add_evolution_step(module.evolve, after=previous, name=info.name)
        previous = info.name


def steps(registry: Any) -> list[tuple[str, Any]]:
    """Return all registered steps in order."""
    sorter = registry.queryUtility(IEvolutionSteps)
    return [] if sorter is None else [pair for _, pair in sorter.sorted()]


def unfinished(site: Any, registry: Any) -> list[tuple[str, Any]]:
    """Return the steps a site has not run yet."""
    done = site._p_jar.root().get(FINISHED_KEY, {})  # noqa: SLF001 - the database's own root
    return [(name, step) for name, step in steps(registry) if name not in done]


def finish(site: Any, name: str) -> None:
    """Note that a site has run a step."""
    root = site._p_jar.root()  # noqa: SLF001 - as above
    root[FINISHED_KEY] = {**root.get(FINISHED_KEY, {}), name: clock.now()}


def mark_all_finished(site: Any, registry: Any) -> None:
    """Note on a new site that it needs none of the steps."""
    for name, _ in steps(registry):
        finish(site, name)


def check(site: Any, registry: Any) -> None:
    """Refuse to start on a database of an older release."""
    open_steps = [name for name, _ in unfinished(site, registry)]
    if open_steps:
        raise ConfigurationError(
            f"The database needs `yitang evolve` first: {', '.join(open_steps)}."
        )


def evolve(site: Any, registry: Any) -> list[str]:
    """Run the unfinished steps in the current transaction; returns their names."""
    done = []
    for name, step in unfinished(site, registry):
        step(site, registry)
        finish(site, name)
        done.append(name)
    return done
