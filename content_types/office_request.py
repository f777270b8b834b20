"""Office request (街道办账号关联申请): an officer asks for an office's account (SZ-4.3)."""

from __future__ import annotations

from typing import Any

import colander

from content_types.sealed_pictures import PAPERS, PictureHolder, picture_field
from portal import accounts, audit, granting, notify, sections
from portal.content import ContentItem, by_oid, content_type
from portal.errors import ConfigurationError, PortalError
from portal.forms import Field, FormSchema
from portal.i18n import message
from portal.job_registry import periodic
from portal.law import rules_at
from portal.security import Permission, Role, scopes
from portal.views.queue import add_waiting
from portal.workflow import guard, on_transition

SECTION = "office_requests"
# What an approved request gives, by the kind of office.
ROLES = {
    "district": Role.DISTRICT_OFFICER,
    "street": Role.STREET_OFFICER,
    "residents_committee": Role.RESIDENTS_COMMITTEE,
}
DOCUMENTS = ("authorisation", "work_card")
SHORTEST_DAYS = 7  # less than this would be gone before the office above is asked again


class OfficeRequestSchema(FormSchema):
    """What the officer states; the office above compares it with the documents."""

    person_name = Field(
        colander.String(),
        title=message("office_request.field.person_name"),
        validator=colander.Length(max=40),
        data_class="personal",
    )
    position = Field(
        colander.String(),
        title=message("office_request.field.position"),
        validator=colander.Length(max=60),
        data_class="internal",
    )
    phone = Field(
        colander.String(),
        title=message("office_request.field.phone"),
        description=message("office_request.field.phone_help"),
        validator=colander.Length(max=30),
        data_class="internal",
    )
    authorisation = picture_field(
        "authorisation", "office_request.field.authorisation", accept=PAPERS
    )
    work_card = picture_field("work_card", "office_request.field.work_card", accept=PAPERS)


@content_type("office_request", workflow="office_request")
class OfficeRequest(PictureHolder, ContentItem):
    """Approval gives the role of the office's kind there; its end takes the role away."""

    title = ""
    office_oid = 0
    position = ""
    phone = ""
    sealed_person_name = b""

    @property
    def office(self) -> Any:
        """The office asked for, or None when it is gone."""
        return by_oid(self, self.office_oid)

    @property
    def scope_parent(self) -> Any:
        """Who holds a role at the office or above it holds it here."""
        return self.office

    def access_rules(self) -> dict[str, tuple[str, ...]]:
        """Leave the request to who may give its role; a peer of the applicant sees nothing."""
        givers = granting.givers(self.role) if self.office is not None else ()
        return super().access_rules() | {
            Permission.VIEW: ("creator", *givers),
            Permission.OFFICE_REQUEST_REVIEW: givers,
        }

    @property
    def role(self) -> Role:
        """The role that an approval gives."""
        return ROLES[self.office.kind]


def place_of(request: Any) -> Any:
    """Return where the requests lie; a site made before they existed gets the place now."""
    return sections.add_section(request.site, SECTION, "机构账号关联申请", request)


def open_request(request: Any, office: Any) -> OfficeRequest | None:
    """Return the account's request for an office that waits or holds, or None."""
    place = request.site.get(SECTION, {})
    return next(
        (
            one
            for one in place.values()
            if one.creator == request.account_id
            and one.office is office
            and one.workflow_state in ("submitted", "approved")
        ),
        None,
    )


def may_ask(request: Any, office: Any) -> bool:
    """Say whether the person may ask for the account of an office."""
    account = request.account
    return (
        account is not None
        and office.kind in ROLES
        and not account.has_role(ROLES[office.kind], office.scope_id)
    )


def decides(item: OfficeRequest, request: Any) -> bool:
    """Say whether the person may give the role there, and is not the applicant (SZ-4.3)."""
    if item.office is None or item.creator == request.account_id:
        return False
    return item.role in granting.roles_for(request.principals, tuple(scopes(item.office)))


@guard("decides_for_office")
def decides_for_office(item: OfficeRequest, request: Any) -> bool:
    """Only the level that appoints this role decides about it."""
    if not decides(item, request):
        clause = rules_at(item, request.registry).clauses["office_accounts"]
        raise PortalError("office_request.not_yours", clause=clause, status=403)
    return True


@on_transition("office_request.approve", "office_request.end")
def change_role(event: Any) -> None:
    """Give or take the role; both stand in the audit log."""
    item, request = event.item, event.request
    account = request.site.accounts[item.creator]
    given = event.transition == "approve"
    (accounts.grant if given else accounts.revoke)(account, item.role, item.office.scope_id)
    audit.record(
        request,
        "account.role_granted" if given else "account.role_revoked",
        account=account.id,
        role=str(item.role),
        scope=item.office.scope_id,
    )


@on_transition("office_request.approve", "office_request.refuse", "office_request.withdraw")
def date_pictures(event: Any) -> None:
    """Keep the documents some days after the decision; a withdrawal deletes them at once."""
    if event.transition == "withdraw":
        event.item.drop_pictures(event.request, "withdrawn")
    else:
        event.item.keep_pictures(event.request.registry.office_request_days)


@on_transition("office_request.approve", "office_request.refuse", "office_request.end")
def tell_officer(event: Any) -> None:
    """Tell the applicant what was decided and why."""
    notify.send(
        event.request,
        event.item.creator,
        f"office_request.{event.transition}",
        {"office": event.item.office.title, "reason": event.comment or "-"},
        link=event.request.resource_path(event.item),
    )


@periodic(seconds=3600)
def drop_due_documents(request: Any, now: Any) -> None:
    """Delete the documents whose days are over."""
    for item in request.site.get(SECTION, {}).values():
        if item.pictures_until is not None and item.pictures_until <= now:
            item.drop_pictures(request, "retention")
            item.pictures_until = None


def create_place(site: Any, request: Any) -> None:
    """Create the place of the requests."""
    sections.add_section(site, SECTION, "机构账号关联申请", request)


def includeme(config: Any) -> None:
    """Register the place, read how long documents stay and let requests stand in the work list."""
    days = int(config.registry.settings.get("yitang.office_request.keep_days", 30))
    if days < SHORTEST_DAYS:
        raise ConfigurationError(
            f"yitang.office_request.keep_days must be at least {SHORTEST_DAYS}."
        )
    config.registry.office_request_days = days
    config.add_site_places(create_place)
    add_waiting("office_request", ("submitted",))
