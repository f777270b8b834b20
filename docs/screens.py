"""Make the pictures of the docs and the page that shows them: ``make screens``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "etc"), str(ROOT)]

import screens  # noqa: E402
from browsing import log_in  # noqa: E402
from demo_pages import PAGES, login_of  # noqa: E402
from demo_site import PASSWORD, DemoSite  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
MOST_TOTAL = 4_000_000
# Of the pages that are reached only by doing something, those that show something new.
ACTED = ("review", "voucher", "proxy", "tablet-ballot")


def photograph(site: DemoSite, address: str, browser: Any) -> list[str]:
    """Write every picture and return the names in the order of the docs."""
    accounts = site.folder / "accounts.txt"
    accounts.write_text(f"Password  {PASSWORD}\n  {site.owners[0]}  \n", "ascii")
    names = []
    for login, name, path in screens.plan(accounts):
        screens.photograph(browser, address, [path], FOLDER, login=login, name=name)
        names.append(name)
    return names + [step(site, address, browser, page) for page in PAGES if page.name in ACTED]


def step(site: DemoSite, address: str, browser: Any, page: Any) -> str:
    """Write the pictures of a page that is reached only by doing something."""
    login = login_of(site, page.login)
    context = browser.new_context(locale="zh-CN", color_scheme="light")
    tab = context.new_page()
    log_in(tab, address, login, PASSWORD)
    tab.goto(address + page.path)
    page.act(tab)
    for width, height in screens.WIDTHS.items():
        tab.set_viewport_size({"width": width, "height": height})
        tall = min(tab.evaluate("document.documentElement.scrollHeight"), screens.MOST_HEIGHT)
        tab.set_viewport_size({"width": width, "height": max(height, tall)})
        path = FOLDER / f"{page.name}-{width}.jpg"
        tab.screenshot(path=path, type="jpeg", quality=screens.QUALITY)
    context.close()
    return str(page.name)


def write_index(names: list[str]) -> None:
    """Write the page that shows the pictures."""
    lines = [
        "# Pictures",
        "",
        "The demo site on a phone (390 px) and on a desktop (1280 px), made by `make screens`.",
        "",
    ]
    for name in names:
        lines += [f"## {name.replace('-', ' ').capitalize()}", ""]
        for width, shown in ((390, 220), (1280, 560)):
            source = f"screenshots/{name}-{width}.jpg"
            lines.append(f'<img src="{source}" alt="{name}, {width} px" width="{shown}">')
        lines.append("")
    (FOLDER.parent / "screens.md").write_text("\n".join(lines), "utf-8")


def main() -> None:
    """Play the demo, photograph it, write the page."""
    with tempfile.TemporaryDirectory() as data:
        site = DemoSite(Path(data), lambda words: sys.stderr.write(f"{words}\n"))
        try:
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=screens.CHROMIUM, args=screens.FLAGS)
                names = photograph(site, site.serve(), browser)
                browser.close()
        finally:
            site.close()
    known = {f"{name}-{width}.jpg" for name in names for width in screens.WIDTHS}
    for path in FOLDER.glob("*.jpg"):
        if path.name not in known:
            path.unlink()
    total = sum(path.stat().st_size for path in FOLDER.glob("*.jpg"))
    if total > MOST_TOTAL:
        sys.exit(f"screens: the pictures weigh {total} bytes, more than {MOST_TOTAL}")
    write_index(names)


if __name__ == "__main__":
    main()
