"""The types of content, one module each (内容类型)."""

from __future__ import annotations

from typing import Any

WITH_INCLUDES = (
    "office",
    "training",
    "office_request",
    "record_file.appraisal",
    "owner_register.proof",
    "owner_register.forgetting",
    "community",
    "service",
    "service.retention",
    "community_application",
    "convenor_request",
    "organiser",
    "owner_register",
    "meeting.disputes",
    "meeting.printouts.views",
    "meeting.cockpit",
    "meeting.stepping",
    "meeting.saving",
    "meeting.checking",
    "meeting.standing",
    "meeting.evidence",
    "meeting.evidence.checking",
    "meeting.promises",
)


def includeme(config: Any) -> None:
    """Include the modules that register places or subscribers."""
    for name in WITH_INCLUDES:
        config.include(f"content_types.{name}")
