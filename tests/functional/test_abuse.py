"""What somebody tries who means ill: forged addresses, steps out of turn, removal of history."""

from __future__ import annotations

from portal.ratelimit import LIMITS


def test_forged_forwarding_header_opens_no_new_allowance_of_log_ins(site):
    browser = site.browser()
    form = browser.get("/login").forms["form"]
    form["login"], form["password"] = "nobody", "wrong wrong wrong"
    allowed = int(LIMITS["login"].partition("/")[0])
    statuses = [
        form.submit(
            "save",
            extra_environ={"REMOTE_ADDR": "203.0.113.7"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
            expect_errors=True,
        ).status_int
        for number in range(allowed + 1)
    ]
    assert statuses == [401] * allowed + [429]
