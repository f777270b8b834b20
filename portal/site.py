"""The root of the tree (站点): services as plain attributes, places as children."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import transaction
from pyramid_zodbconn import get_connection
from substanced.content import content
from substanced.objectmap import ObjectMap

from portal import security
from portal.accounts import Accounts
from portal.catalog import Catalog
from portal.codes import Codes
from portal.content import ContentFolder
from portal.errors import ConfigurationError
from portal.inbox import Messages
from portal.outbox import Outbox
from portal.sessions import Sessions

ROOT_KEY = "yitang"


@content("site")
class Site(ContentFolder):
    """The one root object; its services are not reachable by URL."""

    content_type_name = "site"
    section_name = "site"
    title = "议堂"
    protection: Any = None  # the newest dated report of what protects the site
    # Years of working days loaded on this site, by number; replaced as a whole, never changed.
    calendar_years: Mapping[int, Any] = MappingProxyType({})

    def __init__(self) -> None:
        super().__init__()
        self.__objectmap__ = ObjectMap(self)
        self.__objectmap__.add(self, ("",))
        self.accounts = Accounts()
        self.sessions = Sessions()
        self.codes = Codes()
        self.catalog = Catalog()
        self.outbox = Outbox()
        self.messages = Messages()

    def access_rules(self) -> dict[str, tuple[str, ...]]:
        """Return what holds when nothing below says otherwise."""
        return security.SITE_RULES


def root_factory(request: Any) -> Site:
    """Return the site of the request's database connection.

    Raises ConfigurationError when the database is empty; ``yitang init`` fills it.
    """
    site = get_connection(request).root().get(ROOT_KEY)
    if site is None and not request.registry.initialising:
        raise ConfigurationError("The database holds no site; `yitang init` creates one.")
    return site


def create_site(request: Any) -> Site:
    """Create the empty site with the places every site has, or return the one that exists."""
    connection = get_connection(request)
    root = connection.root()
    if ROOT_KEY in root:
        return root[ROOT_KEY]
    site = request.registry.content.create("site")
    site.title = request.registry.settings["yitang"].title
    root[ROOT_KEY] = site
    transaction.savepoint()  # The objects below need the site's database connection.
    for create_places in request.registry.site_places:
        create_places(site, request)
    return site
