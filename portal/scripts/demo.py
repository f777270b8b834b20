"""`yitang demo`: play a whole owners' meeting and leave a site to look at."""

from __future__ import annotations

import argparse
import importlib
import os
import secrets
import sys
import textwrap
import time

from portal.errors import ConfigurationError
from portal.scripts.processes import database_running, load_site

# Named, not imported: the kernel knows no content type.
STORY = "content_types.story.play"
ACCOUNTS = "demo-accounts.txt"
ONE_DAY = 86_400
WIDTH = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--quiet", action="store_true", help="print only the accounts")


def run(arguments: argparse.Namespace) -> None:
    """Play the story on an empty site; a site that holds something is refused."""
    # Nobody is told of work while the story does it itself, and nobody is kept waiting.
    os.environ.update({"YITANG_BROKER": "none", "YITANG_LIMITS": "off"})
    from pyramid.paster import get_app

    from portal import clock, initialise, jobs
    from portal import settings as portal_settings

    site = load_site(arguments.ini)
    settings = portal_settings.read(site.settings)
    if not settings.demo:
        raise ConfigurationError("This is no demo site: yitang.demo is not set in its settings.")
    initialise.create_keys(settings.keys)
    began = time.monotonic()

    def say(text: str) -> None:
        if not arguments.quiet:
            sys.stdout.write(f"[{time.monotonic() - began:5.1f} s] {text}\n")
            sys.stdout.flush()

    with database_running(site):
        registry = get_app(site.ini, "main").registry
        initialise.first_start(registry)
        if jobs.transact(registry, lambda request: len(request.root["communities"])):
            raise ConfigurationError("The site is not empty; the demo plays on a new one only.")
        password = f"demo-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
        story = importlib.import_module(STORY)
        try:
            played = story.play(registry, password, say)
            # Plugins go on where the story ends; each returns its accounts: (log-in name, role).
            extra = [one for step in registry.demo_steps for one in step(registry, password, say)]
        finally:
            clock.set_clock(None)
    behind = int((played.ended - clock.now()).total_seconds())
    if abs(behind) > ONE_DAY:
        (site.var / portal_settings.DEMO_CLOCK).write_text(str(behind), "ascii")
        say(f"The clock of this demo runs {-behind // ONE_DAY} days behind.")
    lines = accounts_text([*played.accounts, *extra], played.tries, password, settings.base_url)
    path = site.var / ACCOUNTS
    path.touch(mode=0o600)
    path.write_text(lines, "utf-8")
    sys.stdout.write(lines)
    sys.stdout.write(f"The accounts stand in {path} too.\n")


def accounts_text(
    accounts: list[tuple[str, str]], tries: list[tuple[str, str]], password: str, url: str
) -> str:
    """Return what to print: address, accounts, and what to try with which of them."""
    lines = [f"Address   {url}", f"Password  {password}   (the same for all accounts below)", ""]
    lines += [f"  {login:<12} {who}" for login, who in accounts]
    lines += ["", "What to try:", ""]
    for login, act in tries:
        lines += textwrap.wrap(
            act,
            WIDTH,
            initial_indent=f"  {login or '(nobody)':<12} ",
            subsequent_indent=" " * 15,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join([*lines, ""])
