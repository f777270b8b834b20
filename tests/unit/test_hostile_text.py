"""Texts that try to become something else: script, address, header, formula."""

from __future__ import annotations

import csv
import io

import pytest

from content_types.announcement import Announcement
from portal.audit_export import safe_cell
from portal.files import disposition
from portal.views.login import local_target

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[点我](javascript:alert(1))",
    "[点我](JaVaScRiPt:alert(1))",
    "[点我](java\tscript:alert(1))",
    "[点我](&#106;avascript:alert(1))",
    "[点我](vbscript:msgbox(1))",
    "[点我](data:text/html;base64,PHNjcmlwdD4=)",
    "[点我](file:///etc/passwd)",
    "<javascript:alert(1)>",
    '[x]("onmouseover="alert(1))',
    "[a]: javascript:alert(1)\n\n[a]",
    "![x](javascript:alert(1))",
)


@pytest.mark.parametrize("text", PAYLOADS)
def test_text_of_an_announcement_becomes_neither_script_nor_active_link(text):
    notice = Announcement()
    notice.body = text
    html = notice.html().lower()
    for bad in ("<script", "<img src=x", 'href="javascript', 'href="vbscript', 'href="data:'):
        assert bad not in html
    assert 'href="file:' not in html
    assert 'src="javascript' not in html
    assert '"onmouseover="' not in html.replace("&quot;", "")


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example/",
        "/\\evil.example/",
        "https://evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example/",
        "\t//evil.example/",
        " //evil.example/",
        "/\n/evil.example/",
        "/x\r\nSet-Cookie: a=b",
        "///evil.example/",
        "",
    ],
)
def test_way_back_after_the_log_in_stays_on_this_site(address):
    assert local_target(address) == "/"


def test_way_back_keeps_a_path_of_this_site():
    assert local_target("/communities/haitang/?q=%E4%BA%AC") == "/communities/haitang/?q=%E4%BA%AC"


@pytest.mark.parametrize(
    "name", ['a".pdf', "a\r\nX: y.pdf", "../../a.pdf", "a;b.pdf", "\u202efdp.exe", "公告.pdf"]
)
def test_name_of_a_file_breaks_no_header(name):
    header = disposition(name)
    assert header.isascii()
    assert header.count('"') == 2
    assert not set(header) & {"\r", "\n", "\\"}
    assert header.startswith("attachment; filename=")
    assert "/" not in header


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1+1"])
def test_cell_of_a_sheet_is_never_a_formula(cell):
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(cell)])
    assert next(csv.reader(io.StringIO(out.getvalue())))[0].startswith("'")
