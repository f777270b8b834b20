"""The catalogue finds for each person what that person may see, and nothing else."""

import pytest

from portal import catalog, content
from portal.security import EVERYONE, Role


@pytest.fixture
def drafts(site):
    """Return a site with a community, a draft and a published announcement."""

    def make(request):
        place = content.create("community", request, title="海棠苑")
        content.add(request.site["communities"], place, request, name="ht")
        for title in ("草稿", "公告"):
            item = content.create("announcement", request, title=title, body="正文")
            content.add(place["announcements"], item, request)
        item.workflow_state = "published"
        catalog.index(item, request)
        return place.scope_id

    site.scope = site.run(make)
    return site


def titles(site, principals):
    """Return what somebody with these principals finds."""

    def look(request):
        request.principals = frozenset(principals)
        return sorted(item.title for item in catalog.find(request, types=("announcement",)))

    return site.run(look)


@pytest.mark.clause("EV-5.4.2")
def test_everybody_finds_what_is_published_and_only_the_convenor_the_draft(drafts):
    convenor = f"{Role.CONVENOR}@{drafts.scope}"
    stranger = f"{Role.CONVENOR}@another-place"
    assert titles(drafts, [EVERYONE]) == ["公告"]
    assert titles(drafts, [EVERYONE, stranger]) == ["公告"]
    assert titles(drafts, [EVERYONE, convenor]) == ["公告", "草稿"]


def test_who_belongs_to_no_audience_finds_nothing(drafts):
    assert titles(drafts, []) == []
    assert titles(drafts, ["nobody@nowhere"]) == []


def test_audience_that_is_known_is_not_written_again(drafts):
    def again(request):
        book = request.site.catalog
        item = next(iter(catalog.find(request, types=("announcement",), everything=True)))
        before = {name: tuple(found) for name, found in book.audiences.items()}
        book.know(catalog.audience(item))
        changed = any(found._p_changed for found in book.audiences.values())
        return changed, before == {name: tuple(found) for name, found in book.audiences.items()}

    assert drafts.run(again) == (False, True)
