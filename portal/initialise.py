"""The first start of a site (初始化): keys, the empty tree, one set-up link, no default account."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from portal import accounts, clock, evolution, jobs, vault
from portal.evidence import keys
from portal.security import SITE_SCOPE, Role
from portal.sessions import digest
from portal.site import create_site

SETUP_LIFE = timedelta(hours=24)
# How each key file of a site is made: field encryption, sessions, signatures, tally keys.
KEY_FILES: dict[str, Callable[[Path], Any]] = {
    "master.key": vault.create_key,
    "session.key": vault.create_key,
    "signing.key": keys.create_key_file,
    "kek.key": keys.create_kek_file,
}


def create_keys(folder: Path) -> list[Path]:
    """Create the missing key files and return them; existing keys are never touched."""
    made = []
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, create in KEY_FILES.items():
        path = folder / name
        if not path.exists():
            create(path)
            made.append(path)
    return made


def first_start(registry: Any, login: str = "admin") -> str:
    """Create the site and its administrator; returns the path of the set-up link.

    The path is empty when the site exists already.
    """

    def create(request: Any) -> str:
        site = create_site(request)
        if len(site.accounts):
            return ""
        evolution.mark_all_finished(site, registry)
        account = site.accounts.create(request.vault, login=login, kind="staff")
        accounts.grant(account, Role.ADMINISTRATOR, SITE_SCOPE)
        return setup_link(account)

    registry.initialising = True
    try:
        return jobs.transact(registry, create)
    finally:
        registry.initialising = False


def setup_link(account: Any) -> str:
    """Make a set-up link for an account that has no password yet; returns its path."""
    token = secrets.token_urlsafe(24)
    account.setup_digest = digest(token)
    account.setup_expires_at = clock.now() + SETUP_LIFE
    return f"/setup/{account.id}.{token}"
