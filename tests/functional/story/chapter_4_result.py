"""The result, its publication, its archive and who checks it."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from webtest import Upload

from tests.functional.story_steps import (
    HOME,
    MEETING,
    buttons,
    fill,
    heads_of,
    post_and_press,
    press,
)


@pytest.mark.clause("SZ-25.4", "SZ-25.5")
def test_silence_of_the_street_office_lets_the_result_pass_after_its_days(story):
    press(story.log_in("kong"), MEETING, "submit_result")
    street = story.log_in("street")
    assert "review_result" in buttons(street.get(MEETING))
    story.until("2026-07-06T23:59")
    assert story.meeting(lambda meeting: meeting.workflow_state) != "resolved"
    story.until("2026-07-20T09:00")
    assert story.meeting(lambda meeting: meeting.workflow_state) == "resolved"
    story.anybody.get(f"{MEETING}result", status=404)


@pytest.mark.clause("SZ-26", "SZ-29", "EV-10.5.2")
def test_result_is_published_with_its_posting_and_the_files_agree_with_the_page(story):
    convenor = story.log_in("kong")
    post_and_press(convenor, "publish_result", "2026-07-20T08:30")
    story.site.drain()
    page = story.anybody.get(f"{MEETING}result")
    assert heads_of(page) == story.notes["heads"]
    assert "result.published" in story.received(story.phones["ye"])
    digest = page.html.select_one("dd.digest").get_text(strip=True)
    number = dict(story.notes["heads"])["同意"]
    rows = list(
        csv.reader(io.StringIO(story.anybody.get(f"{MEETING}result.csv").body.decode("utf-8-sig")))
    )
    assert any(number in row for row in rows)
    assert any(digest in row for row in rows)
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(story.anybody.get(f"{MEETING}result.xlsx").body)
    )
    cells = {
        str(cell)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    }
    assert digest in cells
    assert {number, f"{number}.0"} & cells
    pdf_text = words_of(story.anybody.get(f"{MEETING}result.pdf").body)
    assert number in pdf_text
    assert digest[-16:] in pdf_text.replace("\n", "")


def words_of(pdf_file):
    """Return the text of a PDF file."""
    document = pypdfium2.PdfDocument(pdf_file)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_voter_reads_the_own_choices_after_the_publication(story):
    page = story.log_in("ye").get(story.notes["voucher"])
    assert "周明远、林秀英、唐雅琴" in page.text
    assert "周明远、林秀英、唐雅琴" not in story.log_in("xiong").get(story.notes["voucher"]).text


# 9. The archive.


@pytest.mark.clause("SZ-27")
def test_meeting_is_archived_after_its_days_and_numbered_by_the_records_officer(story):
    story.until("2026-07-23T09:00")
    assert story.meeting(lambda meeting: meeting.workflow_state) == "published"
    story.until("2026-09-01T09:00")
    assert story.meeting(lambda meeting: meeting.workflow_state) == "archived"
    records = story.log_in("records")
    path = records.get(f"{HOME}archives/").html.find("a", string=re.compile("业主大会会议"))["href"]
    story.anybody.get(path, status=303)
    assert "file" not in buttons(records.get(path))
    fill(records, f"{path}classify", class_code="YDH.HY", retention_years="0")
    press(records, path, "file")
    page = story.anybody.get(path)
    assert "YDH.HY-2026-0001" in page.text
    kinds = page.html.select_one("table").get_text()
    for kind in ("公示", "张贴", "绑定", "名册", "日志", "结果", "纪要"):
        assert kind in kinds, kind
    story.notes["record"] = path


def test_owners_search_and_open_the_archive_and_nothing_in_it_can_be_altered(story):
    story.site.drain()
    path, ye = story.notes["record"], story.log_in("ye")
    found = ye.get("/search", {"q": "YDH.HY-2026-0001"})
    assert [a for a in found.html.select("main a") if a["href"].endswith("/archives/2026-001/")]
    part = ye.get(path).html.select("table a")[0]["href"]
    assert ye.get(part).status_int == 200
    for login in ("records", "kong", "street", "municipal"):
        browser = story.log_in(login)
        assert not buttons(browser.get(path))
        assert browser.get(f"{path}edit", expect_errors=True).status_int in (303, 403, 404)
        assert browser.get(f"{path}delete", expect_errors=True).status_int in (303, 403, 404)
        browser.get(f"{path}classify", expect_errors=True, status=(403, 404))
        assert browser.get(f"{MEETING}edit", expect_errors=True).status_int == 403


# 10. Anybody checks it.


def checked(story, data, status=200):
    """Let the page /verify check a file."""
    form = story.anybody.get("/verify").forms
    form = next(f for f in form.values() if "package" in f.fields)
    form["package"] = Upload("package.zip", data)
    return form.submit(status=status).html.find(id="main").get_text(" ", strip=True)


@pytest.mark.clause("EV-8.4.1")
def test_package_is_true_and_changed_by_one_byte_it_is_false_and_says_where(story, tmp_path):
    result = story.anybody.get(f"{MEETING}result")
    link = result.html.find("a", href=re.compile(r"result\.zip$"))["href"]
    package = story.anybody.get(link).body
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        name = next(n for n in archive.namelist() if n.endswith("-result.json"))
        at_byte = package.index(archive.read(name)) + 200
    changed = package[:at_byte] + bytes([package[at_byte] ^ 1]) + package[at_byte + 1 :]
    assert "查验通过" in checked(story, package)
    said = checked(story, changed, status=422)
    assert "查验通过" not in said
    assert name in said

    # The verifier runs where the product is not installed: another folder, no site packages.
    (tmp_path / "verify.py").write_bytes(story.anybody.get("/verify/verify.py").body)
    for data, good in ((package, True), (changed, False)):
        (tmp_path / "package.zip").write_bytes(data)
        run = subprocess.run(
            [sys.executable, "-I", "-S", "verify.py", "package.zip"],
            cwd=tmp_path,
            env={"PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (run.returncode == 0) == good, run.stdout + run.stderr
        assert ("VALID" in run.stdout and "INVALID" not in run.stdout) == good
        assert (name in run.stdout) or good


def test_command_verifies_the_same_package(story, tmp_path):
    (tmp_path / "package.zip").write_bytes(story.anybody.get(f"{MEETING}result.zip").body)
    run = subprocess.run(
        [Path(sys.executable).with_name("yitang"), "verify", "package.zip"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_everything_stored_is_still_what_was_written(story):
    from portal.scripts.check import checks

    story.site.drain()
    found = story.site.run(lambda request: list(checks(request, quick=False)))
    assert len(found) > 4
    assert [(name, fault) for name, fault in found if fault] == []
