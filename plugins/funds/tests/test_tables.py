"""Files of a table: the same figures in every format."""

import csv
import io
from datetime import date

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from yitang_funds.tables import DAY, MONEY, Column, Table, to_csv, to_pdf, to_xlsx

TABLE = Table(
    "分户对账单",
    (("房屋", "1栋 1单元 101"),),
    (Column("日期", DAY), Column("摘要"), Column("收入", MONEY), Column("余额", MONEY)),
    (
        (date(2026, 11, 20), "交存", 764_000, 764_000),
        (date(2026, 11, 21), "=HYPERLINK(1) 电梯大修 #let x = 1", None, 449_338),
    ),
    closing=("期末余额 4,493.38",),
    signatures=("制表", "复核"),
)


@pytest.mark.clause("MF-8.2.3.c")
def test_csv_has_exact_amounts_and_no_formula():
    rows = list(csv.reader(io.StringIO(to_csv(TABLE).decode("utf-8-sig"))))
    assert rows[1] == ["2026-11-20", "交存", "7640.00", "7640.00"]
    assert rows[2][1].startswith("'=")


@pytest.mark.clause("MF-8.2.3.c")
def test_workbook_has_numbers_and_dates():
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx(TABLE))).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert rows[3] == [date(2026, 11, 20), "交存", 7640.0, 7640.0]
    assert rows[4][1:] == ["=HYPERLINK(1) 电梯大修 #let x = 1", "", 4493.38]


@pytest.mark.clause("MF-8.2.3.b")
def test_pdf_shows_every_row_and_runs_no_markup():
    document = pypdfium2.PdfDocument(to_pdf(TABLE))
    text = document[0].get_textpage().get_text_bounded()
    assert "7,640.00" in text
    assert "#let x = 1" in text
    assert "1 / 1" in text


@pytest.mark.clause("MF-8.2.3.b")
def test_long_table_has_its_heading_on_every_page():
    long = Table(TABLE.title, TABLE.facts, TABLE.columns, tuple(TABLE.rows[0] for _ in range(200)))
    document = pypdfium2.PdfDocument(to_pdf(long))
    assert len(document) > 2
    for page in document:
        assert "摘要" in page.get_textpage().get_text_bounded()
