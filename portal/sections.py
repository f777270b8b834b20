"""Plain containers that structure a place (栏目): announcements, meetings, buildings, archives."""

from __future__ import annotations

from typing import Any

from portal import content


@content.content_type("section", catalogued=False)
class Section(content.ContentFolder):
    """A container known by its ``section_name``; types name it in ``addable_to``."""


def add_section(container: Any, section_name: str, title: str, request: Any) -> Section:
    """Create a section under its own name in a container, or return the one there."""
    if section_name in container:
        return container[section_name]
    section = content.create("section", request)
    section.section_name, section.title = section_name, title
    content.add(container, section, request, name=section_name)
    return section
