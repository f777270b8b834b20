"""The form of a community: its address, its office and its rules."""

import pytest

from tests.functional.world import build_city

ADD = "/communities/add/community"


@pytest.fixture
def form(site):
    build_city(site, register="")
    page = site.logged_in("municipal").get(ADD).forms["form"]
    page["title"], page["address"], page["slug"] = "玫瑰园", "玫瑰路 1 号", "meigui-yuan-2"
    return page


def test_community_gets_the_address_its_officer_chose(site, form):
    assert form.submit("save", status=303).location.endswith("/communities/meigui-yuan-2/")

    def profile(request):
        return request.site["communities"]["meigui-yuan-2"].profile_id

    assert site.run(profile) in site.registry.profiles


@pytest.mark.parametrize("slug", ["", "2026-001", "Meigui", "a b", "a--b", "a-", "玫瑰", "add/x"])
def test_address_that_fits_no_record_number_is_refused(form, slug):
    form["slug"] = slug
    page = form.submit("save", status=422)
    assert "玫瑰路 1 号" in page.text


def test_address_of_another_community_is_refused(form):
    form["slug"] = "haitang"
    assert "已有小区使用" in form.submit("save", status=422).text


@pytest.mark.clause("SZ-7.1")
def test_community_lies_under_an_office_of_the_tree_and_nothing_else(site, form):
    from portal import accounts, content
    from portal.security import SITE_SCOPE, Role

    form["office_oid"].force_value("17")
    form.submit("save", status=422)

    def chief(request):
        accounts.grant(
            request.site.accounts.find(request.vault, "municipal"), Role.ADMINISTRATOR, SITE_SCOPE
        )
        return content.oid(request.site["communities"]["haitang"])

    community = site.run(chief)
    edit = site.logged_in("municipal").get("/communities/haitang/edit").forms["form"]
    edit["office_oid"].force_value(str(community))
    edit.submit("save", status=422)
