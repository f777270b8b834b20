"""A drawdown from request to payment: only what the owners decided is paid, and exactly once."""

import csv
import io
from datetime import date

import pytest
from fund_site import FundSite, community_of
from fund_steps import DEPOSITS, FUND, decide, path_of, propose, requested, result_of, step, upload
from funds_factories import deposit_draft

from portal import accounts, clock, content
from portal.security import Role
from tests.functional.conftest import START
from yitang_funds.book import FundBook
from yitang_funds.integrity import check_books
from yitang_funds.posting import open_unit, post
from yitang_funds.verify import verify


@pytest.fixture
def funded(site):
    """Return a site where three units have paid in."""
    answer = upload(site.as_("manager"), DEPOSITS)
    step(site.as_("checker"), path_of(answer), "book")
    return site


@pytest.fixture(scope="module")
def asked_site(tmp_path_factory):
    with clock.freeze(START):
        site = FundSite(tmp_path_factory.mktemp("asked"))
        step(site.as_("checker"), path_of(upload(site.as_("manager"), DEPOSITS)), "book")
        site.url = requested(site)
    yield site
    site.close()


@pytest.fixture
def asked(asked_site):
    """Return a site with a requested drawdown and no motion."""
    with clock.freeze(START):
        yield asked_site

        def forget(request):
            meetings = community_of(request)["meetings"]
            for meeting in list(meetings.values()):
                content.remove(meeting, request)

        asked_site.run(forget)


def blocked(site, url, name, text, login="checker"):
    """Expect that a step is refused with a reason and the clause."""
    answer = step(site.as_(login), url, name, status=422)
    assert text in answer.text
    assert "MF-6.2.10.b" in answer.text


def chips(page):
    """Return the codes that a page leads to the explanation of."""
    return [one.get_text() for one in page.html.select("main a.clause[href^='/law/clause/']")]


def balances(site):
    codes = ("b1/1-101", "b1/1-102", "b1/2-101")
    return site.book(lambda book: [book.balance_of(code) for code in codes])


@pytest.mark.clause("MF-6.2.2.a")
def test_plan_is_frozen_at_the_request_and_open_to_owners(funded):
    url = requested(funded)

    shares = funded.as_("owner-101").get(f"{url}/shares")
    for text in ("3,146.62", "3,953.87", "2,899.51", "1栋1单元101", "1栋1单元***"):
        assert text in shares.text
    assert "1栋1单元102" not in shares.text

    def enlarge(request):
        community_of(request)["buildings"]["b1"].find("1单元", "102").exclusive_area = 99_999

    funded.run(enlarge)
    assert "3,953.87" in funded.as_("owner-101").get(f"{url}/shares").text
    rows = funded.as_("manager").get(f"{url}/shares?format=csv").body.decode("utf-8-sig")
    assert [row[-1] for row in csv.reader(io.StringIO(rows))][1:] == [
        "3146.62",
        "3953.87",
        "2899.51",
    ]


@pytest.mark.clause("MF-6.2.2.a", "MF-6.2.2.b", "MF-6.2.3.a")
def test_pages_of_a_drawdown_lead_to_the_clause_of_the_way_it_is_divided(funded):
    for method, clause, weight in (
        ("area", "MF-6.2.2.a", "95.50 ㎡ / 303.50 ㎡"),
        ("unit", "MF-6.2.2.b", "1 / 3"),
    ):
        url = requested(funded, method=method)
        page = funded.as_("owner-101").get(url)
        assert weight in page.text
        assert [one for one in chips(page) if one.startswith("MF-6.2.2")] == [clause]
        assert {"MF-2.0.17", "MF-6.2.3.a"} <= set(chips(page))
        assert chips(funded.as_("owner-101").get(f"{url}/shares")) == [clause, "MF-6.2.3.a"]


@pytest.mark.clause("MF-6.2.10.b")
def test_drawdown_without_a_motion_is_refused(asked):
    blocked(asked, asked.url, "approve", "还没有使用维修资金的议题")
    decide(asked, matter="other_major")
    blocked(asked, asked.url, "approve", "还没有使用维修资金的议题")


@pytest.mark.clause("MF-6.2.10.b")
@pytest.mark.parametrize(
    ("motion", "text"),
    [
        ({"scope_units": ()}, "多 0 户，少 1 户"),
        ({"scope_units": ("1栋 1单元",)}, "多 1 户，少 0 户"),
        ({"scope_units": ("7栋",)}, "多 3 户，少 0 户"),
        ({"amount_fen": 999_999}, "超过议题"),
        ({"state": "voting"}, "还没有公布"),
        ({"state": "resolved"}, "还没有公布"),
        ({"carried": False}, "没有通过"),
    ],
)
def test_drawdown_that_differs_from_the_motion_is_refused(asked, motion, text):
    decide(asked, **motion)

    blocked(asked, asked.url, "approve", text)

    assert text in asked.as_("owner-101").get(asked.url).text
    assert asked.book(lambda book: (book.last_seq, sum(book.held.values()))) == (3, 0)


