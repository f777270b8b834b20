"""Unusual values put into a site must not turn up where they do not belong.

An owner with a name, phone and document that occur nowhere else goes the whole way; then files,
logs, addresses, pages and answers are searched for them.
"""

from __future__ import annotations

import logging
import re
from fractions import Fraction
from urllib.parse import quote, urldefrag, urlsplit

import pytest

from tests.functional.assembly import Assembly, meeting_of
from tests.functional.owner_steps import register, verify
from tests.functional.voting_steps import vote

NAME, PHONE = "龘靐齉", "19987654321"
BODY = "44030519870613777"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
NUMBER = BODY + "10X98765432"[sum(map(int.__mul__, map(int, BODY), WEIGHTS)) % 11]
CANARIES = (NAME, PHONE, NUMBER)
NONCE = "c0ffee" * 5 + "42"
ROLES = ("", "dora", "residents", "records", "street", "convenor", "root", "auditor")
MOST_PAGES = 60
API = (
    "communities",
    "communities/haitang",
    "communities/haitang/announcements",
    "communities/haitang/meetings",
    "communities/haitang/meetings/2026-001",
    "communities/haitang/meetings/2026-001/motions",
    "communities/haitang/meetings/2026-001/result",
    "communities/haitang/archives",
    f"search?q={quote(NAME)}",
    f"search?q={PHONE}",
)


def join(assembly: Assembly) -> None:
    """Make the owner of the canaries a co-owner of 1-101, as an import would."""

    def write(request) -> None:
        unit = assembly.unit(request, "101")
        owners = unit.owners(request.vault)
        canary = {"name": NAME, "id_kind": "resident_id", "id_number": NUMBER, "phone": PHONE}
        canary |= {"share": Fraction(1, 2), "registered_on": None}
        unit.write(request.vault, {}, [*owners, canary])
        books = meeting_of(request).community["owners"]
        for holder in unit.holders:
            books.by_token[f"person:{holder.person}"] = (unit.code,)

    assembly.site.run(write)


def bind(browser) -> None:
    """Bind the unit that the page offers at once."""
    page = browser.get("/me/bind")
    form = next(form for form in page.forms.values() if "unit" in form.fields)
    if form["unit"].value is None:
        form["unit"].checked = True
    form.submit(status=303)


def stored(folder) -> dict[str, bytes]:
    """Return every byte the site keeps outside the folder of its keys."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "keys" not in path.parts
    }


def assert_nothing_of(words, files, where="") -> None:
    """Assert that none of the words lies in any of the files, in the ways they are written."""
    for word in words:
        ways = {word.encode(how) for how in ("utf-8", "gb18030", "utf-16-le")}
        ways.add(word.encode("ascii", "backslashreplace"))
        for name, data in files.items():
            assert not any(way in data for way in ways), (word, name, where)


def crawl(browser) -> dict[str, str]:
    """Return what the links of the site lead to, for as many pages as the test looks at."""
    found: dict[str, str] = {}
    waiting = ["/", Assembly.path, "/votes", "/search?q=101", "/communities/haitang/buildings/b1/"]
    while waiting and len(found) < MOST_PAGES:
        address = waiting.pop(0)
        if address in found:
            continue
        answer = browser.get(address, expect_errors=True)
        assert answer.status_int < 500, address
        found[address] = answer.text if answer.content_type.startswith("text/") else ""
        if answer.location:
            waiting.append(urlsplit(answer.location)._replace(scheme="", netloc="").geturl())
        for link in re.findall(r'href="(/[^"]*)"', found[address]):
            target = quote(urldefrag(link).url.replace("&amp;", "&"), safe="/?&=%+:~")
            if not target.startswith(("/static/", "/vendor/", "/help", "/login")):
                waiting.append(target)
    return found


@pytest.fixture
def played(open_site, moved_clock, caplog):
    """Play the meeting with the owner of the canaries up to his ballot."""
    caplog.set_level(logging.INFO)
    assembly = Assembly(open_site, moved_clock)
    join(assembly)
    owner = register(open_site, phone=PHONE)
    verify(owner, NAME, NUMBER)
    bind(owner)
    moved_clock.forward(minutes=1)
    assembly.open()
    owner = open_site.logged_in(PHONE)
    vote(owner, assembly.path, m1="for", m2="against", m3=("o1",))
    open_site.drain()
    return assembly


@pytest.mark.clause("EV-9.2.1")
def test_name_phone_and_document_lie_nowhere_in_files_logs_pages_or_answers(played, caplog):
    site = played.site
    played.close()
    played.publish()
    site.make_account("root", ("administrator", "site"))
    site.make_account("auditor", ("audit_administrator", "site"))
    assert_nothing_of(CANARIES, stored(site.folder), "at rest")
    for who in ROLES:
        browser = site.logged_in(who) if who else site.browser()
        pages = crawl(browser)
        assert len(pages) > 5
        answers = {path: browser.get(f"/api/v1/{path}", expect_errors=True).text for path in API}
        # What the address asks for is repeated on its own page.
        pages |= {path: text for path, text in answers.items() if "search" not in path}
        assert_nothing_of(CANARIES, {k: v.encode() for k, v in pages.items()}, who)
        assert_nothing_of(CANARIES, {"addresses": "\n".join(pages).encode()}, who)
        for word in (quote(NAME), PHONE):
            assert '"total": 0' in answers[f"search?q={word}"].replace('":0', '": 0'), who
    assert_nothing_of(CANARIES, {"log": caplog.text.encode()})
    assert NAME in site.logged_in(PHONE).get("/me").text


@pytest.mark.clause("SZ-17.3")
def test_open_vote_leaves_no_trace_of_a_ballot_that_can_be_read(played, caplog):
    dora = played.site.logged_in("dora")
    page = dora.get(played.path + "vote")
    form = page.forms["vote"]
    form["m-2026-001"] = "abstain"
    form["nonce"] = NONCE
    review = form.submit("step", index=0)
    form = next(one for one in review.forms.values() if "nonce" in one.fields)
    assert form["nonce"].value == NONCE
    form.submit("step", index=0, status=303)
    played.site.drain()
    files = stored(played.site.folder)
    # The nonce stands inside the ballot: where it can be read, the choices can.
    assert_nothing_of((NONCE, '"choices":{'), files, "at rest")
    assert_nothing_of((NONCE,), {"log": caplog.text.encode()})
    lengths = played.look(lambda m: {len(s.sealed) for s in m.ballot_box.slots.values() if s.at})
    assert len(lengths) == 1
    for who in ("convenor", "street", "dora", ""):
        browser = played.site.logged_in(who) if who else played.site.browser()
        for name in ("result", "result.csv", "result.zip", "unit-results"):
            browser.get(played.path + name, status=[303, 403, 404])
        browser.get("/api/v1/communities/haitang/meetings/2026-001/result", status=404)
