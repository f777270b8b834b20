"""A plugin switched on later: communities that are already there get its place."""

import pytest

from portal import content
from tests.functional.conftest import SiteUnderTest


@pytest.mark.parametrize("plugin", ["funds", "facilities"])
def test_plugin_switched_on_later_opens_its_place_in_communities_already_there(
    plugin, tmp_path, moved_clock
):
    before = SiteUnderTest(tmp_path, **{"yitang.plugins": ""})

    def found(request):
        places = request.site["communities"]
        content.add(
            places, content.create("community", request, title="海棠苑"), request, name="ht"
        )

    before.run(found)
    assert not before.run(lambda request: plugin in request.site["communities"]["ht"])
    before.close()

    after = SiteUnderTest(tmp_path, **{"yitang.plugins": plugin})
    try:
        moved_clock.forward(minutes=2)
        after.drain()
        assert after.run(lambda request: plugin in request.site["communities"]["ht"])
    finally:
        after.close()
