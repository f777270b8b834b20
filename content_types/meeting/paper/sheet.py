"""The reconciliation sheet in words (核对表): sums, cases and ledger, to print and to file."""

from __future__ import annotations

from typing import Any

from content_types.meeting.paper import PaperRound, closing, opening
from content_types.meeting.paper.joining import paper_standing
from content_types.meeting.paper.ledger import label_of
from content_types.meeting.paper.printing import list_pdf
from content_types.meeting.result_files import Rows
from portal.layout import Layout
from portal.rules.paper import reconciliation


def sheet_pdf(paper: PaperRound, request: Any, layout: Layout) -> bytes:
    """Return the reconciliation sheet with places for the signatures."""
    say, meeting = layout.translate, paper.meeting
    table: Rows = [[say(f"paper.sum.column.{name}") for name in ("name", "number", "parts", "met")]]
    for line in sums(paper, layout):
        table.append(
            [line["name"], line["number"], f"{line['parts']} = {line['total']}", line["word"]]
        )
    listed: Rows = [[say(f"paper.case.column.{name}") for name in CASE_COLUMNS]]
    listed += [[case[name] for name in CASE_COLUMNS] for case in cases(paper, request, layout)]
    place = paper.session.place if paper.session else ""
    lines = [
        f"{meeting.community.title} · {meeting.title}",
        f"{say('paper.opened_at')} {layout.time(paper.opened_at)} {place}",
        f"{say('paper.closed_at')} {layout.time(paper.closed_at)}",
    ]
    tables = [(say("paper.sums"), table), (say("paper.cases"), listed)]
    people = [say(f"role.{role}") for role in opening.box_roles(paper, request)]
    people.append(say("role.street_officer"))
    return list_pdf(say("paper.go.reconcile"), lines, tables, people, layout)


def ledger_rows(paper: PaperRound, layout: Layout) -> Rows:
    """Return the whole ledger without the names of who came, oldest line first."""
    say, roll = layout.translate, paper.meeting.ballot_box.roll
    names = ("number", "at", "action", "serial", "units", "note")
    rows = [[say(f"paper.line.{name}") for name in names]]
    for number, line in enumerate(paper.ledger, 1):
        units = label_of(paper, roll.rights.get(line.right))
        cells = [str(number), layout.time(line.at), say(f"paper.action.{line.action}")]
        rows.append([*cells, line.serial, units, line.note])
    return rows


def sums(paper: PaperRound, layout: Layout) -> list[dict[str, Any]]:
    """Return the equations of the reconciliation in words and numbers."""
    say = layout.translate
    return [
        {
            "key": line.key,
            "name": say(f"paper.number.{line.key}"),
            "number": str(line.number),
            "parts": " + ".join(
                f"{say('paper.number.' + name)} {part}" for name, part in line.parts
            )
            or "0",
            "total": str(line.total),
            "met": line.met,
            "word": say("paper.sum.met" if line.met else "paper.sum.not_met"),
        }
        for line in reconciliation(closing.numbers(paper))
    ]


def statement(paper: PaperRound, layout: Layout) -> str:
    """Return in one sentence what the finished audit proves, empty before."""
    held = paper.audit
    if held is None or held.finished_at is None or not held.population:
        return ""
    wrong, permille = closing.risk(paper)
    key = "paper.statement_all" if len(held.sample) == held.population else "paper.statement"
    return layout.translate(
        key,
        size=len(held.sample),
        population=held.population,
        differences=held.differences,
        wrong=wrong,
        chance=f"{permille // 10}.{permille % 10}",
    )


CASE_COLUMNS = ("serial", "units", "what", "decision", "by")


def cases(paper: PaperRound, request: Any, layout: Layout) -> list[dict[str, str]]:
    """Return invalid, disputed, corrected and conflicting ballots with decision and author."""
    say, meeting = layout.translate, paper.meeting
    roll, profile = meeting.ballot_box.roll, meeting.rules(request.registry)
    by_rule = say("paper.case.by_rule", label=profile.label)
    found = []
    for serial, standing in sorted(paper_standing(meeting, request).items()):
        if standing != "only":
            clause = profile.cross_channel_precedence.clause
            row = _case(paper, roll, serial, say("paper.case.conflict"))
            decision = f"{say(f'paper.case.{standing}')} {clause}"
            found.append(row | {"decision": decision, "by": by_rule})
    for sheet in paper.sheets.values():
        decided = sheet.decision
        row = _case(paper, roll, sheet.serial, "")
        if sheet.final_invalid:
            found.append(row | {"what": say("paper.case.invalid"), "decision": "EV-8.1.4",
                                "by": _authors(sheet, layout)})  # fmt: skip
        if sheet.is_disputed or decided is not None:
            what = "paper.case.corrected" if len(sheet.openings) > 1 else "paper.case.disputed"
            reason = decided.reason if decided else say("paper.case.open")
            by = f"{layout.actor(decided.by)} {layout.time(decided.at)}" if decided else ""
            found.append(row | {"what": say(what), "decision": reason, "by": by})
    return found


def _case(paper: PaperRound, roll: Any, serial: str, what: str) -> dict[str, str]:
    right = roll.rights.get(paper.sheets[serial].right)
    return {"serial": serial, "units": label_of(paper, right), "what": what}


def _authors(sheet: Any, layout: Layout) -> str:
    if sheet.decision is not None:
        return layout.actor(sheet.decision.by)
    return "、".join(layout.actor(one.by) for one in (sheet.first, sheet.second) if one is not None)
