"""Result pages, files and packages, by the Shenzhen rules."""

import io
import json

import pytest
from python_calamine import CalamineWorkbook

from content_types.meeting import packages
from content_types.meeting.result_files import safe
from portal.evidence.canonical import digest
from portal.evidence.verify import verify
from tests.functional.assembly import Assembly, meeting_of


@pytest.fixture
def counted(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    voting.cast("anna", m1=("for",), m2=("for",), m3=("o1", "o2"))
    voting.cast("bo", m1=("for",), m2=("against",), m3=("o1", "o2"))
    voting.cast("dora", m1=("for",), m2=("for",))
    voting.cast("gao", m1=("against",), m2=("for",), m3=("o3",))

    def late(request):
        # eve and fang could have voted online, had they bound in time.
        for name, room in (("eve", "401"), ("fang", "402")):
            unit = voting.unit(request, room)
            unit.bindings = ()
            voting.bind(request, name, (room,))
            unit.bindings = tuple(
                b._replace(bound_at=b.bound_at.replace(year=2025)) for b in unit.bindings
            )

    site.run(late)
    voting.cast("eve", m1=("for",), m2=("for",), m3=("o2",))
    return voting.close()


def sheets(response):
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.body))
    return [book.get_sheet_by_index(n).to_python() for n in range(len(book.sheet_names))]


@pytest.mark.clause("EV-6.3.1.2", "SZ-25.2", "EV-8.3.1", "EV-8.3.2", "EV-8.3.3")
def test_result_page_shows_table_chart_shares_and_the_grounds_of_each_verdict(counted):
    counted.publish()
    page = counted.site.browser().get(counted.path + "result")
    text = page.html.get_text(" ", strip=True)
    assert "投票类型：记名" in page.text.replace("\n", "")
    assert "5 / 7，71.42 %" in text
    assert "420.00 / 700.00，60.00 %" in text
    # Two thirds of the owners took part, but not two thirds of the area.
    law = "《中华人民共和国民法典》第 278 条"
    assert f"参与面积 420.00 / 700.00（60.00 %），要求 ≥ 2/3（{law}），未达到。" in text
    assert len(page.html.find_all("svg", class_="bar")) > 8
    assert counted.look(lambda m: m.result.digest) in text
    assert "《民法典》第二百七十八条" in text
    assert "深圳市物业管理电子投票规则（征求意见稿），第 1 版" in text


@pytest.mark.clause("SZ-25.3")
def test_candidates_are_ranked_by_votes_and_a_tie_is_shown_as_one(counted):
    counted.publish()
    page = counted.site.browser().get(counted.path + "result")
    table = next(t for t in page.html.find_all("table") if "候选人得票顺序" in t.get_text())
    rows = [row.get_text(" ", strip=True) for row in table.tbody.find_all("tr")]
    assert [row.split()[:2] for row in rows] == [["1", "李四"], ["2", "张三"], ["3", "王五"]]


@pytest.mark.clause("SZ-25.4", "EV-8.4.2")
def test_files_carry_the_digest_and_places_for_seal_and_signatures(counted):
    street = counted.site.logged_in("street")
    known = counted.look(lambda m: m.result.digest)
    data = street.get(counted.path + "result.csv")
    assert data.body.startswith(b"\xef\xbb\xbf")
    assert known in data.body.decode("utf-8-sig")
    cells = [
        cell
        for rows in sheets(street.get(counted.path + "result.xlsx"))
        for row in rows
        for cell in row
    ]
    assert known in cells
    assert "CN-278.Q" in cells
    pdf = street.get(counted.path + "result.pdf").body
    assert pdf.startswith(b"%PDF-")
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    words = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    assert "盖章处" in words
    assert "监票人" in words
    assert known[:40] in words.replace("\r\n", "").replace("\n", "")
    assert "盖章处" in street.get(counted.path + "result").text


def test_files_are_equal_each_time(counted):
    street = counted.site.logged_in("street")
    for ending in ("pdf", "csv", "xlsx"):
        address = f"{counted.path}result.{ending}"
        assert street.get(address).body == street.get(address).body


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@cmd", "\t=1"])
def test_no_cell_of_the_csv_is_taken_for_a_formula(text):
    assert safe(text) == f"'{text}"


@pytest.mark.clause("C-25", "SZ-28")
def test_unit_table_is_for_street_office_and_scrutineers_and_every_look_is_logged(counted):
    counted.publish()
    address = counted.path + "unit-results"
    street = counted.site.logged_in("street")
    page = street.get(address)
    assert "1栋1单元101" in page.text
    assert "分户结果统计表" in page.text
    assert "业主anna" not in page.text
    (rows,) = sheets(street.get(address + ".xlsx"))
    lines = {row[0]: row for row in rows}
    assert lines["1栋1单元101"][3:] == ["电子投票", "同意", "同意", "张三、李四"]
    assert lines["1栋1单元502"][3:] == ["未投票", "—", "—", "—"]
    counted.site.logged_in("convenor").get(address, status=403)
    counted.site.logged_in("anna").get(address, status=403)
    counted.site.browser().get(address, status=403)
    counted.site.drain()

    def looks(request):
        from portal.audit import entries

        return [e["action"] for e in entries(request) if "unit_results" in e["action"]]

    assert sorted(counted.site.run(looks)) == [
        "meeting.unit_results",
        "meeting.unit_results_export",
    ]


@pytest.mark.clause("EV-7.5.2")
def test_owner_reads_the_own_choices_only_after_publication(counted):
    address = counted.path + "voucher/r00001"
    anna = counted.site.logged_in("anna")
    assert "我的选择" not in anna.get(address).text
    counted.publish()
    page = anna.get(address).html
    assert "张三、李四" in page.get_text()
    # Of the couple bo cast the ballot: chen learns that, and dora not even so much.
    chen = counted.site.logged_in("chen").get(counted.path + "voucher/r00002")
    assert "由共有人" in chen.text
    assert "我的选择" not in chen.text
    counted.site.logged_in("dora").get(counted.path + "voucher/r00002", status=404)
    counted.clock.forward(minutes=11)
    page = anna.get(address)
    assert "张三、李四" not in page.text
    assert "验证身份后查看" in page.text


@pytest.mark.clause("EV-8.4.1")
def test_packages_of_both_levels_verify_and_one_flipped_byte_does_not(counted):
    def build(request):
        meeting = meeting_of(request)
        registry = request.registry
        return [packages.package(meeting, level, registry) for level in ("P0", "P2", "P2")]

    public, full, again = counted.site.run(build)
    assert full == again
    for archive in (public, full):
        report = verify(archive)
        assert report.ok, report.text()
        middle = len(archive) // 2
        flipped = archive[:middle] + bytes([archive[middle] ^ 1]) + archive[middle + 1 :]
        assert not verify(flipped).ok
    assert verify(full).level == "P2"
    assert b"sealed-ballot" not in public


def test_result_in_the_log_is_the_one_that_is_shown(counted):
    leaf, shown = counted.look(
        lambda m: (m.ballot_box.log.leaf(len(m.ballot_box.log) - 1), m.result)
    )
    assert digest(leaf) == shown.digest
    assert json.loads(leaf)["type"] == "result"
