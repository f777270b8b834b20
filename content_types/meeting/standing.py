"""Standing of a result version (结果版本状态): in force, under correction, counted anew, replaced.

A version never changes. What changes is whether something was found wrong with it since, and every
place that shows or hands out a version says so in plain words.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from content_types.meeting import corrections, panels
from portal.clock import SITE_ZONE
from portal.layout import Layout

IN_FORCE, CORRECTING, RECOUNTED, REPLACED = "in_force", "correcting", "recounted", "replaced"
KINDS = (IN_FORCE, CORRECTING, RECOUNTED, REPLACED)
# More than the names of a community and of a meeting have together.
LONGEST = 200
# For the README of a package, which has no language of its own.
NOTES = {
    CORRECTING: """\
第 {version} 版结果正在更正：{at}（北京时间）起有更正尚未计入。重新计票后将产生第 {newer} 版，
本包仍是第 {version} 版。
Version {version} of the result is under correction: something was decided at {at} (UTC+8) that it
does not heed. The votes will be counted again as version {newer}; this package still is
version {version}.
""",
    RECOUNTED: """\
第 {version} 版结果已重新计票，第 {newer} 版尚未公布。本包是第 {version} 版。
Version {version} of the result was counted again; version {newer} is not public yet. This package
is version {version}.
""",
    REPLACED: """\
第 {version} 版结果已由第 {newer} 版代替。本包是第 {version} 版。
Version {version} of the result is replaced by version {newer}. This package is version {version}.
""",
}


class Standing(NamedTuple):
    """What became of a version; ``newer`` is the version that follows it, ``since`` a correction.

    Without a correction and a later version ``newer`` is the version itself.
    """

    kind: str
    version: int
    newer: int
    since: datetime | None = None


def standing_of(meeting: Any, result: Any) -> Standing:
    """Return what became of a result version since it was counted (EV-8.6.3)."""
    newest, version = meeting.result.version, result.version
    if version == newest:
        waiting = corrections.waiting(meeting)
        if waiting:
            return Standing(CORRECTING, version, version + 1, waiting[0].at)
        return Standing(IN_FORCE, version, version)
    public = newest if meeting.workflow_state in panels.PUBLIC else meeting.published_versions
    if public > version:
        return Standing(REPLACED, version, public)
    return Standing(RECOUNTED, version, newest)


def words(meeting: Any, result: Any, layout: Any) -> str:
    """Say what became of a version, nothing for one in force."""
    found = standing_of(meeting, result)
    if found.kind == IN_FORCE:
        return ""
    values = {"version": found.version, "newer": found.newer, "at": layout.time(found.since)}
    return str(layout.translate(f"standing.{found.kind}", **values))


def results(meeting: Any, layout: Any) -> dict[str, Any] | None:
    """Return the outcome for the meeting's page, or None for who may not see it yet."""
    result = panels.visible_result(meeting, layout)
    if result is None:
        return None
    return {
        "lines": result.lines(layout),
        "url": layout.url(meeting, "result"),
        "standing": words(meeting, result, layout),
    }


def note(meeting: Any, result: Any) -> str:
    """Return the same for the README of a package, in both languages."""
    found = standing_of(meeting, result)
    if found.kind == IN_FORCE:
        return ""
    at = found.since.astimezone(SITE_ZONE).strftime("%Y-%m-%d %H:%M") if found.since else ""
    return NOTES[found.kind].format(version=found.version, newer=found.newer, at=at)


def of_package(request: Any, record: dict[str, Any]) -> str:
    """Say what became of the version that a package of this site holds, nothing for others.

    ``record`` is the newest result record of the package; only who may see a version is told.
    """
    name = str(record.get("meeting"))
    # A stranger wrote it: what is longer than any name here is not taken apart.
    if len(name) > LONGEST:
        return ""
    meeting = _meeting(request.site["communities"], name.split("-"))
    if meeting is None:
        return ""
    layout = Layout(request, meeting)
    seen = panels.visible_result(meeting, layout)
    for result in meeting.results[: seen.version] if seen is not None else ():
        if result.record == record:
            return words(meeting, result, layout)
    return ""


def _meeting(communities: Any, parts: list[str]) -> Any:
    """Return a meeting by its name in records, whose parts may hold hyphens themselves."""
    for at in range(1, len(parts)):
        community = communities.get("-".join(parts[:at]))
        meetings = None if community is None else community.get("meetings")
        meeting = None if meetings is None else meetings.get("-".join(parts[at:]))
        if meeting is not None:
            return meeting
    return None


def includeme(config: Any) -> None:
    """Let the page that checks packages say what became of a version."""
    config.registry.standing_of_package = of_package
