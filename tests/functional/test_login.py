"""Logging in, out and being refused."""

import pytest

from portal.security import SITE_SCOPE, Role


@pytest.mark.clause("EV-5.2.1.1")
def test_right_password_opens_a_session_and_wrong_one_does_not(site):
    site.make_account("street-1", (Role.STREET_OFFICER, SITE_SCOPE))
    browser = site.browser()
    form = browser.get("/login").forms["form"]
    form["login"], form["password"] = "street-1", "not the right phrase"
    assert form.submit("save", status=401).status_int == 401
    browser = site.logged_in("street-1")
    assert "退出" in browser.get("/").text


def test_first_start_makes_one_setup_link_and_no_password(site):
    browser = site.browser()
    form = browser.get(site.setup_path).forms["form"]
    form["password"] = "a long enough phrase"
    form.submit("save", status=303)
    assert site.browser().get(site.setup_path, status=404)
