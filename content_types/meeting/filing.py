"""The meeting is the file (归档): what the procedure leaves behind goes into the archive."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from content_types.meeting import packages, result_files, signed_sheets
from content_types.meeting.paper.opening import round_of
from content_types.meeting.paper.sheet import ledger_rows, sheet_pdf
from content_types.meeting.printouts.making import DOCX, PDF, made
from content_types.meeting.result_pages import explain
from content_types.meeting.result_views import address
from content_types.record_file import OPEN, RESTRICTED, Part, capture
from portal.audit_export import safe_cell
from portal.content import by_oid, oid
from portal.layout import Layout
from portal.rules.vocabulary import BINDING_COLUMNS
from portal.workflow import on_transition

JSON, ZIP, CSV = "application/json", "application/zip", "text/csv"
TEXT = "text/plain; charset=utf-8"
# The log of a vote begins with the settings and the roll commitment.
ROLL_LEAF = 1
# What was raised against the meeting; text and answers are kept, for who answers for the vote.
DISPUTES = ("objection", "complaint", "ballot_case", "extension")
# What the rules ask a meeting's file to hold (SZ-27, issue of the archive rules).
WANTED = (
    "settings",
    "notice",
    "posting",
    "binding_list",
    "roll",
    "log",
    "result",
    "result_posting",
    "count_log",
    "minutes",
    "package",
    "evidence",
)


@on_transition("meeting.archive")
def file_meeting(event: Any) -> None:
    """Capture the whole meeting in one step."""
    item, request = event.item, event.request
    archive = item.community["archives"]
    record = capture(archive, item, list(parts(item, request)), wanted(item), request)
    item.record_oid = oid(record)


def wanted(item: Any) -> tuple[str, ...]:
    """Return the kinds the meeting's file must hold by its own rules."""
    posted, listed = item.profile.physical_posting.value, item.profile.documents["binding_list"]
    unasked = () if listed.value else ("binding_list",)
    asked = (kind for kind in WANTED if kind not in unasked)
    return tuple(kind for kind in asked if posted or not kind.endswith("posting"))


def parts(item: Any, request: Any) -> Iterator[Part]:
    """Yield every record of the meeting's file."""
    layout = Layout(request, item)
    yield from notice_parts(item, layout)
    yield from attached_parts(item)
    yield from _vote_parts(item, layout)
    title = layout.translate("record.kind.minutes")
    for ending, media_type in (("pdf", PDF), ("docx", DOCX)):
        data = made("minutes", ending, item, layout)
        yield Part("minutes", f"{title} {ending.upper()}", f"minutes.{ending}", media_type, data)
    data = made("filing-sheet", "pdf", item, layout)
    sheet = layout.translate("paper.filing-sheet")
    yield Part("filing_sheet", sheet, "filing-sheet.pdf", PDF, data)


def notice_parts(item: Any, layout: Layout) -> Iterator[Part]:
    """Yield settings, notice, postings, binding list and objections with their answers."""
    title = _titles(layout)
    yield Part("settings", title("settings"), "settings.json", JSON, _json(item.versions[-1]))
    notice = by_oid(item, item.notice_oid)
    if notice is not None:
        yield Part("notice", notice.title, "notice.md", TEXT, notice.body.encode())
    for kind, evidence in _postings(item):
        if evidence is not None:
            photo = item.file(evidence.photo_id)
            words = f"{title(kind)}：{evidence.place} {layout.time(evidence.posted_at)}"
            yield Part(kind, words, photo.filename, photo.media_type, photo.read())
    if item.binding_list is not None:
        lines = _binding_csv(item)
        yield Part("binding_list", title("binding_list"), "binding-list.csv", CSV, lines)
    for one in item.children_of(*DISPUTES):
        kind, history = one.content_type_name, one.history()
        record = {
            "state": one.workflow_state,
            "text": one.text,
            "subject": getattr(one, "subject", ""),
            "answers": [entry["comment"] for entry in history if entry.get("comment")],
        }
        name = f"{kind}-{one.__name__}.json"
        yield Part(kind, one.title, name, JSON, _json(record), RESTRICTED)
    for number, old in enumerate(item.versions[:-1], 1):
        yield Part(
            "settings", f"{title('settings')} {number}", f"settings-{number}.json", JSON, _json(old)
        )


