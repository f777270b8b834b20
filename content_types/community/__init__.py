"""Community (物业管理区域、小区): the place of one owners' assembly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import colander
from deform.widget import SelectWidget

from portal import sections
from portal.content import ContentFolder, by_oid, content_type, oid
from portal.events import Added
from portal.forms import Field, FormSchema, chosen_from
from portal.i18n import message
from portal.law import rules_at
from portal.rules.profile import Profile
from portal.security import Permission, lineage

SECTIONS = (
    ("buildings", "楼盘表"),
    ("announcements", "公告公示"),
    ("meetings", "业主大会"),
    ("archives", "档案"),
    ("documents", "资料"),
)
# Letters, digits and single hyphens; a letter first, so that no number is taken for it.
ADDRESS = r"^[a-z](?:-?[a-z0-9])*\Z"


def convenors_here(request: Any) -> list[tuple[str, str]]:
    """Return the bodies that may convene at the place, with their message ids (SZ-2.1)."""
    kinds = rules_at(request.context, request.registry).convenor_types.value
    return [(kind, f"convenor.{kind}") for kind in kinds]


def profiles_of(request: Any) -> list[tuple[str, str]]:
    """Return the rules the site knows, with their message ids."""
    return [(name, f"profile.{name}") for name in request.registry.profiles]


def offices_of(request: Any) -> list[tuple[int, str]]:
    """Return the offices a community can lie under, with their way in words."""

    def walk(place: Any, way: str) -> Iterator[tuple[int, str]]:
        for office in place.values():
            if office.content_type_name != "office":
                continue
            words = f"{way} › {office.title}" if way else office.title
            if office.kind in ("street", "residents_committee"):
                yield oid(office), words
            yield from walk(office, words)

    return list(walk(request.site["offices"], ""))


@colander.deferred
def office_exists(node: colander.SchemaNode, kw: dict[str, Any]) -> Any:
    """Let only an office of the tree be named."""
    return colander.OneOf([number for number, _ in offices_of(kw["request"])])


@colander.deferred
def office_list(node: colander.SchemaNode, kw: dict[str, Any]) -> SelectWidget:
    """Show the offices of the tree."""
    return SelectWidget(values=offices_of(kw["request"]))


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
        colander.Integer(),
        title=message("community.field.office_oid"),
        validator=office_exists,
        widget=office_list,
        data_class="public",
    )
    profile_id = Field(
        colander.String(),
        title=message("community.field.profile_id"),
        data_class="public",
        **chosen_from(profiles_of),
    )
    has_committee = Field(
        colander.Boolean(),
        title=message("community.field.has_committee"),
        missing=False,
        data_class="public",
    )


@colander.deferred
def free_address(node: colander.SchemaNode, kw: dict[str, Any]) -> Any:
    """Let only an address be chosen that no other community has."""

    def check(inner: colander.SchemaNode, value: str) -> None:
        if value in kw["request"].context:
            raise colander.Invalid(inner, message("community.slug_taken"))

    pattern = colander.Regex(ADDRESS, msg=message("community.slug_form"))
    return colander.All(pattern, colander.Length(max=40), check)


class NewCommunitySchema(CommunitySchema):
    """A new community also chooses its address, with which its record numbers begin."""

    slug = Field(
        colander.String(),
        title=message("community.field.slug"),
        description=message("community.field.slug_help"),
        validator=free_address,
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

    new_schema = NewCommunitySchema
    title = ""
    address = ""
    office_oid = 0  # the residents' committee, or the street office where there is none
    profile_id = "shenzhen-draft-2019"
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

    def rules(self, registry: Any) -> Profile:
        """Return the rules the community chose."""
        profile: Profile = registry.profiles[self.profile_id]
        return profile

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
