"""The fund's pages in a real browser: nothing hinders anybody, on a phone and on a desktop."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fund_site import FundSite
from fund_steps import DEPOSITS, FUND, decide, path_of, requested, step, upload
from playwright.sync_api import sync_playwright
from waitress.server import create_server

from portal import clock
from tests.functional.conftest import PASSWORD, START

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "etc"))

import browsing  # noqa: E402
import screens  # noqa: E402

MODULES = ROOT / "skins" / "node_modules"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WRONG = [["9栋", "", "A01", "8000.001", START.date(), "00000009"], [*DEPOSITS[0][:5], "77"]]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve a site with every page of the fund filled; yields it with its address."""
    with clock.freeze(START):
        site = FundSite(tmp_path_factory.mktemp("served"))
        site.booked_url = path_of(upload(site.as_("manager"), DEPOSITS))
        step(site.as_("checker"), site.booked_url, "book")
        site.wrong_url = path_of(upload(site.as_("manager"), WRONG))
        site.refused_url = requested(site)
        decide(site)
        site.paid_url = requested(site, amount_fen="1234.56")
        step(site.as_("checker"), site.paid_url, "approve")
        step(site.as_("manager"), site.paid_url, "pay")
        server = create_server(site.app, host="127.0.0.1", port=0, threads=2)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        site.address = f"http://127.0.0.1:{server.effective_port}"
        yield site
        server.close()
        thread.join(10)
        site.close()


def pages_of(site):
    """Return the pages with who looks at them."""
    return {
        "manager": [
            FUND,
            f"{FUND}/upload",
            f"{FUND}/units",
            f"{FUND}/vouchers",
            f"{FUND}/vouchers/4",
            f"{FUND}/add/drawdown",
            site.booked_url,
            site.wrong_url,
            site.refused_url,
        ],
        "owner-101": [
            FUND,
            f"{FUND}/statement?unit=b1/1-101",
            site.paid_url,
            f"{site.paid_url}/shares",
        ],
    }


@pytest.fixture(scope="module")
def visits(served):
    """Yield a function that opens every page at a width as the person it is for."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=screens.CHROMIUM, args=screens.FLAGS)

        def visit(width):
            for login, paths in pages_of(served).items():
                context = browser.new_context(
                    viewport={"width": width, "height": 844}, locale="zh-CN"
                )
                page = context.new_page()
                page.complaints = []
                page.on(
                    "console",
                    lambda m, p=page: p.complaints.append(m.text) if m.type == "error" else None,
                )
                browsing.log_in(page, served.address, login, PASSWORD)
                for path in paths:
                    page.goto(served.address + path)
                    yield page, path
                assert page.complaints == []
                context.close()

        yield visit
        browser.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_the_pages_of_the_fund(visits, width):
    source = (MODULES / "axe-core" / "axe.min.js").read_text("utf-8")
    found = []
    for page, path in visits(width):
        page.evaluate(source)
        result = page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
        )
        found += [
            (path, item["id"], node["html"][:160])
            for item in result["violations"]
            for node in item["nodes"]
        ]
    assert found == []


def test_no_page_of_the_fund_scrolls_sideways(visits):
    wide = []
    for page, path in visits(320):
        extra = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if extra > 0:
            wide.append((path, extra))
    assert wide == []


def test_pages_of_the_fund_are_valid_html(served, tmp_path):
    names = {}
    for login, paths in pages_of(served).items():
        for path in paths:
            name = f"p{len(names)}.html"
            (tmp_path / name).write_text(served.as_(login).get(path).text, "utf-8")
            names[name] = path
    done = subprocess.run(
        [
            MODULES / ".bin" / "html-validate",
            *("-c", ROOT / "skins" / ".htmlvalidate.json", "-f", "json", tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    faults = [
        (names[Path(file["filePath"]).name], message["line"], message["message"])
        for file in json.loads(done.stdout)
        for message in file["messages"]
    ]
    assert faults == []
