"""Office (机构): city, district, street office and residents' committee, one inside the other."""

from __future__ import annotations

from typing import Any

import colander

from portal import law, sections
from portal.content import ContentFolder, content_type, oid
from portal.events import Added
from portal.forms import Field, FormSchema, choices, select
from portal.i18n import message
from portal.rules.profile import Profile
from portal.security import Permission, lineage

KINDS = ("city", "district", "street", "residents_committee")
# Offices that are a department: they guide the others and answer for the methods (SZ-9.5).
DEPARTMENTS = KINDS[:2]


class OfficeSchema(FormSchema):
    """What a municipal officer enters about an office."""

    title = Field(
        colander.String(),
        title=message("office.field.title"),
        validator=colander.Length(max=60),
        data_class="public",
    )
    kind = Field(
        colander.String(),
        title=message("office.field.kind"),
        **select(choices((kind, f"office.kind.{kind}") for kind in KINDS)),
        data_class="public",
    )
    phone = Field(
        colander.String(),
        title=message("office.field.phone"),
        missing="",
        validator=colander.Length(max=30),
        data_class="public",
    )
    address = Field(
        colander.String(),
        title=message("office.field.address"),
        missing="",
        validator=colander.Length(max=120),
        data_class="public",
    )


@content_type(
    "office",
    schema=OfficeSchema,
    addable_to=("offices", "office"),
    add_permission=Permission.OFFICE_ADD,
)
class Office(ContentFolder):
    """Offices lie inside the office that guides them; roles held above count below."""

    title = ""
    kind = "street"
    phone = ""
    address = ""
    # Every change of the methods of identification, the newest last (SZ-9.5).
    method_changes: tuple[Any, ...] = ()

    def rules(self, registry: Any) -> Profile:
        """Return the rules all communities below have, or the standard where they differ."""
        site = list(lineage(self))[-1]
        names = {
            one.profile_id
            for one in site["communities"].values()
            if any(above is self for above in lineage(one.office))
        }
        return registry.profiles[names.pop()] if len(names) == 1 else law.standard(registry)


def give_scope(event: Added) -> None:
    """Make a new office or community a place where roles can be held."""
    if event.item.content_type_name in ("office", "community"):
        event.item.scope_id = f"{event.item.content_type_name}-{oid(event.item)}"


def create_offices(site: Any, request: Any) -> None:
    """Create the place of all offices."""
    sections.add_section(site, "offices", "管理机构", request)


def includeme(config: Any) -> None:
    """Register the place and the subscriber."""
    config.add_subscriber(give_scope, Added)
    config.add_site_places(create_offices)
