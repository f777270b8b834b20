"""Papers as files (文书成文): one model of blocks, written as Word and as PDF."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Twips

from content_types.meeting.result_files import typeset

PAPER = Path(__file__).with_name("paper.typ")
POSTER = Path(__file__).with_name("poster.typ")
FONT = "Noto Sans CJK SC"
# Words that every paper needs beside its own.
WORDS = ("signature", "seal", "date", "scan")
# One fixed date inside the Word file, so that equal papers are equal bytes.
_DATE = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Block:
    """One part of a paper: facts (label, value), heading, text, table with head, signatures."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Paper:
    """A whole paper in the order it is read."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]


def code(address: str) -> str:
    """Return the picture of a printed code as SVG text."""
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", border=1, xmldecl=False)
    return picture.getvalue().decode("utf-8")


def pdf_file(paper: Paper, address: str, words: dict[str, str]) -> bytes:
    """Return a paper as PDF with the code of the page it is about."""
    data = {"paper": asdict(paper), "words": words, "address": address}
    inputs = {"data": json.dumps(data, ensure_ascii=False), "qr": code(address)}
    return typeset(PAPER, inputs)


def poster_file(poster: dict[str, Any], address: str, size: str) -> bytes:
    """Return the poster in A4 or A3 with a code large enough to be read from two metres."""
    data = poster | {"address": address, "size": size}
    return typeset(POSTER, {"data": json.dumps(data, ensure_ascii=False), "qr": code(address)})


def docx_file(paper: Paper, address: str, words: dict[str, str]) -> bytes:
    """Return a paper as a Word file that people may still fill in and sign."""
    document = Document()
    _set_up(document)
    title = document.add_heading(paper.title, level=0)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(paper.subtitle).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for block in paper.blocks:
        if block.kind == "heading":
            document.add_heading(block.text, level=2)
        elif block.kind == "text":
            document.add_paragraph(block.text)
        elif block.kind == "signatures":
            _signatures(document, block, words)
        else:
            _table(document, block)
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=4, border=1)
    picture.seek(0)
    document.add_picture(picture, width=Mm(26))
    document.add_paragraph(f"{words['scan']}　{address}")
    out = io.BytesIO()
    document.save(out)
    return _timeless(out.getvalue())


def _set_up(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Cm(2)
    for name in ("Normal", "Title", "Heading 2"):
        style = document.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    document.styles["Normal"].font.size = Twips(210)  # 10½ points
    document.core_properties.author = ""
    document.core_properties.created = datetime(*_DATE)  # noqa: DTZ001 - the format has no zone.


def _table(document: Any, block: Block) -> None:
    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
    for number, row in enumerate(block.rows):
        cells = table.add_row().cells
        for column, text in enumerate(row):
            cells[column].text = text
            heads = number == 0 if block.kind == "table" else column == 0
            for run in cells[column].paragraphs[0].runs if heads else ():
                run.bold = True
    document.add_paragraph()


def _signatures(document: Any, block: Block, words: dict[str, str]) -> None:
    table = document.add_table(rows=1, cols=len(block.rows), style="Table Grid")
    for cell, (name,) in zip(table.rows[0].cells, block.rows, strict=True):
        cell.text = f"{name}{words['signature']}\n\n\n{words['seal']}\n\n{words['date']}"


def _timeless(data: bytes) -> bytes:
    """Return the archive with one date for all its parts."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            new.writestr(zipfile.ZipInfo(name, _DATE), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
