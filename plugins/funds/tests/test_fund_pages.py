"""Pages of the fund: deposits come in by two persons, an owner sees his own statement."""

import csv
import io
from datetime import date

import pytest
from fund_site import FundSite, community_of, make_account
from fund_steps import FUND, path_of, step, upload

from portal import audit, clock
from portal.security import Permission, permits
from tests.functional.conftest import START
from yitang_funds.verify import verify

ROWS = [
    ["1栋", "1单元", "101", 7640.0, date(2026, 5, 4), "00000001"],
    ["1栋", "1单元", "102", 9600.0, date(2026, 5, 4), "00000002"],
    ["1栋", "2单元", "101", 7040.0, date(2026, 5, 5), "00000003"],
    ["2栋", "", "A01", 8000.0, date(2026, 5, 5), "00000004"],
]


@pytest.fixture(scope="module")
def booked(tmp_path_factory):
    """Return a site with the four deposits booked."""
    with clock.freeze(START):
        under_test = FundSite(tmp_path_factory.mktemp("funded"))
        under_test.sheet_url = path_of(upload(under_test.as_("manager"), ROWS))
        step(under_test.as_("checker"), under_test.sheet_url, "book")
        under_test.drain()
    yield under_test
    under_test.close()


@pytest.fixture
def funded(booked):
    """Return the booked site on the day of booking; the tests only look at it."""
    with clock.freeze(START):
        yield booked


@pytest.mark.clause("MF-5.2.1-2.b")
def test_sheet_prepared_by_one_is_booked_by_another(site):
    manager = site.as_("manager")
    url = path_of(upload(manager, ROWS))
    page = manager.get(url)
    assert "32,280.00" in page.text
    assert site.book(lambda book: book.last_seq) == 0

    step(manager, url, "book", status=403)
    step(site.as_("checker"), url, "book")

    assert site.book(lambda book: (book.last_seq, book.fund_total())) == (4, 3_228_000)
    assert site.book(verify) == []
    assert "202605-00001" in manager.get(url).text


@pytest.mark.clause("MF-8.1.1.a")
def test_one_person_with_both_roles_cannot_book_his_own_sheet(site):
    make_account(site, "both", ("fund_manager", site.scope), ("fund_checker", site.scope))
    both = site.as_("both")
    url = path_of(upload(both, ROWS))

    answer = step(both, url, "book", status=422)

    assert "另一名复核员" in answer.text
    assert site.book(lambda book: book.last_seq) == 0


@pytest.mark.clause("MF-5.2.1-2.b")
def test_wrong_row_blocks_the_whole_sheet_with_row_column_and_advice(site):
    manager = site.as_("manager")
    wrong = [*ROWS[:3], ["9栋", "", "A01", "8000.001", date(2026, 5, 5), "00000004"]]
    url = path_of(upload(manager, wrong))

    page = manager.get(url)
    for text in ("9栋 A01", "8000.001", "超过两位小数", "改成精确到分的金额"):
        assert text in page.text
    rows = list(csv.reader(io.StringIO(manager.get(f"{url}?format=csv").body.decode("utf-8-sig"))))
    assert [row[:2] for row in rows[1:]] == [["5", "房号"], ["5", "交存金额"]]

    step(site.as_("checker"), url, "book", status=422)
    assert site.book(lambda book: (book.last_seq, len(book.units))) == (0, 0)


def test_prepared_sheet_waits_in_the_checkers_work_list(site):
    upload(site.as_("manager"), ROWS)
    assert "deposits.xlsx" in site.as_("checker").get("/queue").text
    assert "deposits.xlsx" not in site.as_("owner-101").get("/queue").text


def test_community_page_leads_to_the_fund(funded):
    page = funded.as_("owner-101").get("/communities/sunshine/")
    assert page.click("维修资金", index=0).status_int == 200
    assert "维修资金" not in funded.as_("stranger").get("/communities/sunshine/").text


@pytest.mark.clause("MF-5.2.1-2.b")
def test_same_sheet_again_changes_nothing_and_says_so(funded):
    manager = funded.as_("manager")
    url = path_of(upload(manager, ROWS))
    assert "再次导入不会改变任何内容" in manager.get(url).text

    step(funded.as_("checker"), url, "book")

    assert funded.book(lambda book: book.last_seq) == 4


