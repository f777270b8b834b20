"""What a publication package of a meeting holds (发布包内容), for anybody (P0) or auditors (P2)."""

from __future__ import annotations

from typing import Any, Literal

from content_types.meeting import counting
from portal.errors import PortalError
from portal.evidence import seal
from portal.evidence.canonical import canonical_value
from portal.evidence.package import FullContent, PackageContent, build_package, log_content
from portal.rules.strict import as_plain

Level = Literal["P0", "P2"]


def package_content(meeting: Any, level: Level, kek: bytes | None = None) -> PackageContent:
    """Return the input of ``build_package`` for a counted meeting.

    Level P2 adds envelopes, openings, key release, roll and per-unit table and needs ``kek``, the
    key-encryption key of the site; it is only for street office, scrutineers, notary and court.
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
    if level == "P2":
        content["full"] = _full(box, kek)
    return content


def package(meeting: Any, level: Level, registry: Any) -> bytes:
    """Return the verified archive of a level; equal state gives equal bytes."""
    kek = registry.kek if level == "P2" else None
    return build_package(package_content(meeting, level, kek), registry.signer)


def _full(box: Any, kek: bytes | None) -> FullContent:
    if kek is None:
        raise PortalError("package.no_key")
    releases = box.releases(kek)
    openings = counting.opened(box, seal.opener(box.sealing, releases))
    return {
        "envelopes": [envelope for _, _, envelope in box.envelopes()],
        "openings": openings,
        "release": releases,
        "roll": list(box.roll.entries()),
        "units": counting.unit_table(box, openings),
    }
