"""Which files are read, and what is said of the others."""

import io
import zipfile

import pytest

from content_types.owner_register import workbook_guard
from content_types.owner_register.sheet import read_sheet
from portal.errors import PortalError

from .conftest import HEADINGS, csv_bytes, line, make_register, workbook


def refused(data):
    with pytest.raises(PortalError) as caught:
        read_sheet(data)
    return caught.value


def rezip(data, change):
    """Return a package with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return out.getvalue()


def test_rows_have_the_numbers_excel_shows(tmp_path):
    sheet = read_sheet(workbook(tmp_path, [line(1), line(2)]))
    assert sheet.header_row == 2
    assert [row.number for row in sheet.rows] == [3, 4]


def test_columns_are_found_in_any_order_and_spelling(tmp_path):
    headings = {key: f" {HEADINGS[key]} " for key in reversed(HEADINGS)}
    headings["exclusive_area"] = "建筑面积　（平方米）"
    headings["owner_name"] = "业主姓名 *"
    sheet = read_sheet(workbook(tmp_path, [line(owner_name="甲")], headings))
    assert set(sheet.columns) == set(HEADINGS)
    assert sheet.rows[0]["owner_name"] == "甲"
    assert sheet.rows[0]["exclusive_area"] == 88.35


def test_missing_columns_are_named(tmp_path):
    headings = {k: v for k, v in HEADINGS.items() if k not in ("share", "id_number")}
    error = refused(workbook(tmp_path, [line()], headings))
    assert error.message_id == "register.sheet.missing_columns"
    assert error.values["columns"] == "证件号码、份额"


def test_optional_columns_may_be_absent(tmp_path):
    headings = {k: v for k, v in HEADINGS.items() if k not in ("phone", "note", "project")}
    sheet = read_sheet(workbook(tmp_path, [line()], headings))
    assert sheet.rows[0]["phone"] == ""


def test_unknown_columns_are_reported(tmp_path):
    sheet = read_sheet(workbook(tmp_path, [line()], HEADINGS | {"pet": "宠物"}))
    assert sheet.unknown == ("宠物",)


def test_a_heading_that_stands_twice_is_refused(tmp_path):
    error = refused(workbook(tmp_path, [line()], HEADINGS | {"other": "联系电话"}))
    assert error.message_id == "register.sheet.column_twice"


def test_a_sheet_without_heading_is_refused(tmp_path):
    error = refused(workbook(tmp_path, [line()], {"a": "甲", "b": "乙"}))
    assert error.message_id == "register.sheet.no_heading"
    assert "份额" in error.values["columns"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_of_chinese_excel(encoding, delimiter):
    sheet = read_sheet(
        csv_bytes([line(note="第一行\n第二行"), line(2)], encoding, delimiter=delimiter)
    )
    assert [row.number for row in sheet.rows] == [2, 3]
    assert sheet.rows[0]["note"] == "第一行\n第二行"


def test_csv_and_xlsx_give_the_same_units(tmp_path):
    from datetime import date

    from content_types.owner_register.check import check_sheet
    from content_types.owner_register.plan import build_units, compare

    lines = [line(), line(2, room="102"), line(3, room="103", exclusive_area=75.1)]
    books = [read_sheet(workbook(tmp_path, lines)), read_sheet(csv_bytes(lines))]
    first, second = (build_units(check_sheet(book, date(2026, 11, 20))) for book in books)
    assert compare(first, {unit.key: unit for unit in second}).is_empty


def test_a_cell_merged_over_co_owners_counts_for_each(tmp_path):
    import xlsxwriter

    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(HEADINGS.values()))
        for number, one in enumerate([line(1), line(2, building="", owner_name="")], start=1):
            sheet.write_row(number, 0, list(one.values()))
        sheet.merge_range(1, 1, 2, 1, "3栋")
        sheet.merge_range(1, 7, 2, 7, "甲")
    first, second = read_sheet(path.read_bytes()).rows
    assert (first["building"], second["building"]) == ("3栋", "3栋")
    # An owner's cell is never copied: one line is one owner.
    assert (first["owner_name"], second["owner_name"]) == ("甲", "")


@pytest.mark.parametrize(
    ("data", "message_id"),
    [
        (b"", "register.file.empty"),
        (b"  \n", "register.file.empty"),
        (b"%PDF-1.7\x00\x00", "register.file.wrong_type"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "register.file.wrong_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "register.file.old_or_locked"),
        (b"PK\x03\x04" + bytes(80), "register.file.damaged"),
        ("随便写几句话\n没有表头".encode(), "register.sheet.no_heading"),
    ],
)
def test_other_files_are_refused_by_their_content(data, message_id):
    assert refused(data).message_id == message_id


def test_a_zip_that_is_no_workbook_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("readme.txt", "hello")
    assert refused(out.getvalue()).message_id == "register.file.wrong_type"


def test_file_over_twenty_megabytes_is_refused():
    assert refused(b"x" * (20 * 1024 * 1024 + 1)).message_id == "register.file.too_large"


@pytest.mark.clause("v5.0.0-5.2.3")
def test_a_zip_bomb_is_refused_though_it_lies_about_its_size(tmp_path):
    bomb = b" " * (workbook_guard.MAX_UNPACKED_BYTES + 1)
    data = rezip(
        workbook(tmp_path, [line()]),
        lambda name, old: bomb if name == "xl/sharedStrings.xml" else old,
    )
    true_size, lie = len(bomb).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert len(data) < workbook_guard.MAX_FILE_BYTES
    assert refused(data).message_id == "register.file.unpacks_too_large"
    assert true_size in data
    assert refused(data.replace(true_size, lie)).message_id == "register.file.unpacks_too_large"


@pytest.mark.parametrize("cell", [b"XFD3", b"A1048576", b"DA3", b"xfd1048576", b"A200000"])
def test_a_cell_far_away_is_refused_before_memory_is_taken_for_it(tmp_path, cell):
    def change(name, old):
        return old.replace(b'r="A3"', b'r="%s"' % cell) if "sheet1" in name else old

    data = rezip(workbook(tmp_path, [line()]), change)
    assert refused(data).message_id == "register.file.too_wide_or_long"


def test_more_lines_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr("content_types.owner_register.sheet.MAX_ROWS", 3)
    assert len(read_sheet(csv_bytes([line()] * 3)).rows) == 3
    assert refused(csv_bytes([line()] * 4)).message_id == "register.file.too_many_rows"


def test_damaged_workbooks_are_refused_and_never_crash(tmp_path):
    whole = workbook(tmp_path, [line(), line(2)])
    for cut in range(40, len(whole), 97):
        assert refused(whole[:cut]).message_id.startswith("register.")

    def spoil(name, old):
        return old[: len(old) // 2] if "sheet1" in name else old

    assert refused(rezip(whole, spoil)).message_id.startswith("register.")


def test_generated_registers_are_the_same_every_time():
    assert list(make_register.rows(300)) == list(make_register.rows(300))
