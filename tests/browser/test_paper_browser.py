"""Paper ballots in a browser: entered by keys and by touch, every page of the round looked at."""

import pytest

from content_types.meeting.paper import closing, entry, ledger
from content_types.meeting.paper.model import Reading
from tests.browser.conftest import log_in, sideways
from tests.functional.paper.steps import S1, S2, SEED, Round

DESK = ("", "print", "ledger", "session", "reconcile")
WATCH = ("", "disputes", f"resolve?serial={S1}", "reconcile")


def enter_by_keys(page, serial, marks):
    """Scan a number and type the marks without the mouse: number, Enter, marks, Enter."""
    # The page sets the focus after it is loaded; keys pressed before go nowhere.
    page.wait_for_selector("#e-serial:focus")
    page.keyboard.type(serial)
    page.keyboard.press("Enter")
    page.wait_for_selector("#entry .motion input:focus")
    for typed in marks:
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice--success")


def enter_by_touch(page, address, look):
    """Tap the marks of both ballots on a phone, one of them otherwise than the first person."""
    for serial, option in ((S1, "against"), (S2, "for")):
        page.goto(f"{address}enter?tap=1&serial={serial}")
        look(page, "tap")
        for name, mark in (("001", option), ("002", "against"), ("003", "o1"), ("003", "o3")):
            page.tap(f"label:has(input[name='m-2026-{name}'][value='{mark}'])")
        page.tap("#entry button")
        page.wait_for_selector(".notice--success")


@pytest.mark.clause("EV-7.6.3")
def test_paper_round_works_by_keyboard_and_by_touch(
    open_site, moved_clock, serve, open_page, axe, html_faults
):
    voting = Round(open_site, moved_clock).open()
    voting.appoint()
    base, faults, texts = serve(open_site.app), [], {}

    def look(page, name=""):
        faults.extend(axe(page))
        if sideways(page):
            faults.append(("sideways", page.url))
        if name:
            texts[name] = page.content()

    voting.act("convenor", lambda p, r: ledger.print_ballots(p, r, number=2))
    for serial, room in ((S1, "101"), (S2, "102")):
        voting.hand_out(serial, voting.code(room))
        voting.give_back(serial)
    desk = open_page(1280)
    log_in(desk, base, "convenor")
    for path in DESK:
        desk.goto(f"{base}{voting.paper}{path}")
        look(desk, f"desk-{path}")
    voting.close()
    voting.open_box()
    caller, counter = open_page(1280), open_page(390, has_touch=True)
    log_in(caller, base, "caller")
    caller.goto(f"{base}{voting.paper}enter")
    for serial in (S1, S2):
        enter_by_keys(caller, serial, ("1", "2", "13"))
    look(caller, "enter")
    log_in(counter, base, "counter")
    enter_by_touch(counter, base + voting.paper, look)
    watch = open_page(390)
    log_in(watch, base, "monitor")
    for path in WATCH:
        watch.goto(f"{base}{voting.paper}{path}")
        look(watch, f"watch-{path[:8]}")
    decided = Reading({"2026-001": ("for",)})
    voting.act("monitor", lambda p, r: entry.resolve(p, S1, decided, "看过", r))
    voting.finish(box=2, stock=0, spoiled=0)
    voting.act("monitor", lambda p, r: closing.draw(p, SEED, r))
    for path in ("audit", f"compare?serial={S1}"):
        watch.goto(f"{base}{voting.paper}{path}")
        look(watch, f"watch-{path[:7]}")
    assert desk.complaints + caller.complaints + counter.complaints + watch.complaints == []
    assert faults == []
    assert html_faults(texts) == []
