"""After a change of title the old owner is unbound at the launch, and his role goes with it."""

from __future__ import annotations

import pytest

from tests.functional.assembly import Assembly, meeting_of, owner_values, take
from tests.functional.register.steps import decide, upload
from tests.functional.test_voting import vote


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


MOTIONS = ({"title": "选聘物业", "matter": "service_company"},)
# What the register of titles sends: the unit, its use and area, and its new owner.
FEED = "楼栋,单元,房号,用途,建筑面积,产权人,证件类型,证件号码,份额,登记日期\n" + "\n".join(
    f"1栋,1单元,{room},住宅,{area},方某,护照,E12345678,100%,2026-06-21"
    for room, area in (("101", "80.00"), ("401", "60.00"))
)


@pytest.mark.clause("C-8", "BJ-OQ11.1", "BJ-OQ11.2", "SZ-18")
@pytest.mark.parametrize(
    ("profile", "clause", "buyer"),
    [("beijing-2019", "BJ-OQ11.1", "现在可以投票"), ("shenzhen-draft-2019", "SZ-16", "SZ-18")],
)
def test_title_that_changes_while_voting_moves_the_right_unless_it_was_used(
    open_site, moved_clock, profile, clause, buyer
):
    voting = Assembly(open_site, moved_clock, profile, MOTIONS).open()
    vote(open_site.logged_in("anna"), voting.path, m1="for")
    moved_clock.forward(days=1)
    officer = open_site.logged_in("street")
    page = upload(officer, voting.paths["community"].rstrip("/"), "f.csv", FEED.encode()).follow()
    decide(page, "good")
    open_site.drain()

    def become_known(request):
        unit = voting.unit(request, "401")
        account = request.site.accounts[voting.ids["fang"]]
        account.subject_token = unit.holders[0].person
        for room in ("101", "401"):
            voting.unit(request, room).bind(account.id, account.subject_token)

    open_site.run(become_known)
    moved_clock.forward(minutes=1)
    sections = (
        open_site.logged_in("fang")
        .get(voting.path + "can-i-vote")
        .html.select("main section.panel")
    )
    told = {
        one.find("h2").get_text(" ", strip=True): one.get_text(" ", strip=True) for one in sections
    }
    sold, free = (
        next(text for unit, text in told.items() if room in unit) for room in ("101", "401")
    )
    assert "previous_owner_voted" in sold
    assert clause in sold
    assert buyer in free
    seller = open_site.logged_in("eve").get(voting.path + "can-i-vote").text
    assert "title_changed" in seller
    # The ballot of the seller stands, and nothing is counted twice.
    voting.close()
    assert voting.look(lambda m: m.result.record["participation"]) == [1, 8000]
