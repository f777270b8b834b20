"""`yitang init`: keys, the empty site and the set-up link of its first administrator."""

from __future__ import annotations

import argparse

from portal.scripts.processes import database_running, load_site


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--login", default="admin", help="login name of the administrator")


def run(arguments: argparse.Namespace) -> None:
    """Create what is missing; a site that exists is left as it is."""
    from pyramid.paster import get_app

    from portal import settings as portal_settings
    from portal.initialise import create_keys, first_start

    site = load_site(arguments.ini)
    settings = portal_settings.read(site.settings)
    for path in create_keys(settings.keys):
        print(f"Created the key {path}. Keep a copy of it apart from the backups.")
    # Process control writes its logs there.
    (site.var / "log").mkdir(parents=True, exist_ok=True)
    with database_running(site):
        link = first_start(get_app(site.ini, "main").registry, arguments.login)
    if not link:
        print("The site exists already; nothing was changed.")
        return
    print(f"Created the site. {arguments.login} sets a password within 24 hours at")
    print(f"    {settings.base_url}{link}")
