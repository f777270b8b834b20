"""Home of the site and of a community: what is going on, what can I do."""

from __future__ import annotations

from typing import Any

from pyramid.view import view_config

from content_types.community import Community
from content_types.community.tasks import open_meetings, tasks_for
from content_types.service.entries import communities_of, entries
from content_types.votes import so_far
from portal import catalog, present
from portal.layout import Layout
from portal.security import Permission
from portal.shared_pages import visitors
from portal.site import Site

NEWS = 6
LIVE_STATES = ("noticed", "voting", "counting", "counted", "result_review", "resolved", "published")


@view_config(
    context=Site,
    renderer="skins:default/home.pt",
    permission=Permission.VIEW.value,
    shared=visitors,
)
def home(context: Site, request: Any) -> dict[str, Any]:
    """Show the site's home."""
    layout = Layout(request, context)
    communities = list(context["communities"].values())
    return {
        "item": context,
        "entries": entries(layout, communities_of(request)),
        "tasks": tasks_for(request, layout),
        "communities": [_tile(one, layout) for one in communities[:50]],
        "announcements": _news(request, layout),
        "stats": [
            {"label": layout.translate("home.communities"), "value": len(communities)},
            {"label": layout.translate("home.open_votes"), "value": len(open_meetings(request))},
        ],
    }


def _tile(community: Community, layout: Layout) -> dict[str, Any]:
    voting = open_meetings(layout.request, community)
    street = community.office_of_kind("street")
    totals = community["owners"].totals
    return {
        "title": community.title,
        "url": layout.url(community),
        "place": street.title if street is not None else community.address,
        "units_text": layout.translate("home.units", units=totals.units),
        "state": layout.translate("home.voting") if voting else "",
        "state_kind": "open",
    }


def _news(request: Any, layout: Layout, place: Any = None) -> list[dict[str, Any]]:
    found = catalog.find(
        request, types=("announcement",), states=("published",), within=place, limit=NEWS
    )
    return [
        present.line(one, layout, layout.community_title(one), layout.date(one.published_at))
        for one in found
    ]


@view_config(
    context=Community,
    renderer="skins:default/community.pt",
    permission=Permission.VIEW.value,
    shared=visitors,
)
def show(context: Community, request: Any) -> dict[str, Any]:
    """Show a community's home."""
    layout = Layout(request, context)
    totals = context["owners"].totals
    return {
        "item": context,
        "current": _current(context, layout),
        "entries": entries(layout, [one for one in communities_of(request) if one is context]),
        "tasks": tasks_for(request, layout, context),
        "announcements": _news(request, layout, context),
        "announcements_url": layout.url(context, "announcements"),
        "stats": [
            {"label": layout.translate("totals.units"), "value": totals.units},
            {"label": layout.translate("totals.heads"), "value": totals.heads},
            {"label": layout.translate("totals.area"), "value": layout.area(totals.area)},
        ],
        "links": _links(context, layout),
        "contacts": _contacts(context, layout),
        "actions": layout.actions(context, [], *_manage(context, layout)),
    }


def _current(community: Community, layout: Layout) -> list[dict[str, Any]]:
    found = catalog.find(
        layout.request, types=("meeting",), states=LIVE_STATES, within=community, limit=10
    )
    return [_meeting_card(meeting, layout) for meeting in found]


def _meeting_card(meeting: Any, layout: Layout) -> dict[str, Any]:
    card = present.line(meeting, layout)
    if meeting.workflow_state == "noticed":
        card["until_text"] = layout.translate(
            "community.opens_at", at=layout.time(meeting.voting_opens_at)
        )
        card["left_text"] = layout.left(meeting.voting_opens_at)
    elif meeting.workflow_state == "voting":
        card["until_text"] = layout.translate(
            "community.closes_at", at=layout.time(meeting.voting_closes_at)
        )
        card["left_text"] = layout.left(meeting.voting_closes_at)
        card["so_far"] = so_far(meeting, layout)
    return card


def _links(community: Community, layout: Layout) -> list[dict[str, Any]]:
    """Return the tiles of the community's places; plugins add theirs by ``community_links``."""
    wanted = [
        ("section.meetings", "meetings", "calendar-event"),
        ("section.announcements", "announcements", "megaphone"),
        ("section.archives", "archives", "archive"),
        ("section.service", "service", "chat-left-text"),
        ("section.buildings", "buildings", "building"),
        ("section.owners", "owners", "people"),
        ("section.documents", "documents", "folder2-open"),
        *layout.request.registry.community_links,
    ]
    return [
        {
            "title": layout.translate(label),
            "url": layout.url(community[name]),
            "icon": icon,
        }
        for label, name, icon in wanted
        if name in community and layout.may_view(community[name])
    ]


def _contacts(community: Community, layout: Layout) -> list[tuple[str, str, str]]:
    offices = (community.office_of_kind("street"), community.office_of_kind("residents_committee"))
    return [
        (layout.translate(f"office.kind.{office.kind}"), office.title, office.phone)
        for office in offices
        if office is not None
    ]


def _manage(community: Community, layout: Layout) -> list[dict[str, Any]]:
    meetings, owners = community["meetings"], community["owners"]
    wanted = (
        ("register.import_link", layout.url(owners, "import"), owners, Permission.REGISTER_IMPORT),
        (
            "confirmation.title",
            layout.url(community, "confirm"),
            community,
            Permission.COMMUNITY_CONFIRM,
        ),
        ("meeting.add", layout.url(meetings, "add", "meeting"), meetings, Permission.MEETING_ADD),
        (
            "announcement.add",
            layout.url(community["announcements"], "add", "announcement"),
            community,
            Permission.ANNOUNCEMENT_ADD,
        ),
        (
            "on_site.title",
            layout.url(community, "verify-on-site"),
            community,
            Permission.IDENTITY_CHECK,
        ),
        (
            "on_site.list",
            layout.url(community, "on-site-checks"),
            community,
            Permission.IDENTITY_LIST,
        ),
        ("community.edit", layout.url(community, "edit"), community, Permission.EDIT),
        (
            "organiser.link",
            layout.url(community, "organiser"),
            community,
            Permission.CONVENOR_REVIEW,
        ),
        (
            "appraisal.title",
            layout.url(community["archives"], "appraise"),
            community["archives"],
            Permission.RECORD_FILE,
        ),
        (
            "convenor_request.add",
            layout.url(community["convenors"], "add", "convenor_request"),
            community,
            Permission.CONVENOR_REQUEST,
        ),
    )
    profile = community.rules(layout.request.registry)
    # Only where the law of the place knows it (C-16).
    left_out = () if profile.identity_method("on_site_photos") else ("on_site.title",)
    return [
        present.link(layout.translate(label), url)
        for label, url, place, permission in wanted
        if layout.may(place, permission) and label not in left_out
    ]
