"""The clock acts on each object for itself: one that fails does not hold back the others."""

import pytest

from portal import content, jobs
from portal.apart import each_apart
from portal.outbox import PERIODICS, periodic

TITLES = ("一号", "二号", "三号")


@pytest.fixture
def places(site):
    """Return a function that reads the titles of three communities."""

    def found(request):
        for number, title in enumerate(TITLES):
            item = content.create("community", request, title=title)
            content.add(request.site["communities"], item, request, name=f"c{number}")

    site.run(found)
    return lambda: site.run(
        lambda request: [one.title for one in request.site["communities"].values()]
    )


@pytest.fixture
def failing_clock():
    """Register work of the clock that changes each community and then fails at the second."""

    @periodic(seconds=1)
    def rename_all(request, now):
        def rename(item):
            item.title = "改名"
            if item.__name__ == "c1":
                raise ValueError("broken")

        each_apart(request, request.site["communities"].values(), rename)

    (name,) = [name for name, entry in PERIODICS.items() if entry.function is rename_all]
    yield name
    del PERIODICS[name]


def test_one_that_fails_is_undone_and_the_others_go_on(site, places, failing_clock, caplog):
    assert failing_clock in jobs.tick(site.registry)
    assert places() == ["改名", "二号", "改名"]
    assert "/communities/c1" in caplog.text
    assert "ValueError" in caplog.text


def test_a_test_hears_of_what_was_left_out(site, places, failing_clock):
    with pytest.raises(ValueError, match="broken"):
        site.drain()
    assert places() == ["改名", "二号", "改名"]
