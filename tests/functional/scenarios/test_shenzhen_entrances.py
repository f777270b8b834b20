"""Articles 2 and 3 of the Shenzhen rules: the entrances of ballots, and what the city does."""

import pytest

from portal import content
from portal.security import Role
from tests.functional.api_client import BASE, MEETING, Client
from tests.functional.assembly import Assembly
from tests.functional.scenarios.play_of_a_place import steps_of, words
from tests.functional.test_extension import step
from tests.functional.test_identity_methods import announce
from tests.functional.test_result import sheets
from tests.functional.test_voting import vote

CITY = "/offices/city/"
BALLOT = {"right": "r00002", "nonce": "0" * 32, "choices": {"2026-001": ["for"]}}


@pytest.fixture
def voting(open_site, moved_clock):
    return Assembly(open_site, moved_clock).open()


@pytest.mark.clause("SZ-2.2")
def test_article_2_ballots_come_by_page_or_interface_and_each_says_by_which_channel(voting):
    site = voting.site
    vote(site.logged_in("anna"), voting.path, m1="for")
    Client(site, "bo").post(f"{MEETING}/ballots", BALLOT, status=201)
    # The channel is what the entrance is, never what a caller says; other entrances are shut.
    client = Client(site, "dora")
    client.post(f"{MEETING}/ballots", BALLOT | {"channel": "paper"}, status=422)
    convenor = site.logged_in("convenor")
    assert "terminal_not_offered" in convenor.get(voting.path + "kiosk", status=422).text
    convenor.get(voting.path + "paper/", status=404)
    for name in ("convenor", "street"):
        site.logged_in(name).get(voting.path + "vote", status=(403, 422))
    ways = [
        path
        for path, methods in site.browser().get(BASE + "/openapi.json").json["paths"].items()
        if "ballots" in path and "post" in methods
    ]
    assert len(ways) == 1
    voting.close()
    street = site.logged_in("street")
    (rows,) = sheets(street.get(voting.path + "unit-results.xlsx"))
    channel = {row[0].removeprefix("1栋1单元"): row[3] for row in rows[1:]}
    assert (channel["101"], channel["102"]) == ("电子投票", "电子投票")
    assert {channel[room] for room in ("201", "301", "401", "501")} == {"未投票"}
    [row] = (
        street.get(voting.path + "result").html.select("table caption")[0].parent.select("tbody tr")
    )
    assert row.get_text(" ").split()[:4] == ["电子投票", "2", "/", "2"]


def second_district(site):
    """Create another district with a street and a community, and a vote nobody has entered yet."""

    def build(request):
        place = request.site["offices"]["city"]
        for name, kind in (("district2", "district"), ("street2", "street")):
            office = content.create("office", request, title=name, kind=kind, phone="0755-1")
            content.add(place, office, request, name=name)
            place = office
            community = content.create(
                "community",
                request,
                title="榕树花园",
                address="榕树路 1 号",
                office_oid=content.oid(place),
                has_committee=True,
            )
        content.add(request.site["communities"], community, request, name="rongshu")
        return place.__parent__.scope_id

    return site.run(build)


@pytest.mark.clause("SZ-3", "SZ-27")
def test_article_3_city_publishes_policy_reads_every_district_alters_nothing_and_all_is_kept(
    voting,
):
    site, path = voting.site, voting.path
    scope = second_district(site)
    site.make_account("district2", (Role.DISTRICT_OFFICER, scope))
    municipal = site.logged_in("municipal")
    # Policy: written by the city, read by everybody where policies are looked for.
    announce(municipal, CITY, title="电子投票工作指引")
    policies = site.browser().get("/policies")
    assert "深圳市住房和建设局" in words(policies)
    assert "自即日起执行" in policies.click("电子投票工作指引").text
    site.logged_in("convenor").get(CITY + "add/office_notice", status=403)
    # It reads what happened in all districts; an officer of one district does not.
    for place in ("/communities/haitang/", path, "/communities/rongshu/"):
        assert "创建" in words(municipal.get(place + "history"))
    site.logged_in("district2").get(path + "history", status=403)
    # It alters no ballot: no step, no form, no interface.
    vote(site.logged_in("anna"), path, m1="for")
    voucher = site.logged_in("anna").get(path + "voucher/r00001.json").json
    page = municipal.get(path)
    assert "投票中" in page.text
    assert steps_of(page) == set()
    for name in ("edit", "delete", "vote", "extend", "add/motion"):
        assert municipal.get(path + name, status="*").status_int in (403, 404, 422)
    for name in ("close_voting", "suspend", "amend", "finish_count"):
        assert step(municipal, path, name, status="*").status_int >= 400
    Client(site, "municipal").post(f"{MEETING}/ballots", BALLOT, status=(403, 422))
    assert site.logged_in("anna").get(path + "voucher/r00001.json").json == voucher
    # Everything is kept: years later the city still reads the result, and nobody deletes it.
    voting.close()
    voting.publish()
    voting.clock.forward(days=12)
    site.drain()
    voting.clock.forward(days=3 * 365)
    municipal = site.logged_in("municipal")
    assert "未通过" in municipal.get(path + "result").text
    municipal.get(path + "delete", status=403)
    packed = municipal.get(path + "result.zip").body
    assert packed.startswith(b"PK")
