"""Linking published notices to a vote (关联公示公告): needed before a launch in Beijing (BJ-G7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import colander
from deform.widget import CheckboxWidget
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.announcement import links_notices
from content_types.meeting import Meeting
from portal import audit, clock, i18n
from portal.content import by_oid, oid
from portal.forms import Field, Form, FormSchema, offer
from portal.i18n import message
from portal.security import Permission
from portal.workflow import guard

# The kind of announcement that stands for each entry of the profile's list.
KIND_OF = {"public_notice": "voting_notice", "announcement": "voting_announcement"}


@dataclass(frozen=True)
class Agreement:
    """The organiser agreed to the terms before the launch (BJ-G7.2)."""

    by: str
    at: datetime


class LinkSchema(FormSchema):
    """Which notices belong to the vote, and the organiser's consent."""

    public_notice = Field(
        colander.Integer(), title=message("linking.field.public_notice"), data_class="public"
    )
    announcement = Field(
        colander.Integer(), title=message("linking.field.announcement"), data_class="public"
    )
    agree = Field(
        colander.Boolean(),
        title=message("linking.field.agree"),
        widget=CheckboxWidget(),
        missing=False,
        validator=colander.OneOf((True,), message("linking.must_agree")),
        data_class="public",
    )


def needed(meeting: Any, layout: Any) -> bool:
    """Say whether the place wants notices linked before the launch."""
    return links_notices(meeting.rules(layout.request.registry))


def published(meeting: Any, kind: str) -> list[Any]:
    """Return the published notices of a kind that belong to no other meeting."""
    own = oid(meeting)
    return [
        notice
        for notice in meeting.community["announcements"].values()
        if notice.kind == kind
        and notice.workflow_state == "published"
        and notice.meeting_oid in (0, own)
    ]


@guard("notices_linked")
def notices_linked(item: Any, request: Any) -> bool:
    """Every notice the place names is published and linked, and the organiser agreed (BJ-G7)."""
    profile = item.rules(request.registry)
    if not links_notices(profile):
        return True
    linked = [by_oid(request.site, number) for number in item.linked_oids]
    kinds = {
        notice.kind
        for notice in linked
        if notice is not None and notice.workflow_state == "published"
    }
    if any(KIND_OF[name] not in kinds for name in profile.linked_notices.value):
        raise profile.refuse("publication_missing")
    return item.agreement is not None


def use(meeting: Any, request: Any) -> None:
    """Take the linked notices as those of the meeting when it goes on notice."""
    for number in meeting.linked_oids:
        notice = by_oid(request.site, number)
        notice.meeting_oid = oid(meeting)
        if notice.kind == KIND_OF["public_notice"]:
            meeting.notice_oid = number


@view_config(
    context=Meeting,
    name="link-notices",
    renderer="skins:default/form.pt",
    permission=Permission.EDIT.value,
)
def link_notices(context: Meeting, request: Any) -> Any:
    """Take the notices of the vote and the organiser's consent (BJ-G7.1, BJ-G7.2)."""
    profile = context.rules(request.registry)
    if not links_notices(profile):
        raise HTTPNotFound
    schema = LinkSchema()
    for name, kind in KIND_OF.items():
        found = [(oid(notice), notice.title) for notice in published(context, kind)]
        offer(schema[name], found)
    form = Form(schema, request)
    if request.method == "POST":
        values = form.validate()
        if values is not None:
            context.linked_oids = tuple(values[name] for name in KIND_OF)
            context.agreement = Agreement(request.account_id, clock.now())
            context.remember(request.account_id, "notices_linked")
            audit.record(request, "meeting.link_notices", context, notices=list(values))
            request.session.flash(["success", "linking.done"])
            return HTTPSeeOther(request.resource_url(context))
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message("linking.title"),
        "intro": i18n.message("linking.intro"),
        "clause": context.rules(request.registry).linked_notices.clause,
    }
