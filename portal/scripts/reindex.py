"""`yitang reindex`: make the index of the search anew from the stored objects."""

from __future__ import annotations

import argparse
import sys

from portal.scripts.processes import database_running, load_site


def configure(parser: argparse.ArgumentParser) -> None:
    """Add no options; the index follows from the objects alone."""


def run(arguments: argparse.Namespace) -> None:
    """Make the index anew and say how many objects it holds."""
    from pyramid.paster import get_app

    from portal import fulltext, jobs

    site = load_site(arguments.ini)
    with database_running(site):
        registry = get_app(site.ini, "main").registry
        with jobs.environment(registry) as request:
            count = fulltext.rebuild_from_site(request)
    sys.stdout.write(f"The index of the search was made anew; it holds {count} objects.\n")
