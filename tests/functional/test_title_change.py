"""After a change of title the old owner is unbound at the launch, and his role goes with it."""

from __future__ import annotations

import pytest

from tests.functional.assembly import Assembly, meeting_of, owner_values, take


@pytest.mark.clause("SZ-13", "BJ-OQ12")
def test_launch_unbinds_who_sold_the_unit_and_takes_the_role(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock)

    def sell(request):
        unit = assembly.unit(request, "101")
        unit.write(request.vault, {}, [owner_values("hugo", 1)])
        register = meeting_of(request).community["owners"]
        for holder in unit.holders:
            key = f"person:{holder.person}"
            register.by_token[key] = (*register.by_token.get(key, ()), unit.code)
        register.by_token[f"person:{assembly.token(request, 'anna')}"] = ()
        take(request, "submit")
        return request.site.accounts[assembly.ids["anna"]].grants

    assert open_site.run(sell) == ()
    anna = open_site.logged_in("anna")
    assert "产权登记已变更" in anna.get("/messages").text
