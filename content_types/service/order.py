"""Service request (投诉报修): an owner complains to the property service or asks for a repair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import colander
from deform.widget import RadioChoiceWidget, SelectWidget, TextAreaWidget

from content_types.owner_register import binding
from content_types.service import ServiceDesk, desks
from portal import content, files, notify
from portal.content import ContentItem, by_oid, content_type, oid
from portal.errors import PortalError
from portal.files import FileHolder
from portal.forms import Field, FormSchema, Upload, UploadWidget, choices, select
from portal.i18n import message
from portal.job_registry import job, periodic
from portal.security import Permission, Role, scopes
from portal.workflow import guard, on_transition

KINDS = ("repair", "complaint")
CATEGORIES = (
    *("water", "power", "lift", "doors", "roof", "fire", "cleaning", "greening"),
    *("order", "parking", "noise", "manner", "fees", "other"),
)
PICTURES = ("picture_1", "picture_2", "picture_3")
# What people still wait for.
UNSETTLED = ("open", "taken", "done")
# What nobody needs to act on: its time runs.
SETTLED = ("done", "confirmed", "withdrawn")
FORGOTTEN = "forgotten"


def own_units(request: Any, community: Any) -> list[Any]:
    """Return the units of a community that are bound to the asking account."""
    found = binding.bound_units(request, request.account)
    return [unit for unit in found if binding.community_of(unit) is community]


def _unit_choices(kw: dict[str, Any]) -> list[tuple[str, Any]]:
    request = kw["request"]
    units = own_units(request, request.context.community)
    return [*((unit.code, unit.label) for unit in units), ("", message("service.common_parts"))]


class ServiceRequestSchema(FormSchema):
    """What is wrong and where; the property service, the convenor and the street office read it."""

    kind = Field(
        colander.String(),
        title=message("service_request.field.kind"),
        widget=RadioChoiceWidget(
            values=choices((one, f"service_request.kind.{one}") for one in KINDS), inline=True
        ),
        validator=colander.OneOf(KINDS),
        data_class="internal",
    )
    category = Field(
        colander.String(),
        title=message("service_request.field.category"),
        **select(choices((one, f"service_request.category.{one}") for one in CATEGORIES)),
        data_class="internal",
    )
    unit_code = Field(
        colander.String(),
        title=message("service_request.field.unit_code"),
        widget=colander.deferred(lambda node, kw: SelectWidget(values=_unit_choices(kw))),
        validator=colander.deferred(
            lambda node, kw: colander.OneOf([code for code, _ in _unit_choices(kw)])
        ),
        missing="",
        data_class="personal",
    )
    place = Field(
        colander.String(),
        title=message("service_request.field.place"),
        description=message("service_request.field.place_help"),
        validator=colander.Length(max=80),
        data_class="personal",
    )
    text = Field(
        colander.String(),
        title=message("service_request.field.text"),
        description=message("service_request.field.text_help"),
        widget=TextAreaWidget(rows=6),
        validator=colander.Length(max=2000),
        data_class="personal",
    )


class FilingSchema(ServiceRequestSchema):
    """The form of a new request, with up to three pictures."""

    def after_bind(self, node: colander.SchemaNode, kw: dict[str, Any]) -> None:
        """Offer the pictures below the text."""
        for number, name in enumerate(PICTURES, 1):
            node.add(
                Field(
                    Upload(),
                    name=name,
                    title=message("service_request.field.picture", number=number),
                    widget=UploadWidget(accept="image/jpeg,image/png"),
                    missing=None,
                    data_class="personal",
                )
            )


@content_type("service_request", schema=ServiceRequestSchema, workflow="service_request")
class ServiceRequest(FileHolder, ContentItem):
    """Nobody edits it: what was asked, done and answered stands in its history, for its time."""

    says_in_private = True
    kind = KINDS[0]
    category = CATEGORIES[-1]
    unit_code = ""
    place = ""
    text = ""

    @property
    def title(self) -> str:  # type: ignore[override]
        """Its number and the place it is about."""
        return f"{self.__name__} {self.place}".rstrip()

    @property
    def community(self) -> Any:
        """The community whose property service it is for."""
        return self.__parent__.community

    @property
    def unit(self) -> Any:
        """The unit it is about, or None."""
        return self.community["owners"].unit(self.unit_code) if self.unit_code else None

    def search_text(self) -> str:
        """Return nothing: it is found by its parties, not by full text."""
        return ""


def file_request(desk: ServiceDesk, values: dict[str, Any], request: Any) -> ServiceRequest:
    """Take a request with its pictures and tell the property service.

    Raises PortalError at the picture that is none.
    """
    uploads = [(name, values.pop(name)) for name in PICTURES]
    item = content.create("service_request", request, **values)
    for name, upload in uploads:
        if upload is not None:
            item.attach(_picture(upload, name, request))
    content.add(desk, item, request)
    _tell_staff(item, request, "service.filed")
    return item


def _picture(upload: Any, name: str, request: Any) -> files.StoredFile:
    stored = files.store_upload(upload, name, request)
    if stored.media_type not in files.IMAGES:
        raise PortalError("service.no_picture", field=name)
    return stored


def staff(item: Any, request: Any) -> list[str]:
    """Return who handles requests at a place; the convenor where nobody was appointed."""
    return list(_holders(item, request, Role.SERVICE_STAFF)) or list(
        _holders(item, request, Role.CONVENOR)
    )


def _holders(item: Any, request: Any, role: Role) -> Iterator[str]:
    places = set(scopes(item))
    for account in request.site.accounts:
        if account.active and any(r == role and s in places for r, s in account.grants):
            yield account.id


@periodic(seconds=3600)
def note_staff(request: Any, now: datetime) -> None:
    """Note at each desk whether somebody was appointed to handle requests there."""
    appointed = {
        scope
        for account in request.site.accounts
        if account.active
        for role, scope in account.grants
        if role == Role.SERVICE_STAFF
    }
    for desk in desks(request):
        if desk.staffed == appointed.isdisjoint(scopes(desk)):
            desk.staffed = not desk.staffed


def _tell_staff(item: ServiceRequest, request: Any, template: str) -> None:
    # By a job: who handles requests is looked for among all accounts of the site.
    request.site.outbox.put("service.tell_staff", {"item": oid(item), "template": template})


@job("service.tell_staff")
def send_to_staff(request: Any, item: int, template: str) -> None:
    """Tell those who handle a request that it waits for them."""
    found = by_oid(request.site, item)
    if found.workflow_state != "open":
        return
    # Where and what, but never the text: messages leave the house.
    values = {"number": found.__name__, "community": found.community.title}
    for account_id in staff(found, request):
        notify.send(request, account_id, template, values, link=request.resource_path(found))


@guard("not_own_service_request")
def not_own_service_request(item: ServiceRequest, request: Any) -> bool:
    """Who asked for something does not handle it."""
    return request.account_id != item.creator


@on_transition("service_request.take", "service_request.finish")
def tell_owner(event: Any) -> None:
    """Tell the owner that the request was taken, or what was done."""
    item, request = event.item, event.request
    values = {"number": item.__name__, "community": item.community.title, "answer": event.comment}
    template = f"service.{event.to_state}"
    notify.send(request, item.creator, template, values, link=request.resource_path(item))


@on_transition("service_request.reopen")
def tell_staff(event: Any) -> None:
    """Tell the property service that the owner is not content."""
    _tell_staff(event.item, event.request, "service.reopened")


def sees_all(desk: ServiceDesk, layout: Any) -> bool:
    """Say whether the person reads everybody's requests at a desk."""
    return bool(layout.may(desk, Permission.SERVICE_OVERSEE))
