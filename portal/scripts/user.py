"""`yitang user`: list, create and lock accounts; give and take roles."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from portal.errors import ConfigurationError
from portal.scripts.processes import database_running, load_site


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="list accounts with their roles, no personal data")
    for name, text in (
        ("create", "create a staff account and print its set-up link"),
        ("link", "print a new set-up link, for a forgotten password"),
        ("lock", "lock an account and end its sessions"),
        ("unlock", "unlock an account"),
    ):
        actions.add_parser(name, help=text).add_argument("login")
    for name, text in (("grant", "give a role"), ("revoke", "take a role away")):
        action = actions.add_parser(name, help=text)
        action.add_argument("login")
        action.add_argument("role", help="for example street_officer")
        action.add_argument(
            "place", help="'site', or the address of an office or community: /communities/NAME"
        )


def run(arguments: argparse.Namespace) -> None:
    """Carry out one action in one transaction."""
    from pyramid.paster import get_app

    from portal import jobs

    site = load_site(arguments.ini)
    with database_running(site):
        registry = get_app(site.ini, "main").registry
        lines = jobs.transact(registry, lambda request: act(arguments, request))
    sys.stdout.write("\n".join(lines) + "\n")


def act(arguments: argparse.Namespace, request: Any) -> list[str]:
    """Carry out one action; return the lines to print."""
    from portal import accounts, audit
    from portal.initialise import setup_link

    if arguments.action == "list":
        return [
            f"{one.id}  {one.kind:<6} {'active' if one.active else 'locked':<7} "
            f"{one.login or '(mobile number)'}  {' '.join('@'.join(g) for g in one.grants)}"
            for one in request.root.accounts
        ]
    base_url = request.registry.settings["yitang"].base_url
    if arguments.action == "create":
        account = request.root.accounts.create(request.vault, login=arguments.login, kind="staff")
    else:
        account = request.root.accounts.find(request.vault, arguments.login)
        if account is None:
            raise ConfigurationError(f"There is no account {arguments.login!r}.")
    audit.record(request, f"account.{arguments.action}", account=account.id, by="operator")
    if arguments.action in ("create", "link"):
        return [f"{base_url}{setup_link(account)}"]
    if arguments.action in ("lock", "unlock"):
        account.active = arguments.action == "unlock"
        ended = 0 if account.active else request.root.sessions.end_all(account.id)
        return [f"{arguments.login} is {arguments.action}ed; {ended} sessions ended."]
    change = accounts.grant if arguments.action == "grant" else accounts.revoke
    change(account, _role(arguments.role), _scope(arguments.place, request))
    return [f"{arguments.login}: {' '.join('@'.join(g) for g in account.grants)}"]


def _role(name: str) -> str:
    from portal.security import Role

    if name not in set(Role):
        raise ConfigurationError(f"There is no role {name!r}; roles are {', '.join(Role)}.")
    return name


def _scope(place: str, request: Any) -> str:
    from pyramid.traversal import find_resource

    from portal.security import SITE_SCOPE

    if place == SITE_SCOPE:
        return SITE_SCOPE
    try:
        found = find_resource(request.root, place)
    except KeyError:
        raise ConfigurationError(f"There is no place {place}.") from None
    if not getattr(found, "scope_id", ""):
        raise ConfigurationError(f"Roles cannot be held at {place}.")
    return found.scope_id
