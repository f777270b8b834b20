"""Photograph pages at phone and desktop width: ``etc/screens.py OUT [address ...]``.

Without an address it starts the preview and photographs every page of it.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from waitress.server import create_server

sys.path.insert(0, str(Path(__file__).resolve().parent))

import preview

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


def start_preview() -> tuple[Any, str]:
    """Serve the preview on a free port; returns the server and its address."""
    server = create_server(preview.application(), host="127.0.0.1", port=0, threads=2)
    threading.Thread(target=server.run, daemon=True).start()
    return server, f"http://127.0.0.1:{server.effective_port}"


def photograph(addresses: list[str], folder: Path, widths: dict[int, int]) -> None:
    """Write one full-page picture for each address and width."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width, height in widths.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", color_scheme="light"
            )
            tab = context.new_page()
            for address in addresses:
                tab.goto(address)
                name = address.split("/", 3)[-1].replace("preview/", "")
                name = "".join(c if c.isalnum() or c in "-_" else "-" for c in name).strip("-")
                tab.screenshot(path=folder / f"{name or 'home'}-{width}.png", full_page=True)
            context.close()
        browser.close()


def main() -> None:
    """Read the command line."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, addresses = Path(sys.argv[1]), sys.argv[2:]
    server = None
    if not addresses:
        server, base = start_preview()
        addresses = [base + path for path in preview.paths()]
    try:
        photograph(addresses, folder, WIDTHS)
    finally:
        if server is not None:
            server.close()


if __name__ == "__main__":
    main()
