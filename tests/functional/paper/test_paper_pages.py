"""The pages of desk, entry and count: who opens them and what they take."""

import pytest
from webtest import Upload

from content_types.meeting.paper import entry, ledger
from content_types.meeting.paper.model import code_of
from tests.functional.paper.steps import (
    S1,
    S2,
    SEED,
    refused,
)
from tests.functional.world import photo

# Page → who opens it; everybody else is refused.
PAGES = {
    "": {"convenor", "street", "caller", "counter", "monitor"},
    "print": {"convenor"},
    "ledger": {"convenor", "monitor"},
    "delivery.pdf": {"convenor"},
    "delivery.xlsx": {"convenor"},
    "session": {"convenor"},
    "open": {"caller", "counter", "monitor"},
    "enter": {"caller", "counter"},
    "disputes": {"monitor"},
    "resolve": {"monitor"},
    "compare": {"monitor"},
    "reconcile": {"convenor", "street", "monitor"},
    "reconcile.pdf": {"convenor", "street", "monitor"},
}


@pytest.mark.clause("EV-11.1.3")
def test_pages_are_for_their_roles_only(voting):
    for login in ("convenor", "street", "caller", "counter", "monitor", "anna", "records", ""):
        browser = voting.site.logged_in(login) if login else voting.site.browser()
        for page, allowed in PAGES.items():
            status = browser.get(voting.paper + page, expect_errors=True).status_int
            # A stranger is sent to log in.
            assert (status == 200) == (login in allowed), (login, page, status)
            assert status in (200, 302, 303, 403, 404), (login, page, status)


@pytest.mark.clause("EV-8.1.3")
def test_code_of_a_ballot_is_read_and_one_of_another_meeting_refused(voting):
    voting.act("convenor", ledger.print_ballots)
    meeting_id = voting.look(lambda m: m.ballot_box.meeting_id)
    meant = voting.look(lambda m: m["paper"].sheets[S1].meant)
    # Printed for a right, it is issued to no other.
    other = next(
        key for key in voting.look(lambda m: list(m.ballot_box.roll.rights)) if key != meant
    )
    refused(lambda: voting.hand_out(S1, other), "paper.meant_for_other")
    voting.hand_out(code_of(meeting_id, S1, "sha256:" + "ab" * 32), meant)
    assert voting.look(lambda m: m["paper"].live[meant]) == S1
    refused(lambda: voting.give_back(code_of("other-1", S1, "sha256:00")), "paper.other_meeting")
    refused(lambda: voting.give_back("000001-7"), "paper.serial_wrong")
    refused(lambda: voting.hand_out(S2, "r99999"), "paper.no_such_right")


@pytest.mark.clause("EV-8.6.2")
def test_forms_of_desk_and_entry_take_what_is_typed_or_ticked(voting):  # noqa: PLR0915
    convenor = voting.site.logged_in("convenor")
    voting.act("convenor", lambda p, r: ledger.print_ballots(p, r, number=2, large=True))
    page = convenor.get(voting.paper + "ledger")
    form = page.forms["issue"]
    form["serial"], form["unit"], form["person"] = S1, voting.code("101"), "业主anna"
    form["photo"] = Upload("p.jpg", photo(), "image/jpeg")
    form.submit(status=303)
    page = convenor.get(voting.paper + "ledger")
    assert "业主anna" in page.text
    assert convenor.get(voting.paper + "photo/0").content_type == "image/jpeg"
    convenor.get(voting.paper + "photo/1", status=404)
    raw = voting.look(lambda m: repr(list(m["paper"].ledger)))
    assert "业主anna" not in raw
    form = page.forms["return"]
    form["serial"] = "1"
    assert "编号 1 不正确" in form.submit(status=422).text
    form["serial"], form["received_at"] = S1, "junk"
    form.submit(status=422)
    form["received_at"] = ""
    form.submit(status=303)
    voting.close()
    voting.open_box()
    caller, counter = voting.site.logged_in("caller"), voting.site.logged_in("counter")
    form = caller.get(voting.paper + "enter").forms["entry"]
    # A scanner types the number and Enter: the ballot is chosen, the marks come next.
    form["serial"] = S1
    page = form.submit(status=303).follow()
    form = page.forms["entry"]
    assert form["k-2026-001"].attrs["autofocus"]
    form["serial"], form["k-2026-001"], form["k-2026-002"], form["k-2026-003"] = S1, "1", "0", "13"
    form.submit(status=303)
    scan = caller.get(voting.paper + "enter").forms["scan"]
    scan["serial"], scan["scan"] = S1, Upload("s.jpg", photo(), "image/jpeg")
    scan.submit(status=303, expect_errors=True)
    form = counter.get(f"{voting.paper}enter?tap=1&serial={S1}").forms["entry"]
    for name, mark in (("001", "for"), ("002", "unreadable"), ("003", "o1"), ("003", "o3")):
        box = next(b for b in form.fields[f"m-2026-{name}"] if b._value == mark)
        box.checked = True
    form.submit(status=303)
    sheet = voting.look(lambda m: m["paper"].sheets[S1])
    assert not sheet.is_disputed
    reading = voting.act("monitor", lambda p, r: entry.final_reading(p, p.sheets[S1], r))
    assert reading.choices == {"2026-001": ("for",), "2026-002": ("unreadable",),
                               "2026-003": ("o1", "o3")}  # fmt: skip
    # The picture shows the choices: sealed in storage, for those who count and watch only.
    assert counter.get(f"{voting.paper}picture/{S1}/0").content_type == "image/jpeg"
    convenor.get(f"{voting.paper}picture/{S1}/0", status=404)
    stored = voting.look(lambda m: m["paper"].sheets[S1].scans[0].stored.read())
    assert not stored.startswith(b"\xff\xd8")
    # Through the pages to the end: sums, seed, comparison, count.
    monitor = voting.site.logged_in("monitor")
    form = monitor.get(voting.paper + "reconcile").forms["form"]
    for name, number in (("box", "1"), ("foreign", "0"), ("stock", "2"), ("spoiled", "0")):
        form[name] = number
    assert "库存清点 2 张，台账库存 1 张，相差 1" in form.submit("save", status=422).text
    form["stock"] = "1"
    form.submit("save", status=303)
    form = monitor.get(voting.paper + "audit").forms["form"]
    form["seed"] = SEED
    form.submit("save", status=303)
    form = monitor.get(f"{voting.paper}compare?serial={S1}").forms["entry"]
    form["k-2026-001"], form["k-2026-002"], form["k-2026-003"] = "1", "0", "1 3"
    form.submit(status=303)
    voting.site.drain()
    record = voting.look(lambda m: m.result.record)
    assert record["channels"][0]["votes"] == [1, 8000]
    assert record["motions"][1]["invalid"] == [1, 8000]
