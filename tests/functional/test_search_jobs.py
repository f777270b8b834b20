"""The index of words follows the objects: added, changed and removed ones."""

from portal import content, fulltext


def add_page(site, **values):
    def add(request):
        item = content.create("office", request, kind="city", **values)
        content.add(request.site["offices"], item, request)
        return item.__oid__

    return site.run(add)


def find(site, text):
    return site.run(lambda request: request.fulltext.search(text))


def test_object_is_found_once_its_job_ran(site):
    oid = add_page(site, title="深圳市住房和建设局")
    assert find(site, "住房") == []
    site.drain()
    assert find(site, "和建") == [oid]


def test_changed_object_is_found_by_its_new_words(site):
    oid = add_page(site, title="旧名称")
    site.drain()
    site.run(
        lambda request: content.edit(
            content.by_oid(request.site, oid), request, {"title": "新名称"}
        )
    )
    site.drain()
    assert find(site, "旧名") == []
    assert find(site, "新名") == [oid]


def test_removed_object_is_forgotten(site):
    oid = add_page(site, title="临时机构")
    site.drain()
    site.run(lambda request: content.remove(content.by_oid(request.site, oid), request))
    site.drain()
    assert find(site, "临时") == []


def test_lost_index_is_made_anew_from_the_objects(site):
    oid = add_page(site, title="罗湖区住房和建设局")
    site.drain()
    site.registry.fulltext.rebuild([(999, "别的", "")])
    missing, stray = site.run(fulltext.difference)
    assert oid in missing
    assert stray == {999}
    site.run(fulltext.rebuild_from_site)
    assert site.run(fulltext.difference) == (set(), set())
    assert find(site, "罗湖") == [oid]
