"""A community whose register is to be imported, and the officer who does it."""

import pytest

from portal import content
from portal.security import SITE_SCOPE, Role


@pytest.fixture
def community(site):
    """Create a community and return its address."""

    def make(request):
        item = content.create("community", request, title="海棠花园")
        return content.add(request.site["communities"], item, request, name="haitang")

    site.run(make)
    return "/communities/haitang"


@pytest.fixture
def officer(site, community):
    """Return the browser of a street officer."""
    site.make_account("street-1", (Role.STREET_OFFICER, SITE_SCOPE))
    return site.logged_in("street-1")
