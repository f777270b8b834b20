"""What everybody may read (公开信息): communities, announcements, the archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.traversal import resource_path

from content_types.owner_register import binding
from content_types.record_file.views import may_open
from portal.api.listing import fields, found, place, time
from portal.api.operations import operation
from portal.api.schema import (
    FLAG,
    NAME,
    PAGE,
    TIME,
    Schema,
    array,
    listing,
    maybe,
    one_of,
    personal,
    record,
    text,
    whole,
)
from portal.errors import NotFoundError
from portal.layout import Layout

COMMUNITY = "/communities/{community}"
# What lies in a section of a community.
TYPES = {"meetings": "meeting", "announcements": "announcement", "archives": "record_file"}
FILE = record(
    {
        "id": text(),
        "title": text(),
        "media_type": text(),
        "size": whole(),
        "sha256": text(),
        "path": text(),
    }
)
COMMUNITY_LINE: dict[str, Schema] = {
    "id": NAME,
    "title": text(),
    "address": text(),
    "has_committee": FLAG,
    "profile": text(),
    "path": text(),
}
TOTALS = record({"units": whole(), "heads": whole(), "area": whole()})
ANNOUNCEMENT_LINE: dict[str, Schema] = {
    "id": NAME,
    "title": text(),
    "kind": text(),
    "state": text(),
    "published_at": maybe(TIME),
    "path": text(),
}
RECORD_LINE: dict[str, Schema] = {
    "id": NAME,
    "title": text(),
    "state": text(),
    "number": text(),
    "class": text(),
    "filed_at": maybe(TIME),
    "path": text(),
}
PART = record(
    {
        "number": whole(1),
        "kind": text(),
        "title": text(),
        "size": whole(),
        "sha256": text(),
        "sm3": text(),
        "access": one_of(("open", "restricted")),
        "path": maybe(text()),
    }
)
UNIT = record(
    {
        "community": NAME,
        "unit": personal(text()),
        "label": personal(text()),
        "exclusive_area": personal(whole()),
        "bound": FLAG,
    }
)


def community_of(request: Any) -> Any:
    """Return the community of the address."""
    return place(request, request.site, "communities", request.matchdict["community"])


def in_section(request: Any, section: str, type_name: str, key: str) -> Any:
    """Return the object of the address in a section of its community."""
    item = place(request, community_of(request), section, request.matchdict[key])
    if item.content_type_name != type_name:
        raise NotFoundError("error.404_detail")
    return item


def pages_of(line: dict[str, Schema]) -> dict[str, Any]:
    """Return query and answer of an operation that lists."""
    return {"query": {"page": PAGE}, "answer": listing(record(line))}


def in_community(
    request: Any, given: dict[str, Any], section: str, show: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """Return what lies in a section of the community of the address, newest first."""
    here = place(request, community_of(request), section)
    return found(request, given, show, types=(TYPES[section],), within=here)


def files_of(item: Any) -> list[dict[str, Any]]:
    """Return the attachments of an object; the path takes the same token."""
    return [
        {
            "id": one.id,
            "title": one.title,
            "media_type": one.media_type,
            "size": one.size,
            "sha256": one.sha256,
            "path": resource_path(item, "file", one.id),
        }
        for one in item.files()
    ]


def _community(item: Any) -> dict[str, Any]:
    return {
        "id": item.__name__,
        **fields(item, "title", "address", "has_committee"),
        "profile": item.profile_id,
        "path": resource_path(item),
    }


@operation("communities.list", "GET", "/communities", **pages_of(COMMUNITY_LINE))
def list_communities(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the communities of the site."""
    return found(request, given, _community, types=("community",))


@operation(
    "communities.show",
    "GET",
    COMMUNITY,
    answer=record(COMMUNITY_LINE | {"office": maybe(text()), "totals": TOTALS}),
)
def show_community(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return one community with the totals of its register, areas in 0.01 m²."""
    item = community_of(request)
    totals = item["owners"].totals
    return _community(item) | {
        "office": None if item.office is None else item.office.title,
        "totals": {"units": totals.units, "heads": totals.heads, "area": totals.area},
    }


@operation("me.units", "GET", "/me/units", answer=record({"items": array(UNIT)}), login=True)
def list_units(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the units the caller holds by the registers, and whether he has bound them."""
    return {
        "items": [
            {
                "community": binding.community_of(unit).__name__,
                "unit": unit.code,
                "label": unit.label,
                "exclusive_area": unit.exclusive_area,
                "bound": binding.is_bound(unit, request.account_id),
            }
            for unit in binding.own_units(request, request.account)
        ]
    }


def _announcement(item: Any) -> dict[str, Any]:
    return {
        "id": item.__name__,
        **fields(item, "title", "kind"),
        "state": item.workflow_state,
        "published_at": time(item.published_at),
        "path": resource_path(item),
    }


@operation("announcements.list", "GET", f"{COMMUNITY}/announcements", **pages_of(ANNOUNCEMENT_LINE))
def list_announcements(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the announcements of a community the caller may see, newest first."""
    return in_community(request, given, "announcements", _announcement)


@operation(
    "announcements.show",
    "GET",
    f"{COMMUNITY}/announcements/{{announcement}}",
    answer=record(
        ANNOUNCEMENT_LINE
        | {"body": text(), "html": text(), "issuer": text(), "files": array(FILE)}
        | {"posting": maybe(record({"place": text(), "posted_at": TIME}))}
    ),
)
def show_announcement(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return one announcement with its text, safe as HTML, its posting and attachments."""
    item = in_section(request, "announcements", "announcement", "announcement")
    posting = item.posting
    return _announcement(item) | {
        **fields(item, "body"),
        "html": item.html(),
        "issuer": item.issuer or item.community.title,
        "files": files_of(item),
        "posting": None
        if posting is None
        else {"place": posting.place, "posted_at": time(posting.posted_at)},
    }


def _record_file(item: Any) -> dict[str, Any]:
    return {
        "id": item.__name__,
        "title": item.title,
        "state": item.workflow_state,
        "number": item.record_number,
        "class": item.class_code,
        "filed_at": time(item.filed_at),
        "path": resource_path(item),
    }


@operation("archive.list", "GET", f"{COMMUNITY}/archive", **pages_of(RECORD_LINE))
def list_archive(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the record files of a community the caller may see, newest first."""
    return in_community(request, given, "archives", _record_file)


@operation(
    "archive.show",
    "GET",
    f"{COMMUNITY}/archive/{{record}}",
    answer=record(RECORD_LINE | {"manifest_sha256": text(), "parts": array(PART)}),
)
def show_record_file(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return one record file with its parts and their digests; closed parts have no path."""
    item = in_section(request, "archives", "record_file", "record")
    layout = Layout(request, item)
    return _record_file(item) | {
        "manifest_sha256": item.manifest_digest,
        "parts": [
            {
                "number": one.number,
                "kind": one.kind,
                "title": one.title,
                "size": one.size,
                "sha256": one.sha256,
                "sm3": one.sm3,
                "access": one.access,
                "path": resource_path(item, "part", str(one.number))
                if may_open(one, layout)
                else None,
            }
            for one in item.entries
        ],
    }
