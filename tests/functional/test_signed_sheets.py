"""The signed and sealed result is handed to the street office with its scans (SZ-25.4)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date

import pytest
from webtest import Upload

from content_types.meeting import filing
from content_types.record_file import Part, capture, decide
from portal import audit
from portal.security import SITE_SCOPE, Role
from tests.functional.assembly import Assembly, at, meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.functional.test_account_admin import scope
from tests.functional.test_appraisal import give
from tests.functional.test_office_request import step
from tests.functional.world import photo
from tests.unit.clamd_server import EICAR, clamd

RESULT_PDF, UNITS_PDF = b"%PDF-1.4\nresult, signed\n", b"%PDF-1.4\nunits, signed\n"


def counted(site, moved_clock):
    found = Assembly(site, moved_clock).open()
    for name in ("anna", "bo", "dora"):
        found.cast(name, m1=("for",))
    found.close()
    site.make_account("monitor", (Role.SCRUTINEER, scope(site, "communities", "haitang")))
    site.make_account("operator", (Role.ADMINISTRATOR, SITE_SCOPE))
    return found


@pytest.fixture
def assembly(open_site, moved_clock):
    """Return a counted vote of Shenzhen."""
    return counted(open_site, moved_clock)


def hand_over(assembly, *files, status=303):
    form = assembly.site.logged_in("convenor").get(assembly.path + "submit-sheets").forms["form"]
    files = files or (("result.pdf", RESULT_PDF), ("units.pdf", UNITS_PDF))
    for index, (name, data) in enumerate(files):
        form.set("upload", Upload(name, data), index=index)
    return form.submit("save", status=status)


def links(browser, assembly):
    page = browser.get(assembly.path + "signed-sheets")
    return [link["href"] for link in page.html.select("main .item-list a")]


def inbox(assembly, login):
    def look(request):
        account = request.site.accounts.find(request.vault, login)
        return [message.subject for message in request.site.messages.inbox(account.id)]

    return assembly.site.run(look)


@pytest.mark.clause("SZ-25.4")
def test_convenor_hands_over_scans_and_the_street_office_confirms_their_receipt(assembly):
    hand_over(assembly)
    assembly.site.drain()
    assert "签章结果表：2026年业主大会会议" in inbox(assembly, "street")
    one = assembly.look(lambda m: m.signed_sheets[0])
    assert one.digest == assembly.look(lambda m: m.result.digest)
    assert [scan.sha256 for scan in one.scans] == [
        hashlib.sha256(data).hexdigest() for data in (RESULT_PDF, UNITS_PDF)
    ]
    street = assembly.site.logged_in("street")
    page = street.get(assembly.path).click("签章结果表", index=0)
    next(form for form in page.forms.values() if "receive-sheets" in form.action).submit(status=303)
    assembly.site.drain()
    assert "街道已收到：2026年业主大会会议" in inbox(assembly, "convenor")
    assert "街道已收到" in street.get(assembly.path + "signed-sheets").text
    token = street.get("/me").html.select_one("input[name=csrf_token]")["value"]
    again = {"csrf_token": token}
    street.post(assembly.path + "receive-sheets/1", again, status=409)
    street.post(assembly.path + "receive-sheets/9", again, status=409)


@pytest.mark.clause("SZ-25.4")
def test_digests_of_the_scans_stand_in_the_audit_log_and_in_the_file_of_the_meeting(assembly):
    hand_over(assembly)
    assembly.site.drain()
    known = hashlib.sha256(UNITS_PDF).hexdigest()
    (entry,) = assembly.site.run(
        lambda request: list(audit.entries(request, action="meeting.sheets_submitted"))
    )
    assert entry["detail"]["units_sheet"] == known

    def part(request):
        found = filing.parts(meeting_of(request), request)
        return next(one for one in found if one.kind == "signed_sheets")

    (record,) = json.loads(assembly.site.run(part).data)
    assert record["scans"]["units_sheet"] == known
    assert record["received_at"] == ""


@pytest.mark.clause("SZ-25.4")
def test_scans_lie_sealed_and_open_only_for_whom_the_place_names(assembly):
    hand_over(assembly)
    assembly.site.drain()
    for blob in (assembly.site.folder / "db" / "blobs").rglob("*.blob"):
        assert b"signed" not in blob.read_bytes()
    result, units = (
        f"{assembly.path}signed-sheet/1/{kind}" for kind in ("result_sheet", "units_sheet")
    )
    for login in ("street", "monitor"):
        browser = assembly.site.logged_in(login)
        assert links(browser, assembly) == [result, units]
        answer = browser.get(units)
        assert answer.body == UNITS_PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
    # The convenor handed it over, but is not among those who may read how single units voted.
    convenor = assembly.site.logged_in("convenor")
    assert links(convenor, assembly) == [result]
    convenor.get(units, status=403)
    page = convenor.get(assembly.path + "signed-sheets")
    assert "》第 25 条，只给街道办事处、监票人看" in page.text
    assert hashlib.sha256(UNITS_PDF).hexdigest() in page.text
    assert (
        "提交以后也不能再打开" not in assembly.site.logged_in("street").get(page.request.path).text
    )
    for login in ("anna", "records", "municipal", "operator", "residents"):
        browser = assembly.site.logged_in(login)
        for address in (result, units, assembly.path + "signed-sheets"):
            browser.get(address, status=403)
        browser.get(assembly.path + "submit-sheets", status=403)
    assembly.site.drain()
    looks = assembly.site.run(lambda r: len(list(audit.entries(r, action="pictures.view"))))
    assert looks == 2


@pytest.mark.clause("SZ-25.4", "R16")
def test_scans_go_with_the_file_of_the_meeting_when_it_is_destroyed_and_not_before(assembly):
    hand_over(assembly)
    site = assembly.site

    def old_file(request):
        meeting = meeting_of(request)
        parts = [Part("notice", "公示", "a.txt", "text/plain", b"kept words")]
        record = capture(meeting.community["archives"], meeting, parts, (), request)
        record.ended_on, record.workflow_state = date(2010, 3, 1), "filed"
        decide(record, "GG.TZ", 10, request)

    def blobs():
        site.run(lambda request: request._primary_zodb_conn.db().pack())
        return len(list((site.folder / "db" / "blobs").rglob("*.blob")))

    for opinion, years, kept in (("extend", "7", True), ("destroy", "", False)):
        site.run(old_file)
        keeper = site.logged_in("records")
        path = give(keeper, [(opinion, years, "期满")]).location.removeprefix("http://localhost")
        before = blobs()
        step(site.logged_in("street"), path, "approve")
        step(keeper, path, "carry_out")
        stored = assembly.look(lambda m: [bool(scan.stored) for scan in m.signed_sheets[0].scans])
        assert stored == [kept, kept], opinion
        assert (blobs() == before) is kept
    street = site.logged_in("street")
    page = street.get(assembly.path + "signed-sheets")
    assert "扫描件已随会议案卷鉴定销毁" in page.text
    assert hashlib.sha256(UNITS_PDF).hexdigest() in page.text
    assert links(street, assembly) == []
    street.get(f"{assembly.path}signed-sheet/1/units_sheet", status=404)
    site.drain()
    actions = site.run(lambda r: len(list(audit.entries(r, action="meeting.sheets_destroyed"))))
    assert actions == 1


@pytest.mark.clause("SZ-25.4")
def test_both_tables_are_needed_as_picture_or_pdf(assembly):
    page = hand_over(assembly, ("result.pdf", RESULT_PDF), status=422)
    assert "必填" in page.text
    hand_over(assembly, ("a.pdf", RESULT_PDF), ("b.txt", b"words"), status=422)
    assert assembly.look(lambda m: m.signed_sheets) == ()
    hand_over(assembly, ("a.jpg", photo()), ("b.pdf", UNITS_PDF))
    scans = assembly.look(lambda m: [s.media_type for s in m.signed_sheets[0].scans])
    assert scans == ["image/jpeg", "application/pdf"]


@pytest.mark.clause("SZ-25.4")
def test_sheets_signed_before_a_correction_are_marked_as_outdated(assembly):
    hand_over(assembly)
    street = assembly.site.logged_in("street")
    assert "更正以前" not in street.get(assembly.path + "signed-sheets").text

    def correct(request):
        first = meeting_of(request).signed_sheets[0]
        meeting_of(request).signed_sheets = (replace(first, digest="0" * 64),)

    assembly.site.run(correct)
    assert "更正以前" in street.get(assembly.path + "signed-sheets").text


def test_nothing_is_handed_over_before_the_count(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock).open()
    convenor = open_site.logged_in("convenor")
    convenor.get(voting.path + "submit-sheets", status=404)
    assert "signed-sheets" not in convenor.get(voting.path).text
    assert voting.clock() < at("2026-07-01T18:00")


@pytest.mark.clause("SZ-25.4", "v5.0.0-5.4.3")
def test_infected_scan_is_refused(tmp_path, moved_clock):
    with clamd() as (address, _seen):
        settings = {"yitang.clamd": address, "yitang.limits": "off"}
        site = SiteUnderTest(tmp_path, **settings, **{"yitang.identity.face": "off"})
        assembly = counted(site, moved_clock)
        page = hand_over(
            assembly, ("a.pdf", RESULT_PDF), ("b.pdf", b"%PDF-1.4\n" + EICAR), status=422
        )
        assert "Eicar-Test-Signature" in page.text
        assert assembly.look(lambda m: m.signed_sheets) == ()
        site.close()