@pytest.mark.clause("MF-6.2.10.b")
def test_one_fen_above_the_motion_is_refused_and_the_exact_amount_is_not(funded):
    decide(funded)
    blocked(funded, requested(funded, amount_fen="10000.01"), "approve", "超过议题")
    step(funded.as_("checker"), requested(funded), "approve")


@pytest.mark.clause("MF-6.2.4.c")
def test_approval_reserves_and_payment_posts_once(funded):
    decide(funded)
    url = requested(funded)
    step(funded.as_("checker"), url, "approve")
    held = funded.book(lambda book: (sum(book.held.values()), book.fund_total()))
    assert held == (1_000_000, 2_428_000)

    step(funded.as_("manager"), url, "pay")

    assert balances(funded) == [764_000 - 314_662, 960_000 - 395_387, 704_000 - 289_951]
    assert funded.book(lambda book: (sum(book.held.values()), book.totals()[1001])) == (
        0,
        1_428_000,
    )
    step(funded.as_("manager"), url, "pay", status=409)
    assert funded.book(lambda book: book.last_seq) == 4
    assert funded.book(verify) == []
    own = funded.as_("owner-101").get(f"{FUND}/statement?unit=b1/1-101").text
    assert "3,146.62" in own
    assert "4,493.38" in own


@pytest.mark.clause("MF-6.2.10.b")
def test_two_drawdowns_cannot_share_one_decision(funded):
    decide(funded)
    first, second = requested(funded, amount_fen="6000"), requested(funded, amount_fen="4000.01")
    step(funded.as_("checker"), first, "approve")
    blocked(funded, second, "approve", "还可支用 4,000.00 元")

    step(funded.as_("checker"), first, "cancel", "合同解除")

    assert funded.book(lambda book: sum(book.held.values())) == 0
    step(funded.as_("checker"), second, "approve")


@pytest.mark.clause("MF-6.2.10.b")
def test_payment_is_refused_when_the_result_is_taken_back_after_approval(funded):
    decide(funded)
    url = requested(funded)
    step(funded.as_("checker"), url, "approve")

    def annul(request):
        (meeting,) = community_of(request)["meetings"].values()
        (motion,) = meeting.motions()
        meeting.results = (*meeting.results, result_of(motion, request.registry, carried=False))

    funded.run(annul)
    blocked(funded, url, "pay", "没有通过", login="manager")
    assert balances(funded) == [764_000, 960_000, 704_000]


@pytest.mark.clause("MF-8.1.1.a")
def test_each_step_is_refused_to_who_may_not_take_it(funded):
    decide(funded)
    url = requested(funded)
    token = funded.as_("manager").get(url).html.find("input", {"name": "csrf_token"})["value"]
    funded.as_("manager").post(f"{url}/step/approve", {"csrf_token": token}, status=403)
    owner = funded.as_("owner-101")
    token = owner.get(url).html.find("input", {"name": "csrf_token"})["value"]
    for name in ("approve", "return"):
        owner.post(f"{url}/step/{name}", {"csrf_token": token, "comment": "x"}, status=403)
    owner.get(f"{FUND}/add/drawdown", status=403)
    funded.as_("stranger").get(url, status=403)


@pytest.mark.clause("MF-8.1.1.a")
def test_person_with_both_roles_does_not_approve_what_he_requested_for_another(funded):
    def appoint(request):
        account = request.site.accounts.find(request.vault, "checker")
        accounts.grant(account, Role.FUND_MANAGER, community_of(request).scope_id)

    decide(funded)
    url = propose(funded)
    funded.run(appoint)
    step(funded.as_("checker"), url, "request")
    step(funded.as_("checker"), url, "approve", status=422)
    assert balances(funded) == [764_000, 960_000, 704_000]


@pytest.mark.clause("MF-6.2.2.e")
def test_request_that_a_unit_cannot_bear_is_refused_and_shown(funded):
    url = propose(funded, scope="", amount_fen="100")
    answer = step(funded.as_("manager"), url, "request", status=422)
    assert "1 户余额不足" in answer.text
    assert "MF-6.2.2.e" in answer.text
    assert "2栋A01" in funded.as_("manager").get(url).text
    assert "MF-6.2.2.e" in chips(funded.as_("manager").get(url))


