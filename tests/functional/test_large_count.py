"""Ten thousand units and twenty motions, from the close of the vote to the page of its result."""

import pytest

from content_types.meeting import casting, eligibility
from content_types.owner_register.importing import examine, import_now
from portal import accounts, clock
from portal.security import Role
from tests.functional.assembly import OPENS, Assembly, meeting_of

OWNERS, EACH, MOTIONS = 200, 50, 20
VOTED = 150
HEAD = "楼栋,单元,房号,用途,建筑面积,产权人,证件类型,证件号码,份额,面积来源\n"


class LargeTown(Assembly):
    """Ten thousand flats of 100.00 m², fifty for each of two hundred owners."""

    def _register(self, request, profile):
        community = self._community(request)
        community.profile_id = profile
        lines = [
            f"{owner // 10 + 1}栋,{owner % 10 + 1}单元,{flat + 101},住宅,100.00,业主{owner},护照,"
            f"E1{owner:07d},100%,不动产登记簿"
            for owner in range(OWNERS)
            for flat in range(EACH)
        ]
        owners, data = community["owners"], (HEAD + "\n".join(lines)).encode()
        examined = examine(owners, data, request)
        import_now(owners, data, "register.csv", request, examined, only_good=False)

    def _accounts(self, request):
        community = self._community(request)
        for owner in range(VOTED):
            account = request.site.accounts.create(request.vault, login=f"o{owner}", kind="owner")
            account.subject_token = request.vault.token(f"E1{owner:07d}", "person")
            account.verified_at = clock.now()
            accounts.grant(account, Role.OWNER, community.scope_id)
            for unit in community["owners"].units_of(account.subject_token):
                unit.bind(account.id, account.subject_token)
            self.ids[f"o{owner}"] = account.id

    def cast_all(self, request):
        """Let every owner with an account agree to the first motion and vote on all others."""
        meeting = meeting_of(request)
        keys = [motion.__name__ for motion in meeting.motions()]
        for number, account_id in enumerate(self.ids.values()):
            [claim] = eligibility.claims(meeting, request, request.site.accounts[account_id])
            marks = dict.fromkeys(keys, (("for", "against")[number % 5 == 0],))
            marks[keys[0]] = ("for",)
            casting.cast(meeting, claim.right.key, marks, request, account_id=account_id)


@pytest.fixture
def town(site, moved_clock):
    motions = tuple(
        {"title": f"议题{number}", "matter": "service_company"} for number in range(1, MOTIONS + 1)
    )
    town = LargeTown(site, moved_clock, motions=motions)
    town.step("submit", "approve")
    town.post("posting")
    town.step("publish_notice")
    town.until(OPENS)
    site.run(town.cast_all)
    moved_clock.forward(minutes=1)
    site.drain()
    return town


# A minute is the bound of the row itself; the count takes a small part of it.
@pytest.mark.clause("EV-8.7.2", "EV-8.2.3")
@pytest.mark.timeout(60, method="signal", func_only=True)
def test_ten_thousand_units_and_twenty_motions_are_on_the_result_page_within_a_minute(town):
    town.close()
    page = town.site.logged_in("convenor").get(town.path + "result")
    chips = page.html.find(id="r-sum").find_parent("section").select("li .chip")
    assert [one.get_text(strip=True) for one in chips] == ["通过"] * MOTIONS
    text = " ".join(page.html.main.get_text(" ").split())
    assert f"{VOTED} / {OWNERS}" in text
    assert "750,000.00 ㎡ / 1,000,000.00 ㎡" in text
    last = page.html.find(id="r-2026-020").find_parent("section").select_one("table.data")
    votes = {row.th.text: row.td.get_text(" ").split()[0] for row in last.select("tbody tr")}
    assert votes == {"同意": "120", "反对": "30", "弃权": "0", "未选择（弃权）": "0"}