@pytest.mark.parametrize(
    ("name", "data"),
    [("deposits.exe", b"MZ"), ("deposits.xlsx", b"PK\x03\x04nonsense"), ("d.csv", b"a,b\n1,2\n")],
)
def test_file_that_is_no_sheet_is_refused_with_a_reason(site, name, data):
    browser = site.as_("manager")
    page = browser.get(f"{FUND}/upload")
    form = next(f for f in page.forms.values() if "file" in f.fields)
    form["file"] = (name, data)
    answer = form.submit(status=422)
    assert "error-summary" in answer.text
    assert site.run(lambda request: len(community_of(request)["funds"])) == 0


def test_upload_without_a_file_is_refused(site):
    browser = site.as_("manager")
    token = browser.get(f"{FUND}/upload").html.find("input", {"name": "csrf_token"})["value"]
    browser.post(f"{FUND}/upload", {"csrf_token": token, "file": "text"}, status=422)


@pytest.mark.clause("MF-8.1.1.d")
def test_fund_page_shows_totals_accounts_buildings_and_vouchers(funded):
    page = funded.as_("owner-101").get(FUND)
    for text in ("32,280.00", "24,280.00", "8,000.00", "1001 银行存款", "202605-00004"):
        assert text in page.text


def test_owner_sees_his_own_statement_and_nobody_elses(funded):
    owner = funded.as_("owner-101")
    assert "7,640.00" in owner.get(f"{FUND}/statement?unit=b1/1-101").text
    for other in ("b1/1-102", "b9/none", ""):
        answer = owner.get(f"{FUND}/statement", {"unit": other}, status=403)
        assert "9,600.00" not in answer.text
    owner.get(f"{FUND}/units", status=403)
    owner.get(f"{FUND}/upload", status=403)
    owner.get(funded.sheet_url, status=403)
    assert "9,600.00" in funded.as_("checker").get(f"{FUND}/units").text


def test_voucher_hides_other_owners_units(funded):
    own, other = f"{FUND}/vouchers/1", f"{FUND}/vouchers/2"
    owner = funded.as_("owner-101")
    assert "1栋1单元101" in owner.get(own).text
    assert "1栋1单元102" not in owner.get(other).text
    assert "共 1 户" in owner.get(other).text
    assert "1栋1单元102" in funded.as_("manager").get(other).text
    for missing in ("0", "5", "x", "9" * 40):
        owner.get(f"{FUND}/vouchers/{missing}", status=404)


@pytest.mark.clause("MF-8.2.3.c")
@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_statement_is_a_file_in_three_formats(funded, kind):
    owner = funded.as_("owner-101")
    answer = owner.get(f"{FUND}/statement?unit=b1/1-101&format={kind}")
    assert f".{kind}" in answer.headers["Content-Disposition"]
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
        assert rows[2][4:] == ["7640.00", "", "7640.00"]
    owner.get(f"{FUND}/statement?unit=b1/1-101&format=exe", status=404)


def test_stranger_sees_nothing_of_the_fund(funded):
    stranger = funded.as_("stranger")
    for path in ("", "/vouchers", "/vouchers/1", "/units", "/statement?unit=b1/1-101"):
        stranger.get(f"{FUND}{path}", status=403)


def test_new_community_has_a_fund_that_nobody_can_delete(site):
    def look(request):
        fund = community_of(request)["funds"]
        everyone = {
            f"{role}@{site.scope}" for role in ("administrator", "fund_manager", "convenor")
        }
        return permits(fund, Permission.DELETE, everyone | {"administrator@site"})

    assert site.run(look) is False


def test_posting_is_anchored_in_the_audit_log(funded):
    def look(request):
        entries = [e for e in audit.entries(request) if e["action"] == "fund_book.post"]
        return entries[-1]["detail"], community_of(request)["funds"].book.head.hex()

    detail, head = funded.run(look)
    assert (str(detail["seq"]), detail["head"]) == ("4", head)


@pytest.mark.parametrize("page", ["vouchers", "units"])
@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 50, "２"])
def test_odd_page_numbers_show_a_page(funded, page, number):
    funded.as_("manager").get(f"{FUND}/{page}", {"page": number}, status=200)


@pytest.mark.parametrize("query", ["start=x&end=y", "start=2026-13-40", "start=2027-01-01"])
def test_odd_days_show_a_statement(funded, query):
    funded.as_("owner-101").get(f"{FUND}/statement?unit=b1/1-101&{query}", status=200)
