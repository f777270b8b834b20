"""The pages of a site in the middle of a vote and after it, as each person sees them."""

import re

import pytest

from tests.browser.conftest import log_in, sideways
from tests.functional.assembly import Assembly

# An address that ends in a file name is shown on purpose; anything else of this form is an id.
MESSAGE_ID = re.compile(r"\b[a-z_]+\.[a-z_]+(?:\.[a-z_]+)*\b")
FILE = re.compile(r"\.(jpg|png|pdf|xlsx|csv|zip|json|py|md)$")


def shape_of(path):
    return re.sub(r"[0-9a-f]{8,}|\d+", "N", path)


def links(page, base):
    found = page.eval_on_selector_all("a[href]", "nodes => nodes.map(node => node.href)")
    for url in found:
        if url.startswith(base):
            yield url[len(base) :].split("#")[0].split("?")[0] or "/"


def walk(page, base, most):
    """Yield pages that can be reached, one of each shape, and their answers."""
    waiting, seen, count = ["/"], set(), 0
    while waiting and count < most:
        path = waiting.pop(0)
        if shape_of(path) in seen or "/file/" in path:
            continue
        seen.add(shape_of(path))
        answer = page.request.get(base + path)
        if "text/html" not in answer.headers["content-type"]:
            assert answer.ok, path
            continue
        count += 1
        page.goto(base + path)
        yield path, answer
        waiting += list(links(page, base))


@pytest.mark.parametrize(
    ("state", "login", "most"),
    [
        ("open", "anna", 25),
        ("open", "convenor", 30),
        ("closed", "", 15),
        ("closed", "convenor", 15),
    ],
)
def test_every_page_a_person_can_reach_keeps_the_house_rules(request, state, login, most):
    get = request.getfixturevalue
    axe, open_page = get("axe"), get("open_page")
    assembly = Assembly(get("site"), get("moved_clock")).open()
    if state == "closed":
        assembly.cast("anna", m1=["for"], m2=["for"])
        assembly.close()
        assembly.site.drain()
    base = get("serve")(assembly.site.app)
    faults, texts = [], {}
    page = open_page(390)
    if login:
        log_in(page, base, login)
    for path, answer in walk(page, base, most):
        texts[path] = answer.text()
        if not answer.ok:
            faults.append((path, answer.status))
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            faults += [(path, width, *one) for one in axe(page)]
            if extra := sideways(page):
                faults.append((path, width, "sideways", extra))
        faults += [
            (path, "untranslated", word)
            for word in MESSAGE_ID.findall(page.inner_text("body"))
            if not FILE.search(word)
        ]
    faults += get("html_faults")(texts)
    assert page.complaints == []
    assert faults == []
    assert len(texts) > most // 2
