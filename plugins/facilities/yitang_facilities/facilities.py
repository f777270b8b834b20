"""Facilities (设施设备): the place of a community's devices, alarms and work orders."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from portal import content
from portal.content import ContentFolder, content_type
from portal.events import Added
from portal.outbox import periodic
from portal.sections import add_section
from portal.security import Permission, lineage
from yitang_facilities.paths import Paths
from yitang_facilities.permissions import READERS

NAME = "facilities"
SECTIONS = (("devices", "设备"), ("alarms", "告警"), ("orders", "工单"))


@content_type("facilities")
class Facilities(ContentFolder):
    """Holds the sections; who belongs to the community may look."""

    access = {  # noqa: RUF012 - constant of the class
        Permission.VIEW: READERS,
        Permission.EDIT: (),
        Permission.DELETE: (),
    }

    title = "设施设备"
    section_name = NAME


def facilities_of(item: Any) -> Any:
    """Return the facilities that an object lies in, or that a community has; None without."""
    for place in lineage(item):
        if isinstance(place, Facilities):
            return place
        if place.content_type_name == "community":
            return place.get(NAME)
    return None


def community_of(item: Any) -> Any:
    """Return the community that an object lies in."""
    return next(place for place in lineage(item) if place.content_type_name == "community")


def open_facilities(community: Any, request: Any) -> Facilities:
    """Create the facilities of a community, or return the ones that exist."""
    if NAME not in community:
        facilities = content.create("facilities", request)
        content.add(community, facilities, request, name=NAME)
        for name, title in SECTIONS:
            add_section(facilities, name, title, request)
    return community[NAME]


def all_facilities(site: Any) -> Iterator[Facilities]:
    """Yield the facilities of every community."""
    for community in site["communities"].values():
        if NAME in community:
            yield community[NAME]


def devices(site: Any) -> Iterator[Any]:
    """Yield every device of the site, retired ones too."""
    for facilities in all_facilities(site):
        yield from facilities["devices"].values()


def paths_of(request: Any) -> Paths:
    """Return where the processes of this site keep their files."""
    return Paths(request.registry.settings["yitang"].data)


def open_with_community(event: Added) -> None:
    """Give every new community its facilities."""
    if event.item.content_type_name == "community":
        open_facilities(event.item, event.request)


@periodic(seconds=60)
def open_missing(request: Any, now: datetime) -> None:
    """Give communities from before the plugin was switched on their facilities."""
    for community in request.site["communities"].values():
        open_facilities(community, request)
