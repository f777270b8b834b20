"""`yitang import-register`: a building register from a spreadsheet into a community."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from portal.errors import ConfigurationError
from portal.scripts.processes import database_running, load_site

REFUSED = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("community", help="address of the community, as in /communities/NAME")
    parser.add_argument("file", type=Path, help="XLSX or CSV file, one owner per row")
    parser.add_argument(
        "--only-good", action="store_true", help="leave out units with a refused row"
    )
    parser.add_argument("--check", action="store_true", help="say what is wrong, write nothing")


def run(arguments: argparse.Namespace) -> int:
    """Import the file in one transaction; 1 when refused rows kept it from being written."""
    from pyramid.paster import get_app

    from portal import jobs

    site = load_site(arguments.ini)
    data = arguments.file.read_bytes()

    def work(request: Any) -> Any:
        community = request.site["communities"].get(arguments.community)
        if community is None:
            raise ConfigurationError(f"There is no community {arguments.community!r}.")
        return community["owners"].import_file(
            request,
            data,
            arguments.file.name,
            only_good=arguments.only_good,
            check_only=arguments.check,
        )

    with database_running(site):
        result = jobs.transact(get_app(site.ini, "main").registry, work)
    for line in result.lines:
        sys.stdout.write(line + "\n")
    return REFUSED if result.blocked else 0
