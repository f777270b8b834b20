"""Every page template with sample values, in a real browser under the portal's own policy."""

import gzip
import re

import preview
import pytest
import screens

from tests.browser.conftest import sideways

BUDGET = 120_000


@pytest.fixture(scope="module")
def base():
    server, address = screens.start_preview()
    yield address
    server.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_any_page(base, open_page, axe, width):
    page = open_page(width)
    found = []
    for path in preview.paths():
        page.goto(base + path)
        found += [(path, *one) for one in axe(page)]
    assert found == []


@pytest.mark.parametrize("query", ["", "?mode=elder", "?lang=en"])
def test_no_page_scrolls_sideways_or_breaks_the_content_policy(base, open_page, query):
    page = open_page(320)
    wide = []
    for path in preview.paths():
        page.goto(base + path + query)
        if extra := sideways(page):
            wide.append((path, extra))
    assert wide == []
    assert page.complaints == []


def test_english_pages_show_no_message_id(base, open_page):
    page = open_page(390)
    left = []
    for path in preview.paths():
        for language in ("en", "zh_CN"):
            page.goto(f"{base}{path}?lang={language}")
            text = page.inner_text("body")
            left += [(path, word) for word in re.findall(r"\b[a-z_]+\.[a-z]+_[a-z_]+\b", text)]
    assert [hit for hit in left if not hit[1].endswith(".py")] == []


def test_a_page_weighs_less_than_the_budget(base, open_page):
    page = open_page(390)
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
    assert 0 < heaviest[0] <= BUDGET, heaviest


def test_pages_are_valid_html(base, browser, html_faults):
    request = browser.new_context().request
    texts = {path: request.get(base + path).text() for path in preview.paths()}
    assert html_faults(texts) == []


def test_targets_are_large_enough_for_a_finger(base, open_page):
    page = open_page(390)
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
    assert small == []


def test_the_error_summary_has_the_focus_and_leads_to_the_field(base, open_page):
    for script in (True, False):
        page = open_page(390, java_script_enabled=script)
        page.goto(f"{base}/preview/styleguide")
        link = page.locator("#sample [data-error-summary] a").first
        target = link.get_attribute("href")
        link.focus()
        page.keyboard.press("Enter")
        assert page.locator(target).count() == 1
        assert page.locator(f"label[for='{target[1:]}']").count() == 1


def test_a_list_grows_and_shrinks_with_script(base, open_page):
    page = open_page(390)
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


def test_a_printed_notice_has_no_navigation_but_a_place_for_the_seal(base, open_page):
    page = open_page(1280)
    page.goto(f"{base}/preview/announcement")
    page.emulate_media(media="print")
    assert not page.locator(".masthead").is_visible()
    assert not page.locator(".tabbar").is_visible()
    assert not page.locator(".footer").is_visible()
    assert page.locator(".seal-place").first.is_visible()
