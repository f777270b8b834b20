"""Versions of a result (结果版本): what a correction changed, cell by cell, and why (EV-8.6.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting import Meeting, panels, standing
from content_types.meeting.evidence.heads import leaf_of
from content_types.meeting.evidence.views import LEVELS, package_url
from content_types.meeting.result import Result, labels_of
from content_types.meeting.result_views import seen
from portal.files import disposition
from portal.layout import Layout
from portal.rules.area import format_area
from portal.security import Permission


@dataclass(frozen=True)
class Cell:
    """One number or word of a result that differs between two versions; ``path`` is in words."""

    path: tuple[str, ...]
    before: str
    after: str


def difference(old: Result, new: Result, layout: Any) -> list[Cell]:
    """Return every cell of the result table that differs, in the order of the table."""
    left, right = dict(_cells(old, layout)), dict(_cells(new, layout))
    return [
        Cell(path, left.get(path, "—"), right.get(path, "—"))
        for path in dict.fromkeys((*left, *right))
        if left.get(path) != right.get(path)
    ]


def _cells(result: Result, layout: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each cell of a result as its path in words and its text."""
    record, say = result.record, layout.translate
    yield from _pair((say("turnout.heads"), say("turnout.area")), (), record["participation"])
    names = say("result.column.heads"), say("result.column.area")
    for row in record["channels"]:
        path = (say(f"result.channel.{row['channel']}"),)
        yield (*path, say("result.column.ballots")), f"{row['counted']} / {row['ballots']}"
        yield from _pair(names, path, row["votes"])
    yield (say("versions.excluded"),), str(len(record["excluded"]))
    for motion, row in result.motions():
        labels = labels_of(motion)
        rows = [(labels[one["option"]], one["votes"]) for one in row["options"]]
        rows += [(say("result.blank"), row["blank"]), (say("versions.invalid"), row["invalid"])]
        for label, votes in rows:
            yield from _pair(names, (motion["title"], label), votes)
        for place in row["standings"] or ():
            status = say(f"result.status.{place['status']}")
            path = (motion["title"], labels[place["candidate"]], say("result.column.rank"))
            yield path, f"{place['rank']} {status}"
        yield (motion["title"], say("versions.outcome")), result.verdict_text(motion, row, layout)


def _pair(
    names: tuple[str, str], path: tuple[str, ...], votes: list[int]
) -> Iterator[tuple[tuple[str, ...], str]]:
    yield (*path, names[0]), str(votes[0])
    yield (*path, names[1]), format_area(votes[1])


def reasons(meeting: Any, old: Result, new: Result, layout: Layout) -> list[dict[str, str]]:
    """Return the corrections that the newer version heeds and the older one did not."""
    return [
        {
            "at": layout.time(one.at),
            "actor": layout.actor(one.by),
            "reason": one.reason,
            "clause": one.clause,
        }
        for one in meeting.corrections[old.corrections : new.corrections]
    ]


@view_config(
    context=Meeting,
    name="result-versions",
    renderer="skins:default/result_versions.pt",
    permission=Permission.VIEW.value,
)
def show_versions(context: Meeting, request: Any) -> dict[str, Any]:
    """Show every version of the result the person may see, with what changed between them."""
    layout, _ = seen(context, request)
    newest = panels.visible_result(context, layout)
    shown = context.results[: newest.version]
    rows = []
    for number, result in enumerate(shown):
        old = shown[number - 1] if number else None
        rows.append(
            {
                "version": result.version,
                "counted_at": layout.time(result.counted_at),
                "digest": result.digest,
                "standing": standing.words(context, result, layout)
                or layout.translate("versions.current"),
                "in_force": standing.standing_of(context, result).kind == standing.IN_FORCE,
                "packages": [
                    (level, url)
                    for level in LEVELS
                    if (url := package_url(context, layout, level, result))
                ],
                "url": layout.url(context, "result", version=str(result.version)),
                "record_url": layout.url(context, "result.json", version=str(result.version)),
                "cells": difference(old, result, layout) if old is not None else [],
                "reasons": reasons(context, old, result, layout) if old is not None else [],
            }
        )
    return {"item": context, "rows": list(reversed(rows))}


@view_config(context=Meeting, name="result.json", permission=Permission.VIEW.value)
def send_record(context: Meeting, request: Any) -> Response:
    """Send one version as it stands in the log, with the proof that the log holds it."""
    _, result = seen(context, request)
    body = proven(context, result)
    response = Response(body, content_type="application/json", charset="utf-8")
    name = f"{context.ballot_box.meeting_id}-result-{result.version}.json"
    response.headers["Content-Disposition"] = disposition(name)
    return response


def proven(meeting: Any, result: Result) -> bytes:
    """Return record, leaf index, path of the log and signed head of one version as JSON."""
    log, index = meeting.ballot_box.log, leaf_of(meeting, result)
    if index is None:
        raise HTTPNotFound
    (head,) = log.heads(last=1)
    found = {
        "type": "result-proof",
        "v": 1,
        "record": result.record,
        "index": index,
        "head": dict(head),
        "path": log.inclusion(index, head["size"]),
    }
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True).encode()
