"""What a publication package of a meeting holds (发布包内容), for anybody (P0) or auditors (P2).

A package is about one version of the result: it holds the log up to that version and nothing that
came later, so that it stays the same whatever is corrected afterwards.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from content_types.meeting import corrections, counting, joined_units, standing
from content_types.meeting.evidence import tables
from content_types.meeting.evidence.heads import leaf_of
from content_types.meeting.paper.joining import Joined, joined
from content_types.meeting.result import Result
from portal.errors import PortalError
from portal.evidence import seal
from portal.evidence.canonical import canonical_value
from portal.evidence.package import FullContent, PackageContent, build_package, log_content
from portal.rules.strict import as_plain

Level = Literal["P0", "P1", "P2"]


def package_content(
    meeting: Any,
    level: Level,
    kek: bytes | None = None,
    registry: Any = None,
    result: Result | None = None,
) -> PackageContent:
    """Return the input of ``build_package`` for a version of the result, by default the newest.

    Level P1 adds what owners of the community may have. Level P2 adds envelopes, openings, key
    release, roll and per-unit table and needs ``kek``, the key-encryption key of the site; it is
    only for street office, scrutineers, notary and court.
    """
    box, result = meeting.ballot_box, result or meeting.result
    if box is None or result is None:
        raise PortalError("package.not_counted", status=409)
    log = log_content(box.log, _size(meeting, result))
    content: PackageContent = {
        "meeting": box.meeting_id,
        "log": log,
        "keys": [box.signing_key],
        "profile": canonical_value(as_plain(meeting.profile)),
        "note": standing.note(meeting, result),
    }
    beside = tables.beside(meeting, result, len(log["heads"]))
    content.update(beside)  # type: ignore[typeddict-item]
    if level == "P1":
        content["owners"] = tables.owners_content(meeting, result)
    if level == "P2":
        content["full"] = _full(meeting, result, kek, registry)
    return content


def package(meeting: Any, level: Level, registry: Any, result: Result | None = None) -> bytes:
    """Return the verified archive of a level; equal state gives equal bytes."""
    kek = registry.kek if level == "P2" else None
    content = package_content(meeting, level, kek, registry, result)
    return build_package(content, meeting.ballot_box.signer(registry))


def casts_of(meeting: Any, result: Result, openings: list[Any], registry: Any) -> Joined:
    """Return the ballots as a version counted them, without any later correction."""
    decided = corrections.excluded(meeting, result)
    return joined(meeting, openings, registry, decided, size=_size(meeting, result))


def _size(meeting: Any, result: Result) -> int:
    index = leaf_of(meeting, result)
    if index is None:
        raise PortalError("package.not_counted", status=409)
    return index + 1


def _full(meeting: Any, result: Result, kek: bytes | None, registry: Any) -> FullContent:
    if kek is None:
        raise PortalError("package.no_key")
    box = meeting.ballot_box
    releases = box.releases(kek)
    openings = counting.opened(box, seal.opener(box.sealing, releases))
    cast = casts_of(meeting, result, openings, registry)
    return {
        "envelopes": cast.envelopes,
        "openings": cast.openings,
        "joins": [json.loads(one.opening) for _, one in joined_units.all_joins(box)],
        "release": releases,
        "roll": list(box.roll.entries()),
        "units": counting.unit_table(box, cast.counted),
    }
