"""Community (物业管理区域、小区): the place of one owners' assembly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import colander
from deform.widget import SelectWidget

from portal import sections
from portal.content import ContentFolder, by_oid, content_type
from portal.events import Added
from portal.forms import Field, FormSchema
from portal.i18n import message
from portal.security import Permission, lineage

SECTIONS = (
    ("buildings", "楼盘表"),
    ("announcements", "公告公示"),
    ("meetings", "业主大会"),
    ("archives", "档案"),
    ("documents", "资料"),
)
PROFILES = ("shenzhen-draft-2019", "beijing-2019", "generic")


@dataclass(frozen=True)
class Confirmation:
    """The totals a convenor confirmed before a launch (SZ-7.2); area in 0.01 m²."""

    units: int
    heads: int
    area: int
    by: str
    at: datetime


class CommunitySchema(FormSchema):
    """What an officer enters about a community; its offices are chosen from the tree."""

    title = Field(
        colander.String(),
        title=message("community.field.title"),
        validator=colander.Length(max=60),
        data_class="public",
    )
    address = Field(
        colander.String(),
        title=message("community.field.address"),
        validator=colander.Length(max=120),
        data_class="public",
    )
    office_oid = Field(
        colander.Integer(), title=message("community.field.office_oid"), data_class="public"
    )
    profile_id = Field(
        colander.String(),
        title=message("community.field.profile_id"),
        validator=colander.OneOf(PROFILES),
        widget=SelectWidget(values=[(name, message(f"profile.{name}")) for name in PROFILES]),
        data_class="public",
    )
    has_committee = Field(
        colander.Boolean(),
        title=message("community.field.has_committee"),
        missing=False,
        data_class="public",
    )


@content_type(
    "community",
    schema=CommunitySchema,
    addable_to=("communities",),
    add_permission=Permission.COMMUNITY_ADD,
)
class Community(ContentFolder):
    """Lies under its residents' committee's office for roles, though not stored inside it."""

    title = ""
    address = ""
    office_oid = 0  # the residents' committee, or the street office where there is none
    profile_id = PROFILES[0]
    has_committee = False
    project_status = "preparing"  # BJ-G2.1: preparing, completed
    confirmation: Confirmation | None = None

    @property
    def office(self) -> Any:
        """The office the community lies under, or None."""
        return by_oid(self, self.office_oid) if self.office_oid else None

    @property
    def scope_parent(self) -> Any:
        """Roles held at the office and above count here too."""
        return self.office

    def office_of_kind(self, kind: str) -> Any:
        """Return the office of a kind this community lies under, or None."""
        return next((o for o in lineage(self.office) if getattr(o, "kind", "") == kind), None)


def create_sections(event: Added) -> None:
    """Give a new community its places."""
    if event.item.content_type_name == "community":
        for name, title in SECTIONS:
            sections.add_section(event.item, name, title, event.request)


def create_communities(site: Any, request: Any) -> None:
    """Create the place of all communities."""
    sections.add_section(site, "communities", "小区", request)


def includeme(config: Any) -> None:
    """Register the places."""
    config.add_subscriber(create_sections, Added)
    config.add_site_places(create_communities)
