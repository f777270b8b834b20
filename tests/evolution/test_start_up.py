"""A database of an older release is not served until its evolution steps have run."""

import pytest

from portal import evolution, jobs
from portal.app import check_database
from portal.errors import ConfigurationError
from tests.functional.conftest import SiteUnderTest


@pytest.fixture
def old_site(tmp_path):
    """Return a site whose database lacks one step, and the list of runs of that step."""
    ran = []

    def evolve(root, registry):
        ran.append(root.title)

    site = SiteUnderTest(tmp_path)
    site.config.add_evolution_step(evolve, name="s20261201_sample")
    site.config.commit()
    yield site, ran
    site.close()


def test_older_database_is_refused_by_the_name_of_the_step(old_site):
    site, _ran = old_site
    with pytest.raises(ConfigurationError, match="s20261201_sample"):
        check_database(site.registry)


def test_step_runs_once_and_the_site_is_served_again(old_site):
    site, ran = old_site

    def run(request):
        return evolution.evolve(request.root, site.registry)

    assert jobs.transact(site.registry, run) == ["s20261201_sample"]
    assert jobs.transact(site.registry, run) == []
    assert len(ran) == 1
    check_database(site.registry)


def test_new_site_needs_no_step(tmp_path):
    site = SiteUnderTest(tmp_path)
    check_database(site.registry)
    site.close()
