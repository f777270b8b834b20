"""A real browser, and the house rules every page must keep in it."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from waitress.server import create_server

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "etc"))

import browsing  # noqa: E402
import screens  # noqa: E402
from demo_site import DemoSite  # noqa: E402

from portal import clock  # noqa: E402
from tests.functional import conftest as functional  # noqa: E402

# The sites of the functional tests.
moved_clock, open_site, site = functional.moved_clock, functional.open_site, functional.site

SKINS = ROOT / "skins"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# Two browsers cannot be driven at once, and the plugins' tests start one of their own.
@pytest.fixture(scope="package")
def browser():
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=screens.CHROMIUM, args=screens.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def played_demo(tmp_path_factory):
    """Play the demo's story once for all tests and serve it."""
    site = DemoSite(tmp_path_factory.mktemp("demo"))
    site.address = site.serve()
    yield site
    site.close()


@pytest.fixture
def demo(played_demo):
    """Return the demo site with its clock standing still where the story ends."""
    played_demo.stop_clock()
    yield played_demo
    clock.set_clock(None)


@pytest.fixture
def serve():
    """Serve a WSGI application on a free port for the length of a test."""
    servers = []

    def start(app):
        server = create_server(app, host="127.0.0.1", port=0, threads=2)
        threading.Thread(target=server.run, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.effective_port}"

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def open_page(browser):
    """Open a page that collects what the browser complains about."""
    contexts = []

    def open_one(width, **kw):
        context = browser.new_context(
            viewport={"width": width, "height": 844}, locale="zh-CN", **kw
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on(
            "console",
            lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe():
    """Return what axe finds on a page: (rule, html)."""
    source = (SKINS / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")

    def find(page):
        page.evaluate(source)
        result = page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
        )
        return [
            (item["id"], node["html"][:160])
            for item in result["violations"]
            for node in item["nodes"]
        ]

    return find


@pytest.fixture
def html_faults(tmp_path):
    """Return what the HTML validator finds in texts given by name: (name, line, message)."""

    def find(texts):
        folder = tmp_path / "html"
        folder.mkdir()
        names = list(texts)
        for number, name in enumerate(names):
            (folder / f"p{number}.html").write_text(texts[name], "utf-8")
        command = [SKINS / "node_modules" / ".bin" / "html-validate"]
        command += ["-c", SKINS / ".htmlvalidate.json", "-f", "json", folder]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        return [
            (names[int(Path(file["filePath"]).stem[1:])], message["line"], message["message"])
            for file in json.loads(done.stdout)
            for message in file["messages"]
        ]

    return find


def log_in(page, base, name):
    """Log in as somebody of the functional tests' sites."""
    browsing.log_in(page, base, name, functional.PASSWORD)


def sideways(page):
    """Return by how many pixels a page is wider than its window."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
