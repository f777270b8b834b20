"""Convenor request (召集人账号关联申请): a person asks, the street office decides (SZ-5.2)."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import TextAreaWidget

from content_types.community import convenors_here
from portal import accounts, notify
from portal.content import ContentItem, content_type
from portal.events import Added
from portal.files import FileHolder
from portal.forms import Field, FormSchema, chosen_from
from portal.i18n import message
from portal.sections import add_section
from portal.security import Permission, Role, lineage
from portal.workflow import guard, on_transition


class ConvenorRequestSchema(FormSchema):
    """What the person states; the street office checks it against the paper."""

    body_name = Field(
        colander.String(),
        title=message("convenor_request.field.body_name"),
        validator=colander.Length(max=80),
        data_class="internal",
    )
    kind = Field(
        colander.String(),
        title=message("convenor_request.field.kind"),
        data_class="internal",
        **chosen_from(convenors_here),
    )
    grounds = Field(
        colander.String(),
        title=message("convenor_request.field.grounds"),
        widget=TextAreaWidget(rows=4),
        validator=colander.Length(max=2000),
        data_class="internal",
    )


@content_type(
    "convenor_request",
    schema=ConvenorRequestSchema,
    template="skins:default/convenor_request.pt",
    workflow="convenor_request",
    addable_to=("convenors",),
    add_permission=Permission.CONVENOR_REQUEST,
)
class ConvenorRequest(FileHolder, ContentItem):
    """Approval gives the role of convenor in this community, its end takes it away."""

    body_name = ""
    kind = ""
    grounds = ""

    @property
    def title(self) -> str:  # type: ignore[override]
        """The body that will convene."""
        return self.body_name


def community_of(item: Any) -> Any:
    """Return the community an object lies in."""
    return next(place for place in lineage(item) if place.content_type_name == "community")


@guard("not_own_request")
def not_own_request(item: Any, request: Any) -> bool:
    """Nobody decides about his own request."""
    return bool(item.creator != request.account_id)


@on_transition("convenor_request.approve", "convenor_request.end")
def change_role(event: Any) -> None:
    """Give or take the role and tell the person."""
    account = event.request.site.accounts[event.item.creator]
    scope = community_of(event.item).scope_id
    act = accounts.grant if event.transition == "approve" else accounts.revoke
    act(account, Role.CONVENOR, scope)


@on_transition(
    "convenor_request.approve",
    "convenor_request.refuse",
    "convenor_request.guide",
    "convenor_request.end",
)
def tell_person(event: Any) -> None:
    """Tell the person what the street office decided, why, or how to go about it (SZ-5.1)."""
    notify.send(
        event.request,
        event.item.creator,
        f"convenor_request.{event.transition}",
        {"community": community_of(event.item).title, "reason": event.comment or "-"},
        link=event.request.resource_path(event.item),
    )


def create_section(event: Added) -> None:
    """Give a new community the place of its convenors."""
    if event.item.content_type_name == "community":
        add_section(event.item, "convenors", "召集人", event.request)


def includeme(config: Any) -> None:
    """Register the place."""
    config.add_subscriber(create_section, Added)
