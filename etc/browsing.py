"""Steps in a browser that lead to another page, for pictures and browser tests."""

from __future__ import annotations

import sys
from typing import Any


def press(tab: Any, target: Any) -> None:
    """Press what leads to another page, a selector or a locator, and wait for that page.

    Waiting for the load state after a click may find the old page, which is loaded already.
    """
    with tab.expect_navigation():
        if isinstance(target, str):
            tab.click(target)
        else:
            target.click()


def log_in(tab: Any, site: str, name: str, password: str) -> None:
    """Log in on the site's own page; stops when the pair is wrong."""
    tab.goto(f"{site}/login")
    tab.fill("input[name=login]", name)
    tab.fill("input[name=password]", password)
    press(tab, "#form button[name=save]")
    if "/login" in tab.url:
        sys.exit(f"{name} could not log in")
