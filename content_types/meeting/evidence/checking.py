"""Checking stored time stamps and tables (核对) for ``yitang check``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cryptography import x509

from content_types.meeting import packages
from portal import catalog
from portal.errors import PortalError
from portal.evidence import stamps
from portal.evidence.canonical import EvidenceError, canonical


def check_evidence(request: Any) -> Iterator[tuple[str, str]]:
    """Yield for every vote what is wrong with its time stamps or with what is published."""
    for meeting in catalog.each(request, types=("meeting",), everything=True):
        if meeting.time_stamps:
            yield f"time stamps of {meeting.ballot_box.meeting_id}", stamp_fault(meeting)
        if meeting.workflow_state in ("published", "archived"):
            name = meeting.ballot_box.meeting_id
            yield f"package of {name}", package_fault(meeting, request.registry)


def stamp_fault(meeting: Any) -> str:
    """Return the first token that is not about its head, empty when every one is."""
    heads = meeting.ballot_box.log.heads()
    for one in meeting.time_stamps:
        if one.position >= len(heads):
            return f"head {one.position} of the {one.occasion} stamp is gone"
        roots = [x509.load_der_x509_certificate(root) for root in one.roots]
        try:
            stamps.check(one.response, canonical(heads[one.position]), roots)
        except stamps.StampError as error:
            return f"{one.occasion}: {error}"
    return ""


def package_fault(meeting: Any, registry: Any) -> str:
    """Return why the public package cannot be made, empty when it verifies."""
    try:
        packages.package(meeting, "P1", registry)
    except (EvidenceError, PortalError) as error:
        return str(error)
    return ""


def includeme(config: Any) -> None:
    """Add the check."""
    config.registry.integrity_checks.append(check_evidence)
