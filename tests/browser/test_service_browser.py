"""Pages of the property service, of signed sheets and of methods of identification in a browser."""

import pytest
from webtest import Upload

from portal.security import Role
from tests.browser.conftest import log_in, sideways
from tests.functional.assembly import Assembly, at
from tests.functional.test_account_admin import scope
from tests.functional.test_identity_methods import DISTRICT, announce, change
from tests.functional.test_service import DESK, file_one, step
from tests.functional.test_service_rating import rate
from tests.functional.test_signed_sheets import counted, hand_over
from tests.functional.world import photo

WIDTHS = (320, 390, 1280)


def look_at(pages, serve, site, open_page, axe, html_faults):
    """Open pages as their people; returns everything the house rules find."""
    base, faults, texts = serve(site.app), [], {}
    for login, path in pages:
        page = open_page(390)
        if login:
            log_in(page, base, login)
        answer = page.goto(base + path)
        texts[f"{login} {path}"] = answer.text()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            faults += [(path, width, *one) for one in axe(page)]
            if extra := sideways(page):
                faults.append((path, width, "sideways", extra))
        faults += [(path, complaint) for complaint in page.complaints]
    return faults + html_faults(texts)


@pytest.mark.clause("BJ-0.1")
def test_pages_of_the_property_service_keep_the_house_rules(
    open_site, moved_clock, serve, open_page, axe, html_faults
):
    Assembly(open_site, moved_clock)
    place = scope(open_site, "communities", "haitang")
    open_site.make_account("service", (Role.SERVICE_STAFF, place))
    picture = Upload("a.jpg", photo(), "image/jpeg")
    path = file_one(open_site.logged_in("anna"), picture=picture).location
    path = path.removeprefix("http://localhost")
    step(open_site.logged_in("service"), path, "take")
    for login in ("anna", "bo", "gao"):
        rate(open_site, login, 4, comment="很好")
    dora = open_site.logged_in("dora").get(DESK + "rate").forms["form"]["unit_code"]
    for unit in [value for value, _, _ in dora.options]:
        rate(open_site, "dora", 3, unit=unit)
    moved_clock.to(at("2026-07-02T09:00"))
    pages = (
        *(("anna", one) for one in ("/", "/communities/haitang/", DESK, DESK + "new", path)),
        *(("anna", DESK + one) for one in ("rate", "ratings")),
        *(("service", one) for one in (DESK, path, DESK + "ratings")),
    )
    assert look_at(pages, serve, open_site, open_page, axe, html_faults) == []


@pytest.mark.clause("SZ-9.5", "SZ-25.4")
def test_pages_of_signed_sheets_and_methods_keep_the_house_rules(
    open_site, moved_clock, serve, open_page, axe, html_faults
):
    assembly = counted(open_site, moved_clock)
    hand_over(assembly)
    place = scope(open_site, "offices", "city", "district")
    open_site.make_account("district", (Role.DISTRICT_OFFICER, place))
    district = open_site.logged_in("district")
    notice = announce(district, DISTRICT, "停用人脸核验的公告").removeprefix("http://localhost")
    change(district, DISTRICT, {"on_site_photos", "organisation_agent"}, "停用人脸核验的公告")
    form = DISTRICT + "change-methods?profile=shenzhen-draft-2019"
    open_site.make_account("stranger", kind="owner")
    pages = (
        ("street", assembly.path + "signed-sheets"),
        ("convenor", assembly.path + "submit-sheets"),
        *(("", one) for one in (DISTRICT, DISTRICT + "identity-methods", notice)),
        *(("district", one) for one in (DISTRICT + "identity-methods", form)),
        ("stranger", "/me/identity"),
    )
    assert look_at(pages, serve, open_site, open_page, axe, html_faults) == []
