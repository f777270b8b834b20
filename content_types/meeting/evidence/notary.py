"""Notary package (公证数据包): everything of a meeting in one archive, the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from content_types.meeting import filing, packages
from content_types.meeting.evidence import handover
from content_types.meeting.paper.entry import scan_files
from content_types.meeting.paper.opening import round_of
from portal.evidence.canonical import canonical
from portal.evidence.package import Document, build_package
from portal.layout import Layout


def notary_package(meeting: Any, request: Any, result: Any = None) -> bytes:
    """Return the full package of a version with the documents; equal state, equal bytes."""
    registry = request.registry
    content = packages.package_content(meeting, "P2", registry.kek, registry, result)
    content["documents"] = list(documents(meeting, request))
    return build_package(content, meeting.ballot_box.signer(registry))


def documents(meeting: Any, request: Any) -> Iterator[Document]:
    """Yield notices, postings, lists, objections, attachments, roster receipt and paper scans.

    Titles are file names, so that the language of whoever exports changes nothing.
    """
    layout = Layout(request, meeting)
    for part in (*filing.notice_parts(meeting, layout), *filing.attached_parts(meeting)):
        yield Document(part.kind, part.filename, _ascii(part.kind, part.filename), part.data)
    receipt = handover.receipt_record(meeting)
    if receipt is not None:
        name = "roster-handover.json"
        yield Document("roster_handover", name, name, canonical(receipt))
    paper = round_of(meeting)
    for serial in sorted(paper.sheets) if paper is not None else ():
        sheet = paper.sheets[serial]
        for name, data in scan_files(paper, sheet, request.vault):
            yield Document("paper_scan", serial, name, data)


def _ascii(stem: str, filename: str) -> str:
    ending = filename.rpartition(".")[2].lower()
    short = (
        ending if ending.isascii() and ending.isalnum() and len(ending) <= len("jpeg") else "bin"
    )
    return f"{stem.replace('_', '-')}.{short}"
