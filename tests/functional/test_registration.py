"""Registering with a mobile number: code, password, consent."""

from __future__ import annotations

import pytest

from portal import texts
from tests.functional.owner_steps import PHONE, register


@pytest.mark.clause("BJ-O2")
@pytest.mark.clause("EV-5.2.1.1")
def test_owner_registers_with_number_code_and_password(open_site):
    browser = register(open_site)
    assert "退出登录" in browser.get("/").text

    def look(request):
        account = request.site.accounts.find(request.vault, PHONE)
        return account.kind, account.consent[0][:2], account.password

    kind, consent, password = open_site.run(look)
    assert (kind, consent) == ("owner", ("privacy", texts.version("privacy")))
    assert password not in ("", "a long enough phrase")