@pytest.mark.clause("MF-2.0.17")
def test_unknown_scope_is_named_and_the_draft_can_be_corrected(funded):
    url = propose(funded, scope="1栋\n8栋")
    page = funded.as_("manager").get(url)
    assert "8栋" in page.text
    assert "MF-2.0.17" in page.html.select_one(".notice--danger .clause").get_text()
    assert "8栋" in step(funded.as_("manager"), url, "request", status=422).text

    form = funded.as_("manager").get(f"{url}/edit").forms["form"]
    form["scope"] = "1栋"
    form.submit("save", status=303)
    step(funded.as_("manager"), url, "request")
    funded.as_("manager").get(f"{url}/edit", status=403)


def test_returned_drawdown_is_planned_again(funded):
    url = requested(funded)
    step(funded.as_("checker"), url, "return", "金额写错")
    form = funded.as_("manager").get(f"{url}/edit").forms["form"]
    form["amount_fen"] = "5000"
    form.submit("save", status=303)
    step(funded.as_("manager"), url, "request")
    assert "1,573.31" in funded.as_("owner-101").get(f"{url}/shares").text


def test_wrong_entry_is_refused_and_nothing_is_kept(funded):
    for wrong in (
        *({"amount_fen": text} for text in ("0", "-1", "1.005", "一千", "", "9" * 30)),
        {"title": ""},
        {"scope": "x" * 2_000},
        {"scope": "1栋\n" * 501},
    ):
        answer = propose(funded, status=422, **wrong)
        assert "error-summary" in answer.text, wrong
    assert funded.run(lambda request: len(community_of(request)["funds"])) == 1


@pytest.mark.clause("MF-6.2.4A")
def test_payment_tells_each_owner_his_own_share_and_balance(funded):
    decide(funded)
    url = requested(funded)
    step(funded.as_("checker"), url, "approve")
    step(funded.as_("manager"), url, "pay")
    funded.drain()

    def look(request):
        found = {}
        for account in request.site.accounts:
            found[account.login] = [m.body for m in request.site.messages.inbox(account.id)]
        return found

    inboxes = funded.run(look)
    assert "3,146.62元，维修资金余额4,493.38元" in inboxes["owner-101"][0]
    assert "3,953.87元" in inboxes["owner-102"][0]
    assert "7,640.00元已记入" in inboxes["owner-101"][1]
    assert inboxes["stranger"] == []


def correct(site, number, reason="收款人写错", status=303):
    form = site.as_("manager").get(f"{FUND}/add/correction").forms["form"]
    form["voucher_number"], form["reason"] = number, reason
    answer = form.submit("save", status=status)
    return path_of(answer) if status == 303 else answer


@pytest.mark.clause("MF-5.2.1-5.c")
def test_paid_drawdown_is_taken_back_by_two_persons_and_frees_the_decision(funded):
    decide(funded)
    url = requested(funded)
    step(funded.as_("checker"), url, "approve")
    step(funded.as_("manager"), url, "pay")
    correction = correct(funded, "202605-00004")
    funded.as_("manager").get(correction)

    step(funded.as_("checker"), correction, "post")

    assert balances(funded) == [764_000, 960_000, 704_000]
    assert funded.book(verify) == []
    assert "已撤销" in funded.as_("owner-101").get(url).text
    statement = funded.as_("owner-101").get(f"{FUND}/statement?unit=b1/1-101").text
    assert "-3,146.62" in statement
    assert "202605-00005" in funded.as_("manager").get(correction).text
    step(funded.as_("checker"), requested(funded), "approve")
    funded.drain()


@pytest.mark.clause("MF-5.2.1-5.c")
def test_correction_of_nothing_or_twice_is_refused(funded):
    for number in ("202605-00009", "", "x", "202605-0000１"):
        assert "error-summary" in correct(funded, number, status=422).text
    first, second = correct(funded, "202605-00001"), correct(funded, "202605-00001")
    step(funded.as_("checker"), first, "post")
    step(funded.as_("checker"), second, "post", status=422)
    assert "已经冲销过" in correct(funded, "202605-00001", status=422).text
    assert "不能再冲销" in correct(funded, "202605-00004", status=422).text
    assert funded.book(lambda book: (book.last_seq, book.balance_of("b1/1-101"))) == (4, 0)


@pytest.mark.clause("MF-8.1.1.d")
def test_check_command_names_a_book_that_was_rewritten(funded):
    funded.drain()
    assert funded.run(lambda request: list(check_books(request))) == [("fund book of sunshine", "")]

    def rewrite(request):
        fund = community_of(request)["funds"]
        old, fund.book = fund.book, FundBook(fund.book.identity)
        for voucher in old.vouchers():
            unit = old.unit_codes[voucher.entries[-1].unit]
            open_unit(fund.book, unit)
            post(fund.book, deposit_draft(unit, 100, voucher.key, date(2026, 5, 4)), clock.now())
        return verify(fund.book), list(check_books(request))

    problems, checks = funded.run(rewrite)
    assert problems == []
    assert checks == [("fund book of sunshine", "voucher 3 is not the one in the audit log")]
