"""`yitang run NAME`: become one process of the site, for any process control."""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys

from portal.errors import ConfigurationError
from portal.scripts.processes import load_site, site_processes

PR_SET_PDEATHSIG = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the name of the process."""
    parser.add_argument("name", help="one of: database, web, worker, beat, or a plugin's")
    parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)


def die_with(parent: int) -> None:
    """Have the kernel end this process when its parent dies, even by SIGKILL (Linux)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # The parent may have died before the call.
    if os.getppid() != parent:
        sys.exit(0)


def run(arguments: argparse.Namespace) -> int | None:
    """Become the named process."""
    if arguments.parent:
        die_with(arguments.parent)
    site = load_site(arguments.ini)
    table = {process.name: process for process in site_processes(site)}
    if arguments.name not in table:
        known = ", ".join(table)
        raise ConfigurationError(f"There is no process {arguments.name}; this site has {known}.")
    return table[arguments.name].run(site)
