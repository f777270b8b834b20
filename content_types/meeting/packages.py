"""What a publication package of a meeting holds (发布包内容), for anybody (P0) or auditors (P2)."""

from __future__ import annotations

from typing import Any, Literal

from content_types.meeting import corrections, counting
from content_types.meeting.evidence import tables
from content_types.meeting.paper.joining import joined
from portal.errors import PortalError
from portal.evidence import seal
from portal.evidence.canonical import canonical_value
from portal.evidence.package import FullContent, PackageContent, build_package, log_content
from portal.rules.strict import as_plain

Level = Literal["P0", "P1", "P2"]


def package_content(
    meeting: Any, level: Level, kek: bytes | None = None, registry: Any = None
) -> PackageContent:
    """Return the input of ``build_package`` for a counted meeting.

    Level P1 adds what owners of the community may have. Level P2 adds envelopes, openings, key
    release, roll and per-unit table and needs ``kek``, the key-encryption key of the site; it is
    only for street office, scrutineers, notary and court.
    """
    box = meeting.ballot_box
    if box is None or meeting.result is None:
        raise PortalError("package.not_counted", status=409)
    content: PackageContent = {
        "meeting": box.meeting_id,
        "log": log_content(box.log),
        "keys": [box.signing_key],
        "profile": canonical_value(as_plain(meeting.profile)),
    }
    content.update(tables.beside(meeting))  # type: ignore[typeddict-item]
    if level == "P1":
        content["owners"] = tables.owners_content(meeting)
    if level == "P2":
        content["full"] = _full(meeting, kek, registry)
    return content


def package(meeting: Any, level: Level, registry: Any) -> bytes:
    """Return the verified archive of a level; equal state gives equal bytes."""
    kek = registry.kek if level == "P2" else None
    return build_package(package_content(meeting, level, kek, registry), registry.signer)


def _full(meeting: Any, kek: bytes | None, registry: Any) -> FullContent:
    if kek is None:
        raise PortalError("package.no_key")
    box = meeting.ballot_box
    releases = box.releases(kek)
    openings = counting.opened(box, seal.opener(box.sealing, releases))
    cast = joined(meeting, openings, registry, corrections.excluded(meeting, heeded=True))
    return {
        "envelopes": cast.envelopes,
        "openings": cast.openings,
        "release": releases,
        "roll": list(box.roll.entries()),
        "units": counting.unit_table(box, cast.counted),
    }
