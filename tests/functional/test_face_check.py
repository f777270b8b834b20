"""An owner is verified by code and face where the city asks for both (SZ-9.1)."""

from __future__ import annotations

import threading

import pytest

from tests.functional.conftest import SiteUnderTest
from tests.functional.owner_steps import register, verify
from tests.functional.test_identity_and_binding import account_of, owners
from tests.functional.world import build_city
from tests.unit.test_faces import Provider


@pytest.fixture
def provider():
    """Run a face service that opens every check."""
    server = Provider()
    server.answers["InitFaceVerify"] = {
        "Code": "200",
        "ResultObject": {"CertifyId": "c-1", "CertifyUrl": "https://face.example/c-1"},
    }
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def city(tmp_path, moved_clock, provider):
    """Return a site that uses the face service."""
    key = tmp_path / "face.key"
    key.write_text("secret", "utf-8")
    site = SiteUnderTest(
        tmp_path,
        **{
            "yitang.limits": "off",
            "yitang.identity.face": "aliyun",
            "yitang.face.url": f"http://127.0.0.1:{provider.server_port}/",
            "yitang.face.key_id": "key",
            "yitang.face.key_file": str(key),
            "yitang.face.scene": "100",
            "yitang.outgoing.hosts": "127.0.0.1",
            "yitang.outgoing.private": "true",
        },
    )
    build_city(site)
    yield site
    site.close()


@pytest.mark.clause("SZ-9.1")
def test_code_and_register_without_the_face_leave_the_owner_unverified(city, provider):
    [owner] = owners(city)
    browser = register(city)
    page = verify(browser, owner["name"], owner["id_number"], status=200)
    assert page.html.select_one("a[href='https://face.example/c-1']")
    assert "verified_at" not in account_of(city)
    provider.answers["DescribeFaceVerify"] = {"Code": "200", "ResultObject": {"Passed": "F"}}
    page = browser.get("/me/identity")
    assert "人脸核验没有通过" in page.text
    assert "verified_at" not in account_of(city)
    # The verdict of a check that is over does not come back.
    provider.answers["DescribeFaceVerify"] = {"Code": "200", "ResultObject": {"Passed": "T"}}
    browser.get("/me/identity", status=200)
    assert "verified_at" not in account_of(city)
    verify(browser, owner["name"], owner["id_number"], status=200)
    assert browser.get("/me/identity", status=303).location.endswith("/me/bind")
    assert account_of(city)["verified_by"] == "face_and_sms:c-1"
    assert account_of(city)["face_pending"] == b""
