"""The demo of the fund on the whole register: 1,220 units pay in, one bill is paid."""

import pytest
from fund_steps import result_of

from portal import clock, content
from tests.functional.conftest import PASSWORD, START, SiteUnderTest
from tests.functional.world import build_city
from yitang_funds.demo import play
from yitang_funds.verify import verify


@pytest.fixture
def site(tmp_path):
    with clock.freeze(START):
        under_test = SiteUnderTest(tmp_path, **{"yitang.plugins": "funds"})
        yield under_test
        under_test.close()


def decide(request):
    community = request.site["communities"]["haitang"]
    meeting = content.create("meeting", request, title="第一次业主大会会议")
    content.add(community["meetings"], meeting, request)
    motion = content.create(
        "motion",
        request,
        title="关于使用维修资金大修1栋电梯的议题",
        matter="maintenance_fund_use",
        amount_fen=26_800_001,
        scope_units=("1栋",),
    )
    content.add(meeting, motion, request)
    meeting.workflow_state = "published"
    meeting.results = (result_of(motion, request.registry, carried=True),)


def test_demo_pays_in_for_every_unit_and_pays_the_bill_that_was_decided(site):
    build_city(site)
    site.run(decide)
    said = []

    logins = play(site.registry, PASSWORD, said.append)

    assert [login for login, _ in logins] == ["fund-manager", "fund-checker"]
    assert said[-1].endswith("is paid")

    def look(request):
        book = request.site["communities"]["haitang"]["funds"].book
        return verify(book), book.last_seq, len(book.units), book.totals()

    problems, last_seq, units, totals = site.run(look)
    assert (problems, last_seq, units) == ([], 1_221, 1_220)
    # 126,286.15 m² at 80 yuan, less the bill.
    assert totals[4001] == -12_628_615 * 80
    assert totals[1001] == 12_628_615 * 80 - 26_800_001
    page = site.logged_in("fund-checker").get("/communities/haitang/funds")
    assert "268,000.01" in page.text


def test_demo_on_a_site_without_units_does_nothing(site):
    assert play(site.registry, PASSWORD, list) == []
