"""Printed paper (打印): ballots with their code, lists to sign, the reconciliation sheet."""

from __future__ import annotations

import io
import json
from pathlib import Path

import segno

from content_types.building import by_address
from content_types.meeting.paper import PaperRound
from content_types.meeting.paper.ledger import label_of
from content_types.meeting.paper.model import Batch, code_of
from content_types.meeting.result_files import Rows, typeset
from portal.errors import NotFoundError
from portal.evidence.canonical import digest
from portal.layout import Layout
from portal.rules.area import format_area
from portal.rules.paper import serial as serial_of

BALLOT = Path(__file__).with_name("ballot.typ")
LIST = Path(__file__).with_name("list.typ")
WORDS = (
    "heading",
    "serial",
    "rule",
    "units",
    "choose",
    "owner",
    "date",
    "back",
    "digest",
    "option",
)


def settings_digest(paper: PaperRound) -> str:
    """Return the digest of the settings as logged at the opening of the vote."""
    return digest(paper.meeting.ballot_box.log.leaf(0) or b"")


def ballots_pdf(paper: PaperRound, number: int, layout: Layout) -> bytes:
    """Return the ballots of a batch; printing again gives the same bytes."""
    if not 1 <= number <= len(paper.batches):
        raise NotFoundError("paper.no_batch")
    batch: Batch = paper.batches[number - 1]
    meeting, say = paper.meeting, layout.translate
    box, settings = meeting.ballot_box, settings_digest(paper)
    sheets = [paper.sheets[serial_of(at)] for at in range(batch.first, batch.last + 1)]
    data = {
        "large": batch.large,
        "title": meeting.title,
        "community": meeting.community.title,
        "meeting": box.meeting_id,
        "digest": settings,
        "words": {name: say(f"paper.ballot.{name}") for name in WORDS},
        "motions": [
            {
                "title": motion.title,
                "hint": say(
                    "vote.hint.one" if motion.spec().max_marks == 1 else "vote.hint.several",
                    most=motion.spec().max_marks,
                ),
                "options": list(motion.labels(layout.request).values()),
            }
            for motion in meeting.motions()
        ],
        "sheets": [
            {
                "serial": sheet.serial,
                "units": label_of(paper, box.roll.rights.get(sheet.meant)),
                "code": _code(code_of(box.meeting_id, sheet.serial, settings)),
            }
            for sheet in sheets
        ],
    }
    return typeset(BALLOT, {"data": json.dumps(data, ensure_ascii=False)})


def delivery_rows(paper: PaperRound, layout: Layout) -> Rows:
    """Return the list for delivery and collection: every right with its ballot, without names."""
    say, box = layout.translate, paper.meeting.ballot_box
    meant = {sheet.meant: sheet.serial for sheet in paper.sheets.values() if sheet.meant}
    columns = ("right", "units", "area", "serial", "state", "received", "returned")
    rows = [[say(f"paper.column.{name}") for name in columns]]
    register = paper.meeting.community["owners"]
    order = {unit.code: at for at, unit in enumerate(by_address(register.units()))}
    rights = sorted(
        box.roll.rights.values(), key=lambda right: order.get(right.units[0], len(order))
    )
    for right in rights:
        serial = paper.live.get(right.key) or meant.get(right.key, "")
        sheet = paper.sheet(serial)
        state = say(f"paper.state.{sheet.state}") if sheet is not None else ""
        if box.slots[right.key].is_cast:
            state = f"{state} {say('paper.voted')}".strip()
        row = [right.key, label_of(paper, right), format_area(right.area), serial, state]
        rows.append([*row, "", ""])
    return rows


def list_pdf(
    title: str,
    lines: list[str],
    tables: list[tuple[str, Rows]],
    signatures: list[str],
    layout: Layout,
) -> bytes:
    """Return tables with places for signatures, on A4 across."""
    data = {
        "title": title,
        "lines": lines,
        "tables": [{"title": name, "rows": rows} for name, rows in tables],
        "signatures": signatures,
        "words": {name: layout.translate(f"paper.list.{name}") for name in ("signature", "date")},
    }
    return typeset(LIST, {"data": json.dumps(data, ensure_ascii=False)})


def _code(text: str) -> str:
    picture = io.BytesIO()
    segno.make(text, error="m").save(picture, kind="svg", border=1, xmldecl=False)
    return picture.getvalue().decode("utf-8")