def _postings(item: Any) -> list[tuple[str, Any]]:
    names = ("posting", "guide_posting", "result_posting")
    return [(name, getattr(item, name)) for name in names]


def attached_parts(item: Any) -> Iterator[Part]:
    """Yield the attachments of the meeting and of its motions."""
    photos = {one.photo_id for _, one in _postings(item) if one is not None}
    holders = [(item, ""), *((motion, f"{motion.title} · ") for motion in item.motions())]
    for holder, prefix in holders:
        for file in holder.files():
            if file.id not in photos:
                words = f"{prefix}{file.title}"
                yield Part("attachment", words, file.filename, file.media_type, file.read())


def _vote_parts(item: Any, layout: Layout) -> Iterator[Part]:
    """Yield roll commitment, log, every result version and the packages."""
    title, request = _titles(layout), layout.request
    box, result = item.ballot_box, item.result
    yield Part("roll", title("roll"), "roll-commitment.json", JSON, box.log.leaf(ROLL_LEAF))
    heads = [dict(head) for head in box.log.heads()]
    yield Part("log", title("log"), "log-heads.json", JSON, _json(heads))
    for version, one in enumerate(item.results, 1):
        yield Part("result", title("result"), f"result-{version}.json", JSON, _json(one.record))
    shown = explain(result, layout)
    pdf = result_files.pdf_file(shown, layout, address(item, request))
    yield Part("result", f"{title('result')} PDF", "result.pdf", "application/pdf", pdf)
    table = result_files.csv_file(shown, layout)
    yield Part("result", f"{title('result')} CSV", "result.csv", CSV, table)
    yield Part("count_log", title("count_log"), "count-log.json", JSON, _json(result.log))
    yield from _paper_parts(item, layout)
    if item.signed_sheets:
        # The scans stay with the meeting, where the law of the place says who opens them; they go
        # when this file is destroyed.
        data = _json(signed_sheets.record(item))
        yield Part("signed_sheets", title("signed_sheets"), "signed-sheets.json", JSON, data)
    for kind, level, access in (("package", "P0", OPEN), ("evidence", "P2", RESTRICTED)):
        data = packages.package(item, level, request.registry)
        yield Part(kind, title(kind), f"{kind}-{level}.zip", ZIP, data, access)


def _paper_parts(item: Any, layout: Layout) -> Iterator[Part]:
    """Yield the reconciliation sheet and the ledger of a vote that took paper."""
    paper, title = round_of(item), _titles(layout)("paper")
    if paper is not None and paper.closed_at is not None:
        data = sheet_pdf(paper, layout.request, layout)
        yield Part("paper", title, "paper-reconciliation.pdf", PDF, data, RESTRICTED)
        out = io.StringIO()
        csv.writer(out).writerows(
            [safe_cell(cell) for cell in row] for row in ledger_rows(paper, layout)
        )
        data = ("\ufeff" + out.getvalue()).encode()
        yield Part("paper", f"{title} CSV", "paper-ledger.csv", CSV, data, RESTRICTED)


def _titles(layout: Layout) -> Callable[[str], str]:
    return lambda kind: layout.translate(f"record.kind.{kind}")


def _binding_csv(item: Any) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(BINDING_COLUMNS)
    for line in item.binding_list or ():
        at = line.bound_at.isoformat() if line.bound_at else ""
        cells = line._asdict() | {"bound_at": at}
        writer.writerow([safe_cell(cells[name]) for name in BINDING_COLUMNS])
    return ("\ufeff" + out.getvalue()).encode()


def _json(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True).encode()
