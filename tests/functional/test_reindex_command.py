"""The operator makes the index of the search anew."""

from portal import fulltext
from tests.functional.conftest import SiteUnderTest


def test_check_names_the_command_that_repairs_the_index_and_it_does(site, community):
    site.drain()
    site.registry.fulltext.rebuild([(999, "别的", "")])  # the one community is lost
    assert "run `yitang reindex`" in site.command("check", "--quick").stdout
    done = site.command("reindex")
    assert done.returncode == 0, done.stderr
    assert "made anew" in done.stdout
    assert "yitang reindex" not in site.command("check", "--quick").stdout
    opened = SiteUnderTest(site.folder)
    assert opened.run(fulltext.difference) == (set(), set())
    opened.close()
