"""Every important page of the demo site, as the person it is for, by the house rules."""

import gzip
import re
from dataclasses import dataclass, field
from functools import cache

import pytest
import yaml
from browsing import log_in
from bs4 import BeautifulSoup
from demo_pages import PAGES, login_of
from demo_site import PASSWORD

from tests.browser.conftest import SKINS, sideways

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

BUDGET = 120_000
# The audit log names what was done by its code, as the log itself does.
WITH_CODES = ("audit",)
ID = re.compile(r"\b[a-z_]+(?:\.[a-z_]+)+\b")
# Texts of some length that have less than two and a half signs on a line.
SQUEEZED = """() => {
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [], range = document.createRange();
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim();
    if (text.length < 6) continue;
    range.selectNodeContents(walk.currentNode);
    const lines = new Set([...range.getClientRects()].filter(r => r.width > 1).map(r => r.top));
    if (lines.size && text.length / lines.size < 2.5) found.push(text.slice(0, 40));
  }
  return found;
}"""
FILE = re.compile(r"\.(jpg|png|pdf|xlsx|csv|zip|json|py|md)$")


@cache
def areas():
    """Return the first words of all message ids."""
    files = (SKINS / "locale" / "messages").glob("*.yaml")
    ids = (key for file in files for key in yaml.safe_load(file.read_text("utf-8")))
    return {key.partition(".")[0] for key in ids}


@dataclass
class Seen:
    """What was found on a page."""

    name: str
    status: int
    html: str
    text: str
    language: str
    headings: int
    weight: int
    axe: list = field(default_factory=list)
    wide: list = field(default_factory=list)
    squeezed: list = field(default_factory=list)


class Person:
    """Somebody in a browser that notes every complaint and every address it asks."""

    def __init__(self, browser, demo, login, **options):
        self.demo, self.complaints, self.hosts, self.answer = demo, [], set(), None
        self.context = browser.new_context(locale="zh-CN", **options)
        self.tab = self.context.new_page()
        self.tab.on("console", self._console)
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda r: self.hosts.add(r.url.split("/")[2]))
        self.tab.on("response", self._response)
        if login:
            log_in(self.tab, demo.address, login, PASSWORD)

    def _console(self, message):
        # A refused page is told by its status; what else fails to load is noted below.
        told = message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not told:
            self.complaints.append((self.tab.url, message.text))

    def _response(self, response):
        page = response.request.is_navigation_request()
        if not page and response.status >= 400:
            self.complaints.append((self.tab.url, response.url, response.status))
        if page and not 300 <= response.status < 400:
            self.answer = response

    def visit(self, page):
        self.tab.goto(self.demo.address + page.path)
        if page.act is not None:
            page.act(self.tab)


@pytest.fixture(scope="module")
def walked(played_demo, browser, axe):
    """Visit every page once; returns what was seen and the persons."""
    played_demo.stop_clock()
    persons, seen, weights = {}, [], {}

    def weigh(tab, url):
        if url not in weights:
            weights[url] = len(gzip.compress(tab.request.get(url).body()))
        return weights[url]

    for page in PAGES:
        person = persons.get(page.login)
        if person is None:
            login = login_of(played_demo, page.login)
            person = persons[page.login] = Person(browser, played_demo, login)
        tab = person.tab
        person.visit(page)
        html = person.answer.text()
        parts = tab.eval_on_selector_all(
            "link[rel=stylesheet], script[src]", "nodes => nodes.map(n => n.href || n.src)"
        )
        found = Seen(
            page.name,
            person.answer.status,
            html,
            tab.inner_text("body"),
            tab.get_attribute("html", "lang"),
            tab.locator("h1").count(),
            len(gzip.compress(html.encode())) + sum(weigh(tab, url) for url in parts),
        )
        for width in (320, 390, 768, 1280):
            tab.set_viewport_size({"width": width, "height": 844})
            if extra := sideways(tab):
                found.wide.append((page.name, width, extra))
            if width == 390:
                found.squeezed += [(page.name, text) for text in tab.evaluate(SQUEEZED)]
            if width in (390, 1280):
                found.axe += [(page.name, width, *one) for one in axe(tab)]
        seen.append(found)
    yield seen, persons
    for person in persons.values():
        person.context.close()


def test_every_page_answers_the_person_it_is_for(walked):
    seen, _ = walked
    expected = {"missing": 404}
    assert [(s.name, s.status) for s in seen if s.status != expected.get(s.name, 200)] == []


def test_axe_finds_nothing_on_phone_and_desktop(walked):
    assert [fault for one in walked[0] for fault in one.axe] == []


def test_no_page_scrolls_sideways_at_any_width(walked):
    assert [fault for one in walked[0] for fault in one.wide] == []


def test_no_text_is_squeezed_to_a_column_of_letters_on_a_phone(walked):
    assert [fault for one in walked[0] for fault in one.squeezed] == []


def test_no_complaint_in_the_console_and_no_request_to_another_host(walked):
    _, persons = walked
    assert [fault for person in persons.values() for fault in person.complaints] == []
    hosts = {host for person in persons.values() for host in person.hosts}
    assert len(hosts) == 1, hosts


def test_every_page_is_valid_html(walked, html_faults):
    assert html_faults({one.name: one.html for one in walked[0]}) == []


def test_every_page_weighs_less_than_the_budget(walked):
    heavy = [(one.name, one.weight) for one in walked[0] if one.weight > BUDGET]
    assert heavy == []


def test_every_page_names_its_language_and_has_one_heading(walked):
    assert [one.name for one in walked[0] if one.language != "zh-CN"] == []
    assert [(one.name, one.headings) for one in walked[0] if one.headings != 1] == []


def untranslated(text):
    known = areas()
    return [
        word
        for word in ID.findall(text)
        if word.partition(".")[0] in known and not FILE.search(word)
    ]


def test_no_chinese_page_shows_a_message_id(walked):
    found = [(one.name, word) for one in walked[0] for word in untranslated(one.text)]
    assert [pair for pair in found if pair[0] not in WITH_CODES] == []


@pytest.fixture
def in_english(demo):
    """Let every account of the demo read English for the length of a test."""

    def speak(language):
        def change(request):
            for account in request.site.accounts:
                account.language = language

        demo.run(change)

    speak("en")
    yield demo
    speak("")


def test_no_english_page_shows_a_message_id(walked, in_english):
    _, persons = walked
    left = []
    for page in PAGES:
        if page.act is not None or page.name in WITH_CODES:
            continue
        person = persons[page.login]
        english = {"name": "yitang_lang", "value": "en", "url": in_english.address}
        person.context.add_cookies([english])
        answer = person.tab.request.get(in_english.address + page.path)
        soup = BeautifulSoup(answer.text(), "html.parser")
        assert soup.html["lang"] == "en", page.name
        left += [(page.name, word) for word in untranslated(soup.body.get_text(" "))]
    assert left == []
