"""What is published beside each result version (公布表): made once, when the count is done."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from content_types.meeting import counting
from content_types.meeting.paper.joining import joined
from portal.evidence import publication, seal
from portal.evidence.canonical import Record, canonical
from portal.evidence.package import OwnersContent
from portal.evidence.publication import CountedBallot
from portal.evidence.stamps import stamps_record
from portal.workflow import on_transition


class Tables(NamedTuple):
    """Canonical bytes by result version; empty where nothing may be published."""

    version: int
    buckets: bytes
    rows: bytes
    participation: bytes


@on_transition("meeting.finish_count")
def keep_tables(event: Any) -> None:
    """Make the tables of a new result version, so that every later export is the same."""
    meeting, registry = event.item, event.request.registry
    meeting.tables = (*meeting.tables, tables_of(meeting, registry))


def tables_of(meeting: Any, registry: Any) -> Tables:
    """Return what the guard against re-identification lets out of the newest result."""
    box, result, profile = meeting.ballot_box, meeting.result, meeting.rules(registry)
    casts = _casts(meeting, registry)
    settings, out = result.settings, {row["index"] for row in result.record["excluded"]}
    kept = [] if box.is_secret else [cast for cast in casts if cast.index not in out]
    counted = [_counted(box, cast.counts) for cast in kept]
    size = profile.publication_group.value
    last = casts[-1].index + 1 if casts else 0
    buckets = rows = participation = None
    if not box.is_secret:
        buckets = publication.bucket_table(settings, counted, box.log.root(last)["sha256"], size)
        rows = publication.ballot_rows(settings, counted, size)
    if profile.participation_list.value:
        voted = {u for c in casts if c.index not in out for u in c.counts.get("units", ())}
        voted |= box.voted_units() if box.is_secret else set()
        participation = publication.participation_list(box.meeting_id, _rooms(meeting, voted))
    return Tables(
        result.version,
        *(canonical(part) if part else b"" for part in (buckets, rows, participation)),
    )


def _casts(meeting: Any, registry: Any) -> Any:
    """Return every ballot of the log; what the count left in memory is taken and forgotten."""
    left = getattr(meeting, "_v_casts", None)
    meeting._v_casts = None  # noqa: SLF001
    if left is not None:
        return left
    box = meeting.ballot_box
    openings = counting.opened(box, seal.opener(box.sealing, box.releases(registry.kek)))
    return joined(meeting, openings, registry).casts


def of_version(meeting: Any, result: Any) -> Tables | None:
    """Return the tables of a result version."""
    found = [one for one in meeting.tables if one.version == result.version]
    return found[-1] if found else None


def beside(meeting: Any, result: Any, heads: int) -> dict[str, Record]:
    """Return what stands in packages of every level beside log and result.

    ``heads`` is how many heads of the log the package holds.
    """
    found, tables = {}, of_version(meeting, result)
    if tables is not None and tables.buckets:
        found["buckets"] = json.loads(tables.buckets)
    stamps = [one for one in meeting.time_stamps if one.position < heads]
    if stamps:
        found["stamps"] = stamps_record(stamps)
    return found


def owners_content(meeting: Any, result: Any) -> OwnersContent:
    """Return what level P1 adds for the owners of the community."""
    tables = of_version(meeting, result)
    rows, rooms = (tables.rows, tables.participation) if tables is not None else (b"", b"")
    read = [json.loads(part) if part else None for part in (rooms, rows)]
    part = publication.owners_part(meeting.ballot_box.meeting_id, *read)
    return {"part": part, "rows": read[1], "participation": read[0]}


def bucket_of(meeting: Any, result: Any, lot: str) -> int | None:
    """Return the number of the bucket in which a version published a voucher's ballot, or None."""
    tables = of_version(meeting, result)
    if tables is None or not tables.buckets:
        return None
    return publication.bucket_of(json.loads(tables.buckets), lot)


def _counted(box: Any, opening: Record) -> CountedBallot:
    right = box.roll.right_of(opening["units"][0])
    buildings = sorted({unit.partition("/")[0] for unit in opening["units"]})
    area = right.area_of(opening["units"])
    lot = publication.lot_of(opening)
    return CountedBallot(lot, area, "+".join(buildings), opening["choices"])


def _rooms(meeting: Any, voted: set[str]) -> list[tuple[str, int, bool]]:
    register = meeting.community["owners"]
    rooms = []
    for entry in meeting.ballot_box.roll.entries():
        unit = register.unit(entry["unit"])
        label = unit.label if unit is not None else entry["unit"]
        rooms.append((label, entry["area"], entry["unit"] in voted))
    return sorted(rooms)
