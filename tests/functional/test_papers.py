"""Papers of a meeting: the same words as PDF and Word, to those who may have them."""

import io

import pypdfium2
import pytest
from docx import Document

from portal.content import by_oid
from tests.functional.assembly import Assembly, meeting_of
from tests.functional.test_extension import step
from tests.functional.world import photo


@pytest.fixture
def counted(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    voting.cast_four()
    voting.close()
    return voting


def pdf_text(data):
    pages = pypdfium2.PdfDocument(data)
    return "".join(page.get_textpage().get_text_range() for page in pages).replace("\r\n", "")


def docx_text(data):
    document = Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@pytest.mark.clause("SZ-25.4", "SZ-25.2", "SZ-25.3")
def test_filing_sheet_and_minutes_say_the_same_as_word_and_pdf_with_seal_and_signatures(counted):
    convenor = counted.site.logged_in("convenor")
    for name in ("filing-sheet", "minutes"):
        word = convenor.get(f"{counted.path}{name}.docx").body
        assert word == convenor.get(f"{counted.path}{name}.docx").body
        pdf = pdf_text(convenor.get(f"{counted.path}{name}.pdf").body)
        for text in (docx_text(word), pdf):
            for wanted in ("海棠花园", "续聘物业服务企业", "未通过", "盖章处", "（签名）", "张三"):
                assert wanted in text, (name, wanted)
            assert counted.look(lambda m: m.result.digest)[:20] in text
            assert "业主anna" not in text


@pytest.mark.clause("SZ-26", "SZ-29")
def test_result_notice_tells_how_long_it_stays_up_and_belongs_to_nobody_before_the_count(counted):
    anna = counted.site.logged_in("anna")
    anna.get(counted.path + "result-notice.pdf", status=404)
    anna.get(counted.path + "minutes.docx", status=404)
    counted.publish()
    text = pdf_text(anna.get(counted.path + "result-notice.pdf").body)
    assert "不少于 10 日" in text
    assert "SZ-26" in text
    anna.get(counted.path + "minutes.docx")
    anna.get(counted.path + "filing-sheet.pdf", status=404)


@pytest.mark.clause("SZ-8", "SZ-30")
def test_poster_and_guide_are_printed_in_a4_and_a3_and_their_posting_is_kept(site, moved_clock):
    from webtest import Upload

    assembly = Assembly(site, moved_clock).notice()
    convenor = site.logged_in("convenor")
    sizes = {}
    for size in ("a4", "a3"):
        data = convenor.get(f"{assembly.path}poster.pdf?size={size}").body
        sizes[size] = round(pypdfium2.PdfDocument(data)[0].get_size()[1])
        assert "不收取任何费用" in pdf_text(data)
    assert sizes == {"a4": 842, "a3": 1191}
    convenor.get(f"{assembly.path}poster.pdf?size=a0", status=404)
    assert "保存凭证" in pdf_text(site.browser().get(f"{assembly.path}guide.pdf").body)
    form = convenor.get(assembly.path + "guide-posting").forms["form"]
    form["place"], form["posted_at"] = "南门公告栏", "2026-05-07T08:00"
    form["upload"] = Upload("guide.jpg", photo(), "image/jpeg")
    form.submit("save", status=303)
    assert assembly.look(lambda m: m.guide_posting.place) == "南门公告栏"
    assert "登记二维码和操作指南的张贴" not in convenor.get("/cockpit").text


@pytest.mark.clause("EV-8.6.3")
def test_minutes_name_corrections_extensions_and_answers(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    voting.cast_four()
    from tests.functional.test_corrections import correct
    from tests.functional.test_extension import ask, extension_path

    ask(voting)
    step(site.logged_in("street"), extension_path(voting), "grant", "同意延期")
    voting.clock.to(voting.look(lambda m: m.voting_closes_at))
    site.drain()
    correct(voting)
    text = pdf_text(site.logged_in("convenor").get(voting.path + "minutes.pdf").body)
    assert "机房停电" in text
    assert "经核实是他人冒投" in text
    assert site.run(lambda request: meeting_of(request).result.version) == 2


@pytest.mark.clause("SZ-27")
def test_filing_sheet_says_numbers_with_units_and_the_law_by_its_name(counted):
    convenor = counted.site.logged_in("convenor")
    text = docx_text(convenor.get(counted.path + "filing-sheet.docx").body)
    assert "10 户" in text
    assert "7 人" in text
    assert "《民法典》第二百七十八条（CN-278.G）" in text
    assert "@1" not in text


@pytest.mark.clause("SZ-26")
def test_result_notice_names_the_last_day_it_stays_up_not_the_midnight_after(counted):
    counted.publish()
    anna = counted.site.logged_in("anna")
    text = pdf_text(anna.get(counted.path + "result-notice.pdf").body).replace(" ", "")
    assert "24:00止" in text
    assert "00:00止" not in text


@pytest.mark.clause("SZ-12.3")
def test_notice_says_numbers_with_units_and_the_rules_by_name_and_version(site, moved_clock):
    assembly = Assembly(site, moved_clock).notice()
    body = assembly.look(lambda meeting: by_oid(meeting, meeting.notice_oid).body)
    assert "：10 户" in body
    assert "：7 人" in body
    assert "深圳市物业管理电子投票规则（征求意见稿），第 1 版" in body
    assert "@1" not in body
