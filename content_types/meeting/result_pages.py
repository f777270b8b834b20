"""A result in words and numbers (结果说明): one source for page, print, spreadsheet and CSV."""

from __future__ import annotations

from collections import Counter
from typing import Any

from content_types.meeting import standing
from content_types.meeting.evidence.heads import head_lines
from content_types.meeting.result import Result, labels_of
from portal import clauses
from portal.evidence.canonical import Record
from portal.layout import Layout
from portal.rules.area import format_area
from portal.rules.number import percent
from portal.rules.tally import ABSTAIN, AGAINST, FOR

KINDS = (FOR, AGAINST, ABSTAIN)
NO_CHOICE = ("blank", "invalid")


def explain(result: Result, layout: Layout) -> dict[str, Any]:
    """Return everything about a result that a page or file shows, already in words."""
    record, settings = result.record, result.settings
    heads, area = record["totals"]
    say = layout.translate
    return {
        "meeting": record["meeting"],
        "community": settings["community"],
        "title": settings["title"],
        "version": result.version,
        "counted_at": layout.time(result.counted_at),
        "digest": result.digest,
        "standing": standing.words(layout.context, result, layout),
        "head": head_lines(layout.context, result),
        "profile": say(
            "law.edition",
            title=say(f"profile.{settings['profile']['id']}", settings["profile"]["id"]),
            version=settings["profile"]["version"],
        ),
        "totals": [
            (say("result.total_heads"), say("totals.heads_number", number=heads)),
            (say("result.total_area"), format_area(area)),
            *_sources(layout),
        ],
        "participation": [
            _part(say("turnout.heads"), record["participation"][0], heads, layout, area=False),
            _part(say("turnout.area"), record["participation"][1], area, layout, area=True),
        ],
        "channels": [
            {
                "name": say(f"result.channel.{row['channel']}"),
                "ballots": str(row["ballots"]),
                "counted": str(row["counted"]),
                "heads": str(row["votes"][0]),
                "area": format_area(row["votes"][1]),
            }
            for row in record["channels"]
        ],
        "excluded": [
            {
                "index": str(row["index"]),
                "reason": say(f"refusal.{row['reason']}"),
                "clause": row["clause"],
            }
            for row in record["excluded"]
        ],
        "motions": [
            _motion(number, motion, row, result, layout)
            for number, (motion, row) in enumerate(result.motions(), 1)
        ],
    }


def _sources(layout: Layout) -> list[tuple[str, str]]:
    """Return how many areas are not those of the title register, by their source (CN-I8)."""
    say, found = layout.translate, Counter(dict(layout.context.ballot_box.roll.sources).values())
    return [
        (
            say("result.area_source", source=say(f"unit.area_source.{source}")),
            say("totals.units_number", number=number),
        )
        for source, number in sorted(found.items())
    ]


def share_text(share: Record) -> str:
    """Return a share to reach, such as ``≥ 2/3`` or ``> 1/2``."""
    return f"{'>' if share['strict'] else '≥'} {share['numerator']}/{share['denominator']}"


def _measure(label: str, part: int, whole: int, *, area: bool) -> dict[str, Any]:
    show = format_area if area else str
    return {
        "label": label,
        "numerator": show(part),
        "denominator": show(whole),
        "percent": percent(part, whole),
    }


def _part(label: str, done: int, whole: int, layout: Layout, *, area: bool) -> dict[str, Any]:
    """Return one measure of the participation with its units."""

    def show(number: int) -> str:
        return layout.area(number) if area else heads_text(number, layout)

    shown = {"done": show(done), "all": show(whole)}
    key = "turnout.area_text" if area else "turnout.heads_text"
    values = shown if area else {"done": done, "all": whole}
    text = layout.translate(key, **values)
    return _measure(label, done, whole, area=area) | shown | {"text": text}


def heads_text(number: int | str, layout: Layout) -> str:
    """Return a number of owners with its unit."""
    return layout.translate("totals.heads_number", number=number)


def _motion(
    number: int, motion: Record, row: Record, result: Result, layout: Layout
) -> dict[str, Any]:
    say = layout.translate
    labels = said_labels(motion, say)
    counted = result.record["participation"]
    options = [
        _option(labels[option["option"]], option["option"], option["votes"], counted)
        for option in row["options"]
    ]
    options.append(_option(say("result.blank"), "blank", row["blank"], counted))
    if row["invalid"][0]:
        options.append(_option(say("result.invalid"), "invalid", row["invalid"], counted))
    rule = motion["rule"]
    return {
        "number": number,
        "key": motion["motion"],
        "title": motion["title"],
        "matter": say(f"matter.{rule['matter']}"),
        "rule": say(f"law.rule.{rule['rule']}"),
        "rule_id": rule["rule"],
        "category": say(f"result.category.{rule['category']}"),
        "clause": rule["majority"]["clause"],
        "verdict": result.verdict_text(motion, row, layout),
        "carried": result.verdicts()[motion["motion"]],
        "seats": motion["seats"],
        "options": options,
        "checks": [_check(check, say) for check in row["verdict"]["checks"]]
        if row["verdict"]
        else [],
        "standings": [
            _standing(standing, labels, counted, say) for standing in row["standings"] or ()
        ],
        "explanation": _sentence(row, rule["category"], say),
    }


def said_labels(motion: Record, say: Any) -> dict[str, str]:
    """Return the options by key: those of the law in the reader's language, others as written."""
    return {
        key: say(f"choice.{key}") if key in KINDS else label
        for key, label in labels_of(motion).items()
    }


def _option(label: str, option: str, votes: list[int], counted: list[int]) -> dict[str, Any]:
    return {
        "label": label,
        "kind": option if option in KINDS else KINDS[-1] if option in NO_CHOICE else "",
        "heads": str(votes[0]),
        "heads_percent": percent(votes[0], counted[0]),
        "area": format_area(votes[1]),
        "area_percent": percent(votes[1], counted[1]),
    }


def _check(check: Record, say: Any) -> dict[str, Any]:
    area = check["key"].endswith("_area")
    label = say(f"result.check.{check['key']}")
    shown = _measure(label, check["numerator"], check["denominator"], area=area)
    share = check["share"]
    mark = f"{share['numerator'] * 100 // share['denominator']}"
    return shown | {
        "needed": share_text(share),
        "base": say(f"result.base.{share['base']}"),
        "mark": mark,
        "met": check["met"],
        "word": say("result.met" if check["met"] else "result.not_met"),
        "clause": share["clause"],
    }


def _standing(row: Record, labels: dict[str, str], counted: list[int], say: Any) -> dict[str, Any]:
    votes = _option(labels[row["candidate"]], row["candidate"], row["votes"], counted)
    checks = [_check(check, say) for check in row["verdict"]["checks"]]
    return votes | {
        "rank": str(row["rank"]),
        "shared": row["shared"],
        "status": row["status"],
        "word": say(f"result.status.{row['status']}"),
        "checks": checks,
    }


def _sentence(row: Record, category: str, say: Any) -> str:
    """Return in one sentence what decided: the first comparison that failed, or that all held."""
    if not row["verdict"]:
        return ""
    failed = [check for check in row["verdict"]["checks"] if not check["met"]]
    if not failed:
        return str(say("result.advisory_met" if category == "advisory" else "result.all_met"))
    first = _check(failed[0], say)
    return str(
        say(
            "result.failed_because",
            check=first["label"],
            numerator=first["numerator"],
            denominator=first["denominator"],
            percent=first["percent"],
            needed=first["needed"],
            clause=clauses.words(first["clause"], say),
        )
    )
