"""Parts that several papers share (文书内容): what the meeting and its result say, as rows."""

from __future__ import annotations

from typing import Any

from content_types.meeting import Meeting
from content_types.meeting.evidence.heads import head_of
from content_types.meeting.facts import facts, totals
from content_types.meeting.printouts.files import Block
from portal.layout import Layout

# What every paper says first.
FIRST = (
    *("meeting.field.convenor_kind", "meeting.window"),
    *("meeting.field.place", "meeting.field.method"),
)


def particulars(meeting: Meeting, layout: Layout) -> list[tuple[str, str]]:
    """Return what a paper says about the meeting first."""
    return [*facts(meeting, layout, *FIRST, "meeting.rules"), *totals(meeting.confirmation, layout)]


def procedure(meeting: Meeting, layout: Layout) -> list[tuple[str, str]]:
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


def standing(shown: dict[str, Any]) -> list[Block]:
    """Return what became of the version since, for one that is not in force."""
    return [Block("text", shown["standing"])] if shown["standing"] else []


def participation(shown: dict[str, Any], layout: Layout) -> tuple[tuple[str, ...], ...]:
    """Return who could take part and who did, by both measures."""
    say = layout.translate
    head = ("", say("result.column.done"), say("result.column.all"))
    rows = [
        (row["label"], row["done"], row["all"], f"{row['percent']} %")
        for row in shown["participation"]
    ]
    return ((*head, say("result.column.share")), *rows)


def outcomes(shown: dict[str, Any], layout: Layout) -> tuple[tuple[str, ...], ...]:
    """Return the verdict on each motion with the provision that decided."""
    say = layout.translate
    head = (say("result.column.motion"), say("result.column.outcome"), say("result.column.clause"))
    rows = [
        (f"{one['number']}. {one['title']}", one["verdict"], rule(one)) for one in shown["motions"]
    ]
    return (head, *rows)


def rule(motion: dict[str, Any]) -> str:
    """Return the provision that decided, by its name and its number among the sources."""
    return f"{motion['rule']}（{motion['clause']}）"


def votes(motion: dict[str, Any], layout: Layout) -> tuple[tuple[str, ...], ...]:
    """Return the votes per option of a motion, by both measures."""
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


def elected(shown: dict[str, Any], layout: Layout) -> list[Block]:
    """Return the standings of the candidates of every election."""
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


def evidence(meeting: Meeting, shown: dict[str, Any], layout: Layout) -> tuple[Any, ...]:
    """Return what leads from the paper to the log: version, digests, head."""
    say = layout.translate
    head = head_of(meeting, meeting.results[shown["version"] - 1])
    return (
        (say("result.counted_at"), shown["counted_at"]),
        (say("result.word.version"), str(shown["version"])),
        (say("result.digest"), shown["digest"]),
        (say("result.log_head"), f"{head['size']} · {head['root_sha256']}" if head else "—"),
    )


def disputes(meeting: Meeting, layout: Layout) -> list[Block]:
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


def steps(meeting: Meeting, layout: Layout) -> tuple[tuple[str, ...], ...]:
    """Return the steps of the meeting, oldest first: when, what, who and why."""
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


def enclosed(meeting: Meeting) -> tuple[str, ...]:
    """Return what goes with the filing sheet, as the rules of the place ask."""
    by_unit = "unit_table" in meeting.profile.documents["result"].value and not meeting.is_secret
    return ("notice", "result_table", *(("unit_table",) if by_unit else ()), "package", "minutes")


def signatures(meeting: Meeting, layout: Layout, *others: str) -> Block:
    """Return the places for the signatures of the convenor and of others."""
    names = (f"convenor.{meeting.convenor_kind}", *(f"paper.sign.{one}" for one in others))
    return Block("signatures", rows=tuple((layout.translate(name),) for name in names))
