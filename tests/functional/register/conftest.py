"""A community whose register is to be imported, and the officer who does it."""

import pytest

from portal.security import SITE_SCOPE, Role


@pytest.fixture
def officer(site, community):
    """Return the browser of a street officer."""
    site.make_account("street-1", (Role.STREET_OFFICER, SITE_SCOPE))
    return site.logged_in("street-1")
