"""Uploads pass the virus scanner first; nothing is stored while it is silent (D9)."""

from __future__ import annotations

import pytest
from webtest import Upload

from portal.security import Role
from tests.functional.conftest import SiteUnderTest
from tests.functional.world import build_city, photo
from tests.unit.clamd_server import EICAR, clamd


def attach(site, data, name="a.txt", status=303):
    """Attach a file to a draft as the convenor would."""
    browser = site.logged_in("convenor")
    form = browser.get("/communities/haitang/announcements/add/announcement").forms["form"]
    form["title"], form["body"] = "公告", "正文"
    draft = form.submit("save", status=303).location
    form = browser.get(f"{draft}attach").forms["form"]
    form["title"] = "附件"
    form["upload"] = Upload(name, data)
    return form.submit("save", status=status)


def stored(site):
    return list((site.folder / "db" / "blobs").rglob("*.blob"))


@pytest.mark.clause("v5.0.0-5.4.3", "GB/T 22239 8.1.4.5")
def test_infected_upload_is_refused_and_a_silent_scanner_lets_nothing_in(
    tmp_path, moved_clock, caplog
):
    with clamd() as (address, seen):
        site = SiteUnderTest(tmp_path, **{"yitang.clamd": address, "yitang.limits": "off"})
        build_city(site, register="")
        attach(site, b"plain words")
        attach(site, photo(), "a.jpg")
        assert len(seen) == 2
        before = stored(site)
        page = attach(site, b"see: " + EICAR, status=422)
        assert "Eicar-Test-Signature" in page.text
        street = site.logged_in("street")
        page = street.get("/communities/haitang/owners/import")
        form = next(one for one in page.forms.values() if "file" in one.fields)
        form["file"] = Upload("r.xlsx", b"PK\x03\x04" + EICAR)
        page = form.submit(status=422)
        assert "Eicar-Test-Signature" in page.text
    site.make_account("operator", (Role.ADMINISTRATOR, "site"))
    page = attach(site, b"plain words", status=503)
    assert "过几分钟再试" in page.text
    assert stored(site) == before
    assert "scanner silent" in caplog.text
    assert "infected upload" in caplog.text
    assert "没有响应" in site.logged_in("operator").get("/protection").text
    site.close()
