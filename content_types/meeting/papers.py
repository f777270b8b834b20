"""Papers of a meeting (会议文书): filing sheet, minutes, result notice, guide and poster.

Each paper is built once as plain blocks and written as PDF or Word from them, so that both say
the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response

from content_types.meeting import Meeting, panels, paper_files
from content_types.meeting.evidence.heads import head_of
from content_types.meeting.paper_files import Block, Paper
from content_types.meeting.result_pages import explain
from portal.files import disposition
from portal.layout import Layout
from portal.rules.deadlines import earliest_take_down
from portal.rules.keys import Rule
from portal.security import Permission
from portal.views.law import edition

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Papers of a meeting and the forms they come in.
PAPERS = {
    "poster": ("pdf",),
    "guide": ("pdf",),
    "result-notice": ("pdf", "docx"),
    "filing-sheet": ("pdf", "docx"),
    "minutes": ("pdf", "docx"),
}
SIZES = ("a4", "a3")
STEPS = ("scan", "log_in", "choose", "confirm", "voucher", "help")


def may_print(name: str, meeting: Meeting, layout: Layout) -> bool:
    """Say whether a person may have a paper of the meeting now."""
    staff = panels.is_staff(meeting, layout)
    if name in ("poster", "guide"):
        return meeting.noticed_at is not None or (staff and meeting.approved_at is not None)
    if panels.visible_result(meeting, layout) is None:
        return False
    public = meeting.workflow_state in panels.PUBLIC
    return staff or name == "result-notice" or (name == "minutes" and public)


def address(meeting: Meeting, request: Any) -> str:
    """Return the public address of the meeting as the printed code holds it."""
    base = request.registry.settings["yitang"].base_url
    return f"{base}{request.resource_path(meeting)}"


def full_title(meeting: Meeting) -> str:
    """Return the title of a meeting with its community, which many titles name already."""
    place = meeting.community.title
    return meeting.title if place in meeting.title else f"{place}　{meeting.title}"


def filing_sheet(meeting: Meeting, layout: Layout) -> Paper:
    """Return the filing sheet (备案表), with places for seal and signatures."""
    say = layout.translate
    shown = explain(panels.visible_result(meeting, layout), layout)
    return Paper(
        say("paper.filing-sheet"),
        full_title(meeting),
        (
            *_standing(shown),
            Block("facts", rows=(*_head(meeting, layout), *_procedure(meeting, layout))),
            Block("heading", say("paper.participation")),
            Block("table", rows=_participation(shown, layout)),
            Block("heading", say("result.title")),
            Block("table", rows=_outcomes(shown, layout)),
            *_elected(shown, layout),
            Block("facts", rows=_evidence(meeting, shown, layout)),
            Block("heading", say("paper.enclosed")),
            *(Block("text", f"□ {say('paper.enclosure.' + one)}") for one in _enclosed(meeting)),
            _signatures(meeting, layout, "scrutineer", "street_office"),
        ),
    )


def minutes(meeting: Meeting, layout: Layout) -> Paper:
    """Return the minutes (会议纪要): what was decided, by whom, when and how."""
    say = layout.translate
    shown = explain(panels.visible_result(meeting, layout), layout)
    blocks = [
        *_standing(shown),
        Block("facts", rows=(*_head(meeting, layout), *_procedure(meeting, layout))),
        Block("heading", say("paper.participation")),
        Block("table", rows=_participation(shown, layout)),
    ]
    for motion in shown["motions"]:
        blocks += [
            Block("heading", f"{motion['number']}. {motion['title']}"),
            Block("text", f"{motion['matter']} · {motion['category']} · {_rule(motion)}"),
            Block("table", rows=_votes(motion, layout)),
            Block("text", f"{say('result.word.outcome')} {motion['verdict']}"),
        ]
        if motion["explanation"]:
            blocks.append(Block("text", motion["explanation"]))
    blocks += _disputes(meeting, layout)
    blocks += [Block("heading", say("history.title")), Block("table", rows=_steps(meeting, layout))]
    blocks.append(Block("facts", rows=_evidence(meeting, shown, layout)))
    blocks.append(_signatures(meeting, layout, "scrutineer", "residents_committee"))
    return Paper(say("paper.minutes"), full_title(meeting), tuple(blocks))


def result_notice(meeting: Meeting, layout: Layout) -> Paper:
    """Return the result as a public notice to be posted, with how long it stays up (SZ-26)."""
    say = layout.translate
    result = panels.visible_result(meeting, layout)
    shown = explain(result, layout)
    profile = meeting.rules(layout.request.registry)
    days = profile.result_times.notice_days
    blocks = [
        *_standing(shown),
        Block("text", say("paper.notice_intro", community=meeting.community.title)),
        Block("facts", rows=tuple(_head(meeting, layout))),
        Block("table", rows=_participation(shown, layout)),
    ]
    for motion in shown["motions"]:
        blocks += [
            Block("heading", f"{motion['number']}. {motion['title']}：{motion['verdict']}"),
            Block("table", rows=_votes(motion, layout)),
        ]
        if motion["explanation"]:
            blocks.append(Block("text", motion["explanation"]))
    if days is not None:
        blocks.append(Block("text", _days_up(meeting, days, layout)))
    blocks.append(Block("text", say("paper.notice_objection")))
    blocks.append(Block("facts", rows=_evidence(meeting, shown, layout)))
    blocks.append(_signatures(meeting, layout))
    title = full_title(meeting)
    return Paper(say("paper.result-notice"), title, tuple(blocks))


def _days_up(meeting: Meeting, days: Rule[int], layout: Layout) -> str:
    """Say how long the notice stays up: until when, or from when it counts (SZ-26, SZ-29).

    It is printed to be posted, so mostly before its days have begun.
    """
    say, registry = layout.translate, layout.request.registry
    start, posting = meeting.result_day(registry), meeting.rules(registry).physical_posting
    if start is not None:
        until = layout.until(earliest_take_down(start, days.value))
        told = {"start": layout.date(start), "until": until, "clause": days.clause}
        return str(say("paper.notice_days", days=days.value, **told))
    if posting.value:
        clause = f"{days.clause}、{posting.clause}"
        return str(say("paper.notice_days_posted", days=days.value, clause=clause))
    return str(say("paper.notice_days_published", days=days.value, clause=days.clause))


def guide(meeting: Meeting, layout: Layout) -> Paper:
    """Return the guide for owners (操作指南): how to vote, step by step (SZ-8)."""
    say = layout.translate
    blocks = [Block("facts", rows=tuple(_head(meeting, layout))[:4])]
    for number, step in enumerate(STEPS, 1):
        blocks.append(Block("heading", f"{number}. {say(f'guide.{step}.title')}"))
        blocks.append(Block("text", say(f"guide.{step}.text")))
    blocks.append(Block("heading", say("meeting.motions")))
    blocks += [
        Block("text", f"{number}. {motion.title}")
        for number, motion in enumerate(meeting.motions(), 1)
    ]
    blocks.append(Block("text", say("guide.free")))
    return Paper(say("paper.guide"), full_title(meeting), tuple(blocks))


BUILDERS: dict[str, Callable[[Meeting, Layout], Paper]] = {
    "guide": guide,
    "result-notice": result_notice,
    "filing-sheet": filing_sheet,
    "minutes": minutes,
}


def _head(meeting: Meeting, layout: Layout) -> list[tuple[str, str]]:
    say = layout.translate
    confirmed = meeting.confirmation
    opens, closes = layout.time(meeting.voting_opens_at), layout.time(meeting.voting_closes_at)
    rows = [
        (say("meeting.field.convenor_kind"), say(f"convenor.{meeting.convenor_kind}")),
        (say("meeting.window"), f"{opens} — {closes}"),
        (say("meeting.field.place"), meeting.place),
        (say("meeting.field.method"), say(f"meeting.method.{meeting.method}")),
        (say("meeting.rules"), edition(meeting.rules(layout.request.registry), layout)),
    ]
    if confirmed is not None:
        rows += [
            (say("totals.units"), say("totals.units_number", number=confirmed.units)),
            (say("totals.heads"), say("totals.heads_number", number=confirmed.heads)),
            (say("totals.area"), layout.area(confirmed.area)),
        ]
    return rows


def _procedure(meeting: Meeting, layout: Layout) -> list[tuple[str, str]]:
    """Return the dates of the procedure and where it was posted."""
    say = layout.translate
    rows = [(say("paper.noticed"), layout.time(meeting.noticed_at))]
    for label, posting in (
        ("paper.posted", meeting.posting),
        ("paper.guide_posted", meeting.guide_posting),
    ):
        if posting is not None:
            rows.append((say(label), f"{posting.place}　{layout.time(posting.posted_at)}"))
    if meeting.invited_at is not None:
        rows.append((say("paper.invited"), layout.time(meeting.invited_at)))
    for one in meeting.children_of("extension"):
        if one.workflow_state == "granted":
            ends = f"{layout.time(one.old_end)} → {layout.time(one.granted_end)}"
            rows.append((say("extension.plural"), f"{ends}　{one.text}"))
    return rows


def _standing(shown: dict[str, Any]) -> list[Block]:
    """Return what became of the version since, for one that is not in force."""
    return [Block("text", shown["standing"])] if shown["standing"] else []


def _participation(shown: dict[str, Any], layout: Layout) -> tuple[tuple[str, ...], ...]:
    say = layout.translate
    head = ("", say("result.column.done"), say("result.column.all"))
    rows = [
        (row["label"], row["done"], row["all"], f"{row['percent']} %")
        for row in shown["participation"]
    ]
    return ((*head, say("result.column.share")), *rows)


def _outcomes(shown: dict[str, Any], layout: Layout) -> tuple[tuple[str, ...], ...]:
    say = layout.translate
    head = (say("result.column.motion"), say("result.column.outcome"), say("result.column.clause"))
    rows = [
        (f"{one['number']}. {one['title']}", one["verdict"], _rule(one)) for one in shown["motions"]
    ]
    return (head, *rows)


def _rule(motion: dict[str, Any]) -> str:
    """Return the provision that decided, by its name and its number among the sources."""
    return f"{motion['rule']}（{motion['clause']}）"


def _votes(motion: dict[str, Any], layout: Layout) -> tuple[tuple[str, ...], ...]:
    names = ("option", "heads", "heads_share", "area", "area_share")
    rows = [
        (
            one["label"],
            one["heads"],
            f"{one['heads_percent']} %",
            one["area"],
            f"{one['area_percent']} %",
        )
        for one in motion["options"]
    ]
    return (tuple(layout.translate(f"result.column.{name}") for name in names), *rows)


def _elected(shown: dict[str, Any], layout: Layout) -> list[Block]:
    say, blocks = layout.translate, []
    head = tuple(
        say(f"result.column.{name}") for name in ("rank", "candidate", "heads", "area", "status")
    )
    for motion in shown["motions"]:
        if motion["standings"]:
            rows = [
                (one["rank"], one["label"], one["heads"], one["area"], one["word"])
                for one in motion["standings"]
            ]
            blocks += [Block("heading", motion["title"]), Block("table", rows=(head, *rows))]
    return blocks


def _evidence(meeting: Meeting, shown: dict[str, Any], layout: Layout) -> tuple[Any, ...]:
    say = layout.translate
    head = head_of(meeting, meeting.results[shown["version"] - 1])
    return (
        (say("result.counted_at"), shown["counted_at"]),
        (say("result.word.version"), str(shown["version"])),
        (say("result.digest"), shown["digest"]),
        (say("result.log_head"), f"{head['size']} · {head['root_sha256']}" if head else "—"),
    )


def _disputes(meeting: Meeting, layout: Layout) -> list[Block]:
    """Return objections, complaints, cases and guidance: numbers and answers, never the text."""
    say, rows = layout.translate, []
    for kind in ("objection", "complaint", "ballot_case"):
        for one in meeting.children_of(kind):
            answers = [e["comment"] for e in one.history() if e.get("transition")]
            rows.append(
                (
                    say(f"type.{kind}"),
                    one.__name__,
                    layout.state(one),
                    "；".join(filter(None, answers)) or "—",
                )
            )
    blocks = []
    if rows:
        head = tuple(say(f"paper.dispute.{name}") for name in ("kind", "number", "state", "answer"))
        blocks += [Block("heading", say("paper.disputes")), Block("table", rows=(head, *rows))]
    if meeting.guidance:
        blocks.append(Block("heading", say("guidance.plural")))
        blocks += [Block("text", one.words(layout)) for one in meeting.guidance]
    return blocks


def _steps(meeting: Meeting, layout: Layout) -> tuple[tuple[str, ...], ...]:
    rows = [
        (
            layout.time(entry["at"]),
            layout.step(meeting, entry["transition"]),
            layout.actor(entry["actor"]),
            entry.get("comment") or "",
        )
        for entry in reversed(meeting.history())
        if entry["action"] == "transition"
    ]
    names = ("at", "step", "actor", "comment")
    return (tuple(layout.translate(f"paper.step.{name}") for name in names), *rows)


def _enclosed(meeting: Meeting) -> tuple[str, ...]:
    found = ["notice", "result_table", "package"]
    if "unit_table" in meeting.profile.documents["result"].value and not meeting.is_secret:
        found.insert(2, "unit_table")
    return (*found, "minutes")


def _signatures(meeting: Meeting, layout: Layout, *others: str) -> Block:
    say = layout.translate
    names = [
        say(f"convenor.{meeting.convenor_kind}"),
        *(say(f"paper.sign.{one}") for one in others),
    ]
    return Block("signatures", rows=tuple((name,) for name in names))


def made(name: str, ending: str, meeting: Meeting, layout: Layout) -> bytes:
    """Return one paper as a file."""
    page = address(meeting, layout.request)
    words = {key: layout.translate(f"paper.word.{key}") for key in paper_files.WORDS}
    if name == "poster":
        size = layout.request.GET.get("size", SIZES[0])
        if size not in SIZES:
            raise HTTPNotFound
        return paper_files.poster_file(_poster(meeting, layout), page, size)
    paper = BUILDERS[name](meeting, layout)
    if ending == "docx":
        return paper_files.docx_file(paper, page, words)
    return paper_files.pdf_file(paper, page, words)


def _poster(meeting: Meeting, layout: Layout) -> dict[str, Any]:
    say = layout.translate
    convenor = say(f"convenor.{meeting.convenor_kind}")
    return {
        "community": meeting.community.title,
        "title": meeting.title,
        "call": say("poster.call"),
        "window_label": say("meeting.window"),
        "opens": say("poster.opens", at=layout.time(meeting.voting_opens_at)),
        "closes": say("poster.closes", at=layout.time(meeting.voting_closes_at)),
        "motions_label": say("meeting.motions"),
        "motions": [motion.title for motion in meeting.motions()],
        "scan": say("poster.scan"),
        "free": say("guide.free"),
        "convenor": f"{say('meeting.field.convenor_kind')}：{convenor}",
        "seal": say("paper.word.seal"),
    }


def _send(context: Meeting, request: Any) -> Response:
    name, _, ending = request.view_name.rpartition(".")
    layout = Layout(request, context)
    if not may_print(name, context, layout):
        raise HTTPNotFound
    media_type = DOCX if ending == "docx" else PDF
    response = Response(made(name, ending, context, layout), content_type=media_type)
    response.headers["Content-Disposition"] = disposition(f"{context.__name__}-{name}.{ending}")
    return response


def includeme(config: Any) -> None:
    """Register one view for every form of every paper."""
    for name, endings in PAPERS.items():
        for ending in endings:
            config.add_view(
                _send,
                context=Meeting,
                name=f"{name}.{ending}",
                permission=Permission.VIEW.value,
            )
