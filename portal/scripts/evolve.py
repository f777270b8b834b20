"""`yitang evolve`: bring stored objects up to the installed release."""

from __future__ import annotations

import argparse
import os
import sys

from portal.scripts.processes import database_running, load_site


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--list", action="store_true", help="name the open steps, run none")


def run(arguments: argparse.Namespace) -> None:
    """Run the open steps in one transaction."""
    os.environ["YITANG_EVOLVING"] = "1"
    from pyramid.paster import get_app

    from portal import evolution, jobs

    site = load_site(arguments.ini)
    with database_running(site):
        registry = get_app(site.ini, "main").registry
        act = evolution.unfinished if arguments.list else evolution.evolve
        done = jobs.transact(registry, lambda request: list(act(request.root, registry)))
    names = [step if isinstance(step, str) else step[0] for step in done]
    word = "Open" if arguments.list else "Done"
    sys.stdout.write("\n".join(f"{word}: {name}" for name in names) or "Nothing to do.")
    sys.stdout.write("\n")
