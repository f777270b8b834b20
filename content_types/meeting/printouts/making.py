"""Making a paper (文书制作): its text in the form that is asked for, with the printed code."""

from __future__ import annotations

from collections.abc import Callable

from pyramid.httpexceptions import HTTPNotFound

from content_types.meeting import Meeting
from content_types.meeting.printouts import files, texts
from content_types.meeting.printouts.files import Paper
from portal.layout import Layout

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SIZES = ("a4", "a3")
TEXTS: dict[str, Callable[[Meeting, Layout], Paper]] = {
    "guide": texts.guide,
    "result-notice": texts.result_notice,
    "filing-sheet": texts.filing_sheet,
    "minutes": texts.minutes,
}


def made(name: str, ending: str, meeting: Meeting, layout: Layout) -> bytes:
    """Return one paper as a file; HTTPNotFound for a poster in an unknown size."""
    page = layout.request.registry.settings["yitang"].base_url + layout.url(meeting)
    if name == "poster":
        size = layout.request.GET.get("size", SIZES[0])
        if size not in SIZES:
            raise HTTPNotFound
        return files.poster_file(texts.poster(meeting, layout), page, size)
    paper = TEXTS[name](meeting, layout)
    words = {key: layout.translate(f"paper.word.{key}") for key in files.WORDS}
    if ending == "docx":
        return files.docx_file(paper, page, words)
    return files.pdf_file(paper, page, words)
