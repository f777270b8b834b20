"""A convenor checks an owner on site where the face service is missing."""

from __future__ import annotations

import pytest
from webtest import Upload

from tests.functional.conftest import SiteUnderTest
from tests.functional.owner_steps import PHONE, register, verify
from tests.functional.test_identity_and_binding import account_of, owners
from tests.functional.world import build_city, photo


@pytest.fixture
def city(tmp_path, moved_clock):
    """Return a site without a face service."""
    site = SiteUnderTest(tmp_path, **{"yitang.limits": "off"})
    build_city(site)
    yield site
    site.close()


def check(browser, owner, status=303, **values):
    form = browser.get("/communities/haitang/verify-on-site").forms["form"]
    filled = {
        "phone": PHONE,
        "name": owner["name"],
        "id_kind": "resident_id",
        "id_number": owner["id_number"],
        "title_document": "deed",
    }
    for name, value in (filled | values).items():
        if name not in ("document", "holder"):
            form[name] = value
    uploads = [name for name in form.fields if name and name.startswith("upload")]
    for kind, field in zip(("document", "holder"), form.fields["upload"], strict=True):
        picture = values.get(kind, photo())
        if picture:
            field.value = Upload(f"{kind}.jpg", picture)
    assert uploads
    return form.submit("save", status=status)


@pytest.mark.clause("SZ-9.2", "SZ-9.3", "BJ-O4.1", "BJ-O3.3", "EV-5.3.3")
def test_convenor_verifies_on_site_with_two_photographs_and_answers_for_it(city):
    [owner] = owners(city)
    browser = register(city)
    convenor = city.logged_in("convenor")
    page = check(convenor, owner, status=422)
    assert "先在线核验一次" in page.text
    page = verify(browser, owner["name"], owner["id_number"], status=422)
    assert "现场核验" in page.text
    for missing in ("document", "holder"):
        check(convenor, owner, status=422, **{missing: b""})
    check(convenor, owner, status=422, holder=b"no picture")
    check(convenor, owner, status=422, name="赵不存在")
    check(convenor, owner, status=422, phone="13800138099")
    assert "verified_at" not in account_of(city)
    page = check(convenor, owner).follow()
    account = account_of(city)
    assert account["verified_by"] == "on_site_photos"
    row = page.html.select_one("tbody tr").get_text()
    assert "convenor" in row
    assert owner["label"] in row
    assert owner["name"] not in row
    photos = [link["href"] for link in page.html.select("tbody a")]
    assert len(photos) == 2
    picture = convenor.get(photos[0])
    assert picture.content_type == "image/jpeg"
    assert picture.body.startswith(b"\xff\xd8")
    city.drain()

    def look(request):
        from portal import audit

        return [one["action"] for one in audit.entries(request)]

    actions = city.run(look)
    assert "identity.on_site" in actions
    assert actions.count("identity.photo_view") == 1
    browser.get(photos[0], status=403)
    browser.get("/communities/haitang/on-site-checks", status=403)
    browser.get("/communities/haitang/verify-on-site", status=403)
    city.logged_in("street").get("/communities/haitang/on-site-checks", status=200)
    blobs = [p.read_bytes() for p in (city.folder / "db" / "blobs").rglob("*.blob")]
    assert blobs
    assert not any(data.startswith(b"\xff\xd8") for data in blobs)
    form = browser.get("/me/bind").forms["own-units"]
    form["unit"].checked = True
    form.submit(status=303)
