"""Announcement (公告、公示): what the assembly's bodies tell all owners."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import colander
from deform.widget import TextAreaWidget
from markdown_it import MarkdownIt
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.posting import Posting, PostingSchema, take
from portal import audit, clock, i18n, present
from portal.content import ContentItem, by_oid, content_type
from portal.errors import PortalError
from portal.files import FileHolder
from portal.forms import Field, Form, FormSchema, chosen_from
from portal.i18n import message
from portal.law import rules_at
from portal.layout import Layout
from portal.rules.days import local_date
from portal.rules.deadlines import earliest_take_down, publication_start
from portal.rules.steps import check_take_down
from portal.security import Permission, lineage
from portal.workflow import guard, on_transition

# Ordinary kinds inform; voting kinds belong to a meeting (BJ-G6.2).
KINDS = ("announcement", "public_notice", "voting_announcement", "voting_notice")
NOTICES = frozenset(("public_notice", "voting_notice"))
VOTING = frozenset(KINDS[2:])


def kinds_here(request: Any) -> list[tuple[str, str]]:
    """Return the kinds people write; voting kinds only where the vote must link them (BJ-G6.2)."""
    found = KINDS if links_notices(rules_at(request.context, request.registry)) else KINDS[:2]
    return [(kind, f"announcement.kind.{kind}") for kind in found]


def links_notices(profile: Any) -> bool:
    """Say whether a vote is launched with notices that were reviewed and published before it.

    Elsewhere the notice is made of the meeting itself and goes out with it.
    """
    return bool(profile.launch_review.value.mode == "mandatory")


# No raw HTML: the text is for people who type, and nothing in it may run.
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")


class AnnouncementSchema(FormSchema):
    """What a convenor or a street officer fills in."""

    title = Field(
        colander.String(),
        title=message("announcement.field.title"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    kind = Field(
        colander.String(),
        title=message("announcement.field.kind"),
        **chosen_from(kinds_here),
        data_class="public",
    )
    body = Field(
        colander.String(),
        title=message("announcement.field.body"),
        description=message("announcement.field.body_help"),
        widget=TextAreaWidget(rows=12),
        validator=colander.Length(max=50_000),
        data_class="public",
    )


@content_type(
    "announcement",
    schema=AnnouncementSchema,
    workflow="publication",
    addable_to=("announcements",),
    add_permission=Permission.ANNOUNCEMENT_ADD,
)
class Announcement(FileHolder, ContentItem):
    """A published announcement is never edited; it is retracted and replaced."""

    title = ""
    kind = "announcement"
    body = ""
    published_at: datetime | None = None
    posting: Posting | None = None
    meeting_oid = 0
    issuer = ""

    @property
    def community(self) -> Any:
        """The community it is addressed to."""
        return next(place for place in lineage(self) if place.content_type_name == "community")

    def html(self) -> str:
        """Return the body as HTML made from plain text marks; raw HTML is shown as text."""
        return _rendered(self.body)

    def counts_from(self, profile: Any) -> Any:
        """Return the day the notice period counts from, or None before it does (SZ-29)."""
        platform = local_date(self.published_at) if self.published_at else None
        posted = local_date(self.posting.posted_at) if self.posting else None
        return publication_start(profile, platform, posted)


@lru_cache(maxsize=512)
def _rendered(body: str) -> str:
    return str(_markdown.render(body))


@guard("has_body")
def has_body(item: Announcement, request: Any) -> bool:
    """An empty announcement cannot be published."""
    return bool(item.body.strip())


def needs_review(item: Announcement, request: Any) -> bool:
    """Say whether the street office must agree before it is published (BJ-G6.3)."""
    return item.kind in VOTING and links_notices(item.community.rules(request.registry))


@guard("review_needed")
def review_needed(item: Announcement, request: Any) -> bool:
    """Only notices of a vote go to the street office; ordinary ones need no review."""
    return needs_review(item, request)


@guard("reviewed")
def reviewed(item: Announcement, request: Any) -> bool:
    """A notice of a vote is published only after the street office agreed."""
    return item.workflow_state == "approved" or not needs_review(item, request)


@guard("may_be_taken_down")
def may_be_taken_down(item: Announcement, request: Any) -> bool:
    """A public notice stays up for its full days; an announcement may go at any time (SZ-29)."""
    if item.kind in NOTICES:
        profile = request.registry.profiles[item.community.profile_id]
        start = item.counts_from(profile)
        check_take_down(
            profile,
            clock.now(),
            start or local_date(clock.now()),
            profile.result_times.notice_days,
        )
    return True


@on_transition("publication.publish")
def note_publication(event: Any) -> None:
    """Note when the platform posting happened."""
    event.item.published_at = clock.now()


def _is_alike(item: Announcement) -> bool:
    """Say whether all of the same roles see the page alike: objections show to who raised them."""
    return not item.meeting_oid


@view_config(
    context=Announcement,
    renderer="skins:default/announcement.pt",
    permission=Permission.VIEW.value,
    shared=_is_alike,
)
def show(context: Announcement, request: Any) -> dict[str, Any]:
    """Show an announcement with its posting and, for a notice, its days and objections."""
    layout = Layout(request, context)
    may_publish = layout.may(context, Permission.ANNOUNCEMENT_PUBLISH)
    note = []
    if may_publish and _takes_posting(context):
        note = [present.link(layout.translate("posting.title"), layout.url(context, "posting"))]
    meeting = by_oid(request.site, context.meeting_oid) if context.meeting_oid else None
    if meeting is not None and layout.may_view(meeting):
        note = [present.link(layout.translate("announcement.to_meeting"), layout.url(meeting))]
    objections = [o for o in meeting.objections() if layout.may_view(o)] if meeting else []
    may_object = meeting is not None and layout.may(meeting, Permission.OBJECTION_ADD)
    return {
        "item": context,
        "number": context.__name__,
        "kind_text": layout.translate(f"announcement.kind.{context.kind}"),
        "state": layout.state(context),
        "state_kind": layout.chip(context),
        "published_text": layout.time(context.published_at),
        "issuer": context.issuer or context.community.title,
        "body": context.html(),
        "notice": _notice(context, request, layout),
        "postings": [present.posting(context, context.posting, layout)] if context.posting else [],
        "files": present.files(context, layout),
        "objections": [present.line(o, layout, layout.time(o.created_at)) for o in objections],
        "objection_url": layout.url(meeting, "add", "objection") if may_object else None,
        "objection_reason": layout.translate("objection.who"),
        "history": present.history(context, layout) if may_publish else [],
        "actions": present.steps(context, layout, *note),
        "qr_url": None,
        "page_url": request.resource_url(context),
    }


def _notice(item: Announcement, request: Any, layout: Layout) -> dict[str, Any] | None:
    """Return the days of a public notice for the page, or None for an announcement."""
    profile = request.registry.profiles[item.community.profile_id]
    days = profile.result_times.notice_days
    if item.kind not in NOTICES or days is None:
        return None
    start = item.counts_from(profile)
    if start is None:
        waiting = layout.translate("announcement.notice_waits")
        return {"start_text": waiting, "end_text": "", "status": "later", "clause": days.clause}
    until = earliest_take_down(start, days.value)
    over = clock.now() >= until
    return {
        "start_text": layout.date(start),
        "end_text": layout.time(until),
        "left_text": "" if over else layout.left(until),
        "clause": days.clause,
        "status": "done" if over else "now",
    }


def _takes_posting(item: Announcement) -> bool:
    """Say whether a posting can still be noted: once, and never for a meeting's own notice."""
    return not item.meeting_oid and (item.posting is None or item.workflow_state == "draft")


@view_config(
    context=Announcement,
    name="posting",
    renderer="skins:default/form.pt",
    permission=Permission.ANNOUNCEMENT_PUBLISH.value,
)
def note_posting(context: Announcement, request: Any) -> Any:
    """Take place, time and photo of the physical posting (SZ-29).

    The evidence of a published notice stands; that of a meeting's notice is noted at the meeting.
    """
    if not _takes_posting(context):
        clause = rules_at(context, request.registry).physical_posting.clause
        raise PortalError("posting.stands", clause=clause, status=409)
    form = Form(PostingSchema(), request)
    if form.take(lambda values: take(values, context, request)):
        context.posting = form.made
        audit.record(request, "announcement.posting", context, photo=form.made.photo_id)
        request.session.flash(["success", "posting.done"])
        return HTTPSeeOther(request.resource_url(context))
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message("posting.title"),
        "intro": i18n.message("posting.intro"),
        "clause": rules_at(context, request.registry).physical_posting.clause,
    }
