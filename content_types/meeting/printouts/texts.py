"""What each paper says (文书正文), as blocks, so that its PDF and its Word file say the same."""

from __future__ import annotations

from typing import Any

from content_types.meeting import Meeting, panels
from content_types.meeting.facts import facts
from content_types.meeting.printouts import parts
from content_types.meeting.printouts.files import Block, Paper
from content_types.meeting.result_pages import explain
from portal.layout import Layout
from portal.rules.deadlines import earliest_take_down
from portal.rules.keys import Rule

STEPS = ("scan", "log_in", "choose", "confirm", "voucher", "help")


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
            *parts.standing(shown),
            Block(
                "facts",
                rows=(*parts.particulars(meeting, layout), *parts.procedure(meeting, layout)),
            ),
            Block("heading", say("paper.participation")),
            Block("table", rows=parts.participation(shown, layout)),
            Block("heading", say("result.title")),
            Block("table", rows=parts.outcomes(shown, layout)),
            *parts.elected(shown, layout),
            Block("facts", rows=parts.evidence(meeting, shown, layout)),
            Block("heading", say("paper.enclosed")),
            *(
                Block("text", f"□ {say('paper.enclosure.' + one)}")
                for one in parts.enclosed(meeting)
            ),
            parts.signatures(meeting, layout, "scrutineer", "street_office"),
        ),
    )


def minutes(meeting: Meeting, layout: Layout) -> Paper:
    """Return the minutes (会议纪要): what was decided, by whom, when and how."""
    say = layout.translate
    shown = explain(panels.visible_result(meeting, layout), layout)
    blocks = [
        *parts.standing(shown),
        Block(
            "facts", rows=(*parts.particulars(meeting, layout), *parts.procedure(meeting, layout))
        ),
        Block("heading", say("paper.participation")),
        Block("table", rows=parts.participation(shown, layout)),
    ]
    for motion in shown["motions"]:
        blocks += [
            Block("heading", f"{motion['number']}. {motion['title']}"),
            Block("text", f"{motion['matter']} · {motion['category']} · {parts.rule(motion)}"),
            Block("table", rows=parts.votes(motion, layout)),
            Block("text", f"{say('result.word.outcome')} {motion['verdict']}"),
        ]
        if motion["explanation"]:
            blocks.append(Block("text", motion["explanation"]))
    blocks += [
        *parts.disputes(meeting, layout),
        Block("heading", say("history.title")),
        Block("table", rows=parts.steps(meeting, layout)),
        Block("facts", rows=parts.evidence(meeting, shown, layout)),
        parts.signatures(meeting, layout, "scrutineer", "residents_committee"),
    ]
    return Paper(say("paper.minutes"), full_title(meeting), tuple(blocks))


def result_notice(meeting: Meeting, layout: Layout) -> Paper:
    """Return the result as a public notice to be posted, with how long it stays up (SZ-26)."""
    say = layout.translate
    shown = explain(panels.visible_result(meeting, layout), layout)
    days = meeting.rules(layout.request.registry).result_times.notice_days
    blocks = [
        *parts.standing(shown),
        Block("text", say("paper.notice_intro", community=meeting.community.title)),
        Block("facts", rows=tuple(parts.particulars(meeting, layout))),
        Block("table", rows=parts.participation(shown, layout)),
    ]
    for motion in shown["motions"]:
        blocks += [
            Block("heading", f"{motion['number']}. {motion['title']}：{motion['verdict']}"),
            Block("table", rows=parts.votes(motion, layout)),
        ]
        if motion["explanation"]:
            blocks.append(Block("text", motion["explanation"]))
    if days is not None:
        blocks.append(Block("text", _days_up(meeting, days, layout)))
    blocks += [
        Block("text", say("paper.notice_objection")),
        Block("facts", rows=parts.evidence(meeting, shown, layout)),
        parts.signatures(meeting, layout),
    ]
    return Paper(say("paper.result-notice"), full_title(meeting), tuple(blocks))


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
    blocks = [Block("facts", rows=tuple(facts(meeting, layout, *parts.FIRST)))]
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


def poster(meeting: Meeting, layout: Layout) -> dict[str, Any]:
    """Return the words of the poster: what is put to the vote, until when, where to scan."""
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
