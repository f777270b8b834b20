"""The meeting is the file: what the procedure leaves behind is captured and unalterable."""

import csv
import io

import pytest

from portal.evidence.verify import verify
from tests.functional.assembly import Assembly, meeting_of


@pytest.fixture
def archived(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    voting.cast_four()
    voting.close()
    voting.publish()
    moved_clock.forward(days=10)
    site.drain()
    assert voting.look(lambda meeting: meeting.workflow_state) == "published"
    moved_clock.forward(days=1)
    site.drain()
    return voting


def record_of(request):
    archive = request.site["communities"]["haitang"]["archives"]
    return archive["2026-001"]


@pytest.mark.clause("SZ-26", "SZ-27")
def test_meeting_closes_into_a_complete_file_after_its_full_notice_days(archived):
    assert archived.look(lambda meeting: meeting.workflow_state) == "archived"

    def look(request):
        record = record_of(request)
        kinds = {entry.kind for entry in record.entries}
        return kinds, record.missing, record.faults(request.vault)

    kinds, missing, faults = archived.site.run(look)
    assert {"settings", "notice", "posting", "roll", "log", "result", "minutes", "package"} <= kinds
    assert missing == ()
    assert faults == []


@pytest.mark.clause("SZ-27")
def test_filed_package_is_true_and_a_changed_part_is_named(archived):
    def parts(request):
        record = record_of(request)
        found = {entry.kind: entry for entry in record.entries}
        return {kind: record.read(found[kind], request.vault) for kind in ("package", "evidence")}

    packages = archived.site.run(parts)
    assert verify(packages["package"]).ok
    assert verify(packages["evidence"]).ok

    def change(request):
        record = record_of(request)
        entry = next(one for one in record.entries if one.kind == "minutes")
        stored = record.file(entry.file_id)
        data = stored.read().replace("业主".encode(), "邻居".encode(), 1)
        with stored.blob.open("w") as file:
            file.write(data)
        return entry.title, record.faults(request.vault)

    title, faults = archived.site.run(change)
    assert faults == [title]


def test_restricted_parts_lie_sealed_and_open_only_for_those_who_answer_for_the_vote(archived):
    def sealed(request):
        record = record_of(request)
        entry = next(one for one in record.entries if one.kind == "evidence")
        raw = record.file(entry.file_id).read()
        return entry.number, raw == record.read(entry, request.vault)

    number, plain = archived.site.run(sealed)
    assert not plain
    path = f"/communities/haitang/archives/2026-001/part/{number}"
    officer = archived.site.logged_in("records")
    assert officer.get(path).body.startswith(b"PK")
    archived.site.logged_in("convenor").get(path, status=404)


@pytest.mark.clause("SZ-27")
def test_records_officer_numbers_the_file_and_owners_find_it(archived):
    anonymous = archived.site.browser()
    anonymous.get("/communities/haitang/archives/2026-001/", status=303)
    officer = archived.site.logged_in("records")
    form = officer.get("/communities/haitang/archives/2026-001/classify").forms["form"]
    form["class_code"], form["retention_years"] = "YDH.HY", "30"
    assert "保管期限" in form.submit("save", status=422).text
    form["retention_years"] = "0"
    form.submit("save", status=303)
    page = officer.get("/communities/haitang/archives/2026-001/")
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    officer.post(
        "/communities/haitang/archives/2026-001/step/file", {"csrf_token": token}, status=303
    )
    archived.site.drain()
    page = anonymous.get("/communities/haitang/archives/2026-001/")
    assert "HAITANG-YDH.HY-2026-0001" in page.text
    assert "2026-001" in anonymous.get("/search?q=HAITANG").text
    answer = anonymous.get("/communities/haitang/archives/2026-001/list.csv")
    listed = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    kept = archived.site.run(lambda r: [(e.title, e.sm3) for e in record_of(r).entries])
    assert [(row["题名"], row["SM3"]) for row in listed] == kept
    assert listed[0]["档号"] == "HAITANG-YDH.HY-2026-0001-001"
    assert 'filename="2026-001.csv"' in answer.headers["Content-Disposition"]
    for action in ("edit", "delete", "classify"):
        officer.get(f"/communities/haitang/archives/2026-001/{action}", expect_errors=True)
        assert officer.get(
            f"/communities/haitang/archives/2026-001/{action}", expect_errors=True
        ).status_int in (403, 404)


@pytest.mark.clause("EV-8.4.1")
def test_open_objection_holds_the_archive(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    voting.cast_four()
    voting.close()
    voting.publish()

    def object_to_it(request):
        from portal import content

        item = content.create("objection", request, subject="result", text="请复核")
        content.add(meeting_of(request), item, request)

    site.run(object_to_it)
    moved_clock.forward(days=20)
    site.drain()
    assert voting.look(lambda meeting: meeting.workflow_state) == "published"


def test_page_of_a_file_shows_the_last_reading_and_reads_again_on_demand_and_monthly(archived):
    def spoil(request):
        record = record_of(request)
        stored = record.file(record.entries[0].file_id)
        with stored.blob.open("w") as file:
            file.write(b"changed")
        return request.resource_path(record), record.checked_at

    path, checked_at = archived.site.run(spoil)
    archived.site.make_account("keeper", ("records_officer", "site"), ("administrator", "site"))
    browser = archived.site.logged_in("keeper")
    page = browser.get(path)
    # The page reads no part itself: a great file must not cost every visitor its whole reading.
    assert "未被改动" in page.text
    archived.clock.forward(days=31)
    archived.site.drain()
    browser = archived.site.logged_in("keeper")
    page = browser.get(path)
    assert "不一致" in page.text
    assert "有改动" in browser.get("/messages").text
    archived.clock.forward(minutes=5)
    browser.get(path).forms["check-form"].submit(status=303)
    assert archived.site.run(lambda request: record_of(request).checked_at) > checked_at
