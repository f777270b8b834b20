"""Service desk (物业服务): what owners say about the property service and ask of it (BJ-0.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal import content
from portal.content import ContentFolder, content_type
from portal.errors import ConfigurationError
from portal.events import Added
from portal.job_registry import periodic
from portal.rules.service_rating import LENGTHS
from portal.security import Permission, Role
from portal.views.queue import add_waiting

NAME = "service"
READERS = (Role.OWNER, Role.SERVICE_STAFF, Role.CONVENOR, Role.STREET_OFFICER)
# Fewer answers than this could be traced to people, whatever the site wishes.
FEWEST = 3
# Less than this would be gone before a repair proves bad.
SHORTEST_DAYS = 30


@content_type("service_desk", catalogued=False)
class ServiceDesk(ContentFolder):
    """Holds the requests of a community's owners; ratings lie beside them, a round per period."""

    access = {  # noqa: RUF012 - constant of the class
        Permission.VIEW.value: READERS,
        Permission.EDIT.value: (),
        Permission.DELETE.value: (),
    }

    title = "物业服务"
    section_name = NAME
    # Rounds of rating by the days of their period; made with the first rating.
    rounds: Any = None
    # Whether somebody was appointed to handle requests here; the clock looks.
    staffed = False

    @property
    def community(self) -> Any:
        """The community it serves."""
        return self.__parent__


def open_desk(community: Any, request: Any) -> ServiceDesk:
    """Create the desk of a community, or return the one that exists."""
    if NAME not in community:
        content.add(community, content.create("service_desk", request), request, name=NAME)
    return community[NAME]


def desks(request: Any) -> list[ServiceDesk]:
    """Return the service desk of every community that has one."""
    places = request.site["communities"].values()
    return [place[NAME] for place in places if NAME in place]


def open_with_community(event: Added) -> None:
    """Give every new community its desk."""
    if event.item.content_type_name == "community":
        open_desk(event.item, event.request)


@periodic(seconds=3600)
def open_missing(request: Any, now: datetime) -> None:
    """Give communities from before there were desks theirs."""
    for community in request.site["communities"].values():
        open_desk(community, request)


def includeme(config: Any) -> None:
    """Read how ratings are counted; let every community have a desk."""
    settings = config.registry.settings
    months = int(settings.get("yitang.rating.months", 3))
    least = int(settings.get("yitang.rating.least", 5))
    days = int(settings.get("yitang.service.keep_days", 365))
    if months not in LENGTHS:
        raise ConfigurationError(f"yitang.rating.months must be one of {LENGTHS}.")
    if least < FEWEST:
        raise ConfigurationError(f"yitang.rating.least must be at least {FEWEST}.")
    if days < SHORTEST_DAYS:
        raise ConfigurationError(f"yitang.service.keep_days must be at least {SHORTEST_DAYS}.")
    config.registry.rating_months, config.registry.rating_least = months, least
    config.registry.service_keep_days = days
    config.add_subscriber(open_with_community, Added)
    add_waiting("service_request", ("open", "taken", "done"))
