"""Photograph pages at phone and desktop width.

    etc/screens.py FOLDER                                   every page of the preview
    etc/screens.py FOLDER --site URL [--login NAME:PASSWORD] PATH ...    pages of a running site
    etc/screens.py FOLDER --site URL --accounts var/demo-accounts.txt    the pictures of the docs

The last form takes the pages from ``etc/screens.txt`` and needs a site made by ``yitang demo``.
"""

from __future__ import annotations

import argparse
import re
import sys
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from waitress.server import create_server

sys.path.insert(0, str(Path(__file__).resolve().parent))

import preview
from browsing import log_in

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {390: 844, 1280: 900}
# A longer page is cut: a picture is to be looked at.
MOST_HEIGHT = 1600
QUALITY = 68


def start_preview() -> tuple[Any, str]:
    """Serve the preview on a free port; returns the server and its address."""
    server = create_server(preview.application(), host="127.0.0.1", port=0, threads=2)
    threading.Thread(target=server.run, daemon=True).start()
    return server, f"http://127.0.0.1:{server.effective_port}"


def plan(accounts: Path) -> list[tuple[str, str, str]]:
    """Return (login, name, path) of every picture of the docs."""
    text = accounts.read_text("utf-8")
    password = re.search(r"^Password\s+(\S+)", text, re.MULTILINE)
    if password is None:
        sys.exit(f"screens: {accounts} names no password")
    owner = re.search(r"^\s+(\d{11})\s", text, re.MULTILINE)
    found = []
    for line in (Path(__file__).parent / "screens.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            who, name, path = line.split()
            login = owner[1] if who == "owner" and owner else who
            found.append(("" if who == "-" else f"{login}:{password[1]}", name, path))
    return found


def photograph(
    browser: Browser, site: str, paths: list[str], folder: Path, *, login: str, name: str
) -> None:
    """Write one picture for each path and width."""
    folder.mkdir(parents=True, exist_ok=True)
    for width, height in WIDTHS.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", color_scheme="light"
        )
        tab = context.new_page()
        if login:
            name_of, _, password = login.partition(":")
            log_in(tab, site, name_of, password)
        for path in paths:
            answer = tab.goto(site + path)
            if answer is None or not answer.ok:
                sys.exit(f"screens: {path} cannot be opened")
            # The tab bar is fixed to the window; on a long picture it would lie over the text.
            tall = min(tab.evaluate("document.documentElement.scrollHeight"), MOST_HEIGHT)
            tab.set_viewport_size({"width": width, "height": max(height, tall)})
            part = name or re.sub(r"[^a-z0-9]+", "-", path.replace("preview/", "").lower())
            tab.screenshot(
                path=folder / f"{part.strip('-') or 'home'}-{width}.jpg",
                type="jpeg",
                quality=QUALITY,
            )
            tab.set_viewport_size({"width": width, "height": height})
        context.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Photograph pages at phone and desktop width.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--site", default="", help="address of a running site")
    parser.add_argument("--login", default="", help="NAME:PASSWORD")
    parser.add_argument("--accounts", type=Path, help="the accounts file of a demo site")
    arguments = parser.parse_args()
    server, site, paths = None, arguments.site.rstrip("/"), arguments.paths
    if not site:
        server, site = start_preview()
        paths = paths or preview.paths()
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            folder = arguments.folder
            if arguments.accounts:
                for login, name, path in plan(arguments.accounts):
                    photograph(browser, site, [path], folder, login=login, name=name)
            else:
                photograph(browser, site, paths, folder, login=arguments.login, name="")
            browser.close()
    finally:
        if server is not None:
            server.close()


if __name__ == "__main__":
    main()
