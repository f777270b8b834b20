"""Every page template with sample values, in a real browser under the portal's own policy."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "etc"))

import preview  # noqa: E402
import screens  # noqa: E402

AXE = ROOT / "skins" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BUDGET = 120_000


@pytest.fixture(scope="module")
def base():
    server, address = screens.start_preview()
    yield address
    server.close()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=screens.CHROMIUM, args=screens.FLAGS)
        yield browser
        browser.close()


def open_page(browser, width, **kw):
    context = browser.new_context(viewport={"width": width, "height": 844}, locale="zh-CN", **kw)
    page = context.new_page()
    page.complaints = []
    page.on(
        "console",
        lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_any_page(base, browser, width):
    page = open_page(browser, width)
    source = AXE.read_text("utf-8")
    found = []
    for path in preview.paths():
        page.goto(base + path)
        page.evaluate(source)
        result = page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
        )
        found += [
            (path, item["id"], node["html"][:160])
            for item in result["violations"]
            for node in item["nodes"]
        ]
    page.context.close()
    assert found == []


@pytest.mark.parametrize("query", ["", "?mode=elder", "?lang=en"])
def test_no_page_scrolls_sideways_or_breaks_the_content_policy(base, browser, query):
    page = open_page(browser, 320)
    wide = []
    for path in preview.paths():
        page.goto(base + path + query)
        extra = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if extra > 0:
            wide.append((path, extra))
    assert wide == []
    assert page.complaints == []
    page.context.close()


def test_english_pages_show_no_message_id(base, browser):
    page = open_page(browser, 390)
    left = []
    for path in preview.paths():
        for language in ("en", "zh_CN"):
            page.goto(f"{base}{path}?lang={language}")
            text = page.inner_text("body")
            left += [(path, word) for word in re.findall(r"\b[a-z_]+\.[a-z]+_[a-z_]+\b", text)]
    page.context.close()
    assert [hit for hit in left if not hit[1].endswith(".py")] == []


def test_a_page_weighs_less_than_the_budget(base, browser):
    page = open_page(browser, 390)
    sizes = {}
    page.on("response", lambda r: sizes.__setitem__(r.url, len(gzip.compress(r.body()))))
    heaviest = (0, "")
    for path in preview.paths():
        if path.endswith("styleguide"):
            continue
        sizes.clear()
        page.goto(base + path)
        page.wait_for_load_state("networkidle")
        heaviest = max(heaviest, (sum(sizes.values()), path))
        page.context.clear_cookies()
    page.context.close()
    assert 0 < heaviest[0] <= BUDGET, heaviest


def test_pages_are_valid_html(base, browser, tmp_path):
    command = shutil.which("npx") and ROOT / "skins" / "node_modules" / ".bin" / "html-validate"
    request = browser.new_context().request
    for number, path in enumerate(preview.paths()):
        (tmp_path / f"p{number}.html").write_text(request.get(base + path).text(), "utf-8")
    done = subprocess.run(
        [str(command), "-c", str(ROOT / "skins" / ".htmlvalidate.json"), "-f", "json", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    messages = [
        (preview.paths()[int(Path(file["filePath"]).stem[1:])], m["line"], m["message"])
        for file in report
        for m in file["messages"]
    ]
    assert messages == []


def test_targets_are_large_enough_for_a_finger(base, browser):
    page = open_page(browser, 390)
    small = []
    for path in preview.paths():
        page.goto(base + path)
        small += page.evaluate(
            """path => [...document.querySelectorAll(
                 'button, .btn, input:not([type=hidden]), select, textarea, summary, .tabbar a')]
               .map(e => [path, e.closest('label') ?? e])
               .map(([p, e]) => [p, e.outerHTML.slice(0, 100), e.getBoundingClientRect()])
               .filter(([p, h, r]) => r.width > 1 && (r.height < 43.5 || r.width < 43.5))
               .map(([p, h, r]) => [p, h, r.width, r.height])""",
            path,
        )
    page.context.close()
    assert small == []


def test_the_error_summary_has_the_focus_and_leads_to_the_field(base, browser):
    for script in (True, False):
        page = open_page(browser, 390, java_script_enabled=script)
        page.goto(f"{base}/preview/styleguide")
        link = page.locator("#sample [data-error-summary] a").first
        target = link.get_attribute("href")
        link.focus()
        page.keyboard.press("Enter")
        assert page.locator(target).count() == 1
        assert page.locator(f"label[for='{target[1:]}']").count() == 1
        page.context.close()


def test_a_list_grows_and_shrinks_with_script(base, browser):
    page = open_page(browser, 390)
    page.goto(f"{base}/preview/styleguide")
    items = page.locator("#sample .sequence [data-sequence-items] > .sequence__item")
    assert items.count() == 1
    page.locator("#sample [data-sequence-add]").click()
    assert items.count() == 2
    ids = page.eval_on_selector_all("#sample [id]", "nodes => nodes.map(node => node.id)")
    assert len(ids) == len(set(ids))
    items.nth(1).locator("[data-sequence-remove]").click()
    assert items.count() == 1
    items.nth(0).locator("[data-sequence-remove]").click()
    assert items.count() == 1
    page.context.close()


def test_a_printed_notice_has_no_navigation_but_a_place_for_the_seal(base, browser):
    page = open_page(browser, 1280)
    page.goto(f"{base}/preview/announcement")
    page.emulate_media(media="print")
    assert not page.locator(".masthead").is_visible()
    assert not page.locator(".tabbar").is_visible()
    assert not page.locator(".footer").is_visible()
    assert page.locator(".seal-place").first.is_visible()
    page.context.close()
