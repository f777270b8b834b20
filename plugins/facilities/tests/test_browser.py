"""The facilities in a real browser: on a phone and on a desktop, refreshed by themselves."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from waitress.server import create_server

from portal import clock, content
from tests.functional.conftest import PASSWORD, START, MovedClock, SiteUnderTest
from yitang_facilities.message import encode_reading
from yitang_facilities.paths import Paths
from yitang_facilities.pipeline import Pipeline
from yitang_facilities.simulator import Incident, values
from yitang_facilities.telemetry import TelemetryStore

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "etc"))

import browsing  # noqa: E402
import screens  # noqa: E402

MODULES = ROOT / "skins" / "node_modules"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HOME = "/communities/hupan/facilities"
DEVICE = f"{HOME}/devices/2026-001"
OVERFLOW = Incident("water-level", "level", 3.8, after=2400, lasts=3600)

pytestmark = pytest.mark.browser


class Served(SiteUnderTest):
    """A site with one device that has an hour of readings, an alarm and a work order."""

    def __init__(self, folder, moved_clock):
        super().__init__(folder, **{"yitang.plugins": "facilities"})
        self.clock = moved_clock
        self.scope, self.code = self.run(self.fill)
        self.make_account("eng", ("engineer", self.scope))
        self.drain()
        self.store = TelemetryStore(Paths(folder).telemetry)
        self.pipeline = Pipeline(self.store, Paths(folder).registry, self.now)
        self.pipeline.refresh()
        self.start, self.sent = self.now(), 0
        for _ in range(120):
            self.clock.forward(seconds=30)
            self.send()
        self.drain()
        with_alarm = self.run(lambda request: list(self.facilities(request)["alarms"]))
        self.pages = [
            HOME,
            f"{HOME}/devices",
            f"{HOME}/alarms",
            f"{HOME}/orders",
            DEVICE,
            f"{DEVICE}?range=day",
            f"{DEVICE}/overflow",
            f"{HOME}/alarms/{with_alarm[0]}",
            f"{HOME}/orders/2026-001",
            f"{HOME}/devices/add/device",
            f"{DEVICE}/add/alarm_rule",
            f"{HOME}/orders/add/work_order",
        ]

    def fill(self, request):
        community = content.create("community", request, title="湖畔花园")
        content.add(request.site["communities"], community, request, name="hupan")
        device = content.create(
            "device", request, title="1号水箱", kind="water-level", place="3幢地下泵房"
        )
        content.add(self.facilities(request)["devices"], device, request)
        return community.scope_id, device.code

    @staticmethod
    def facilities(request):
        return request.site["communities"]["hupan"]["facilities"]

    @staticmethod
    def now():
        return int(clock.now().timestamp() * 1000)

    def send(self, **measured):
        measured = measured or values(self.code, "water-level", self.start, self.now(), [OVERFLOW])
        payload = encode_reading(self.sent, self.now(), measured)
        self.pipeline.process([(f"c/hupan/d/{self.code}/t", payload)])
        self.sent += 1


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    moved_clock = MovedClock(START)
    clock.set_clock(moved_clock)
    site = Served(tmp_path_factory.mktemp("served"), moved_clock)
    server = create_server(site.app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.effective_port}"
    yield site
    server.close()
    thread.join(10)
    site.store.close()
    site.close()
    clock.set_clock(None)


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=screens.CHROMIUM, args=screens.FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_as_engineer(served, chromium):
    contexts = []

    def start(width, **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, locale="zh-CN", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        browsing.log_in(page, served.address, "eng", PASSWORD)
        return page

    yield start
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_the_pages_of_the_facilities(served, open_as_engineer, width):
    source = (MODULES / "axe-core" / "axe.min.js").read_text("utf-8")
    page, found = open_as_engineer(width), []
    for path in served.pages:
        page.goto(served.address + path)
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
    assert page.complaints == []


def test_no_page_of_the_facilities_scrolls_sideways(served, open_as_engineer):
    page, wide = open_as_engineer(320), []
    for path in served.pages:
        page.goto(served.address + path)
        extra = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if extra > 0:
            wide.append((path, extra))
    assert wide == []


def test_device_page_shows_a_new_value_without_being_reloaded(served, open_as_engineer):
    page = open_as_engineer(390)
    page.goto(served.address + DEVICE)
    page.evaluate("window.untouched = true")
    served.clock.forward(seconds=30)
    served.send(level=3.91)
    page.get_by_text("3.91 m").wait_for()
    assert page.evaluate("window.untouched")
    assert page.complaints == []


def test_work_order_is_taken_on_a_phone_without_script(served, open_as_engineer):
    page = open_as_engineer(390, java_script_enabled=False)
    page.goto(f"{served.address}{HOME}/orders/2026-001")
    page.click("summary:has-text('接单')")
    browsing.press(page, "button:has-text('接单')")
    assert "由我处理" in page.content()


def test_pages_of_the_facilities_are_valid_html(served, tmp_path):
    names, browser = {}, served.logged_in("eng")
    for path in served.pages:
        name = f"p{len(names)}.html"
        (tmp_path / name).write_text(browser.get(path).text, "utf-8")
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
