"""Application for a community (小区入网申请): one that the site does not know yet (BJ-OQ4)."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import TextAreaWidget

from content_types.community import CommunitySchema
from portal import content, notify, sections
from portal.content import ContentItem, by_oid, content_type
from portal.events import Added
from portal.forms import Field, choices, select
from portal.i18n import message
from portal.rules.profile import Profile
from portal.security import SITE_RULES, Permission, principals_for
from portal.views.queue import add_waiting
from portal.workflow import guard, on_transition

SECTION = "community_applications"
# The five who may apply.
APPLICANTS = (
    *("preparatory_group", "committee", "service_company"),
    *("street_office", "residents_committee"),
)


class ApplicationSchema(CommunitySchema):
    """What the applicant knows of the community, and who applies."""

    applicant_kind = Field(
        colander.String(),
        title=message("community_application.field.applicant_kind"),
        **select(choices((one, f"convenor.{one}") for one in APPLICANTS)),
        data_class="internal",
    )
    applicant = Field(
        colander.String(),
        title=message("community_application.field.applicant"),
        validator=colander.Length(max=80),
        data_class="internal",
    )
    base_data = Field(
        colander.String(),
        title=message("community_application.field.base_data"),
        description=message("community_application.field.base_data_help"),
        widget=TextAreaWidget(rows=5),
        validator=colander.Length(max=2000),
        data_class="internal",
    )


@content_type(
    "community_application",
    schema=ApplicationSchema,
    template="skins:default/community_application.pt",
    workflow="community_application",
    addable_to=(SECTION,),
    add_permission=Permission.CONVENOR_REQUEST,
)
class CommunityApplication(ContentItem):
    """Approved, it makes the community, which no vote reaches before its totals are confirmed."""

    title = ""
    address = ""
    office_oid = 0
    profile_id = ""
    has_committee = False
    applicant_kind = APPLICANTS[0]
    applicant = ""
    base_data = ""
    checker = ""
    community_oid = 0

    @property
    def office(self) -> Any:
        """The office the community will lie under."""
        return by_oid(self, self.office_oid)

    @property
    def scope_parent(self) -> Any:
        """Who holds a role at the office or above it holds it here."""
        return self.office

    def rules(self, registry: Any) -> Profile:
        """Return the rules asked for."""
        return registry.profiles[self.profile_id]

    @property
    def community(self) -> Any:
        """The community that came of it, or None."""
        return by_oid(self, self.community_oid) if self.community_oid else None


@guard("not_the_checker")
def not_the_checker(item: CommunityApplication, request: Any) -> bool:
    """Who checked the base data does not decide."""
    return bool(item.checker != request.account_id)


@on_transition("community_application.check")
def note_checker(event: Any) -> None:
    """Keep who checked, and tell who decides."""
    event.item.checker = event.request.account_id
    tell_officers(event.item, event.request, Permission.COMMUNITY_DECIDE)


@on_transition("community_application.approve")
def make_community(event: Any) -> None:
    """Make the community as the application describes it."""
    item, request = event.item, event.request
    names = ("title", "address", "office_oid", "profile_id", "has_committee")
    community = content.create(
        "community", request, **{name: getattr(item, name) for name in names}
    )
    places = request.site["communities"]
    number = len(places) + 1
    while f"xq-{number:04d}" in places:
        number += 1
    content.add(places, community, request, name=f"xq-{number:04d}")
    item.community_oid = content.oid(community)


@on_transition("community_application.approve", "community_application.refuse")
def tell_applicant(event: Any) -> None:
    """Tell the applicant what was decided and why."""
    values = {"community": event.item.title, "reason": event.comment or "-"}
    template = f"community_application.{event.transition}"
    link = event.request.resource_path(event.item)
    notify.send(event.request, event.item.creator, template, values, link=link)


def tell_officers(item: CommunityApplication, request: Any, permission: str) -> None:
    """Tell everybody who takes the next step."""
    wanted = principals_for(item, SITE_RULES[permission])
    for account in request.site.accounts:
        if account.active and account.id != item.creator and wanted & account.principals():
            notify.send(
                request,
                account.id,
                "community_application.new",
                {"community": item.title},
                link=request.resource_path(item),
            )


def tell_of_new(event: Added) -> None:
    """Tell the officers who check the base data of a new application."""
    if event.item.content_type_name == "community_application":
        tell_officers(event.item, event.request, Permission.COMMUNITY_CHECK)


def create_place(site: Any, request: Any) -> None:
    """Create the place of the applications."""
    sections.add_section(site, SECTION, "小区入网申请", request)


def includeme(config: Any) -> None:
    """Register the place and let applications stand in the work list."""
    config.add_site_places(create_place)
    config.add_subscriber(tell_of_new, Added)
    add_waiting("community_application", ("submitted", "checked"))
