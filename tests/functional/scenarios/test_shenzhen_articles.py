"""The articles of the Shenzhen rules, one scenario each, named after the article.

Articles that a nearer test proves are listed at the end with it; the list is checked.
"""

import ast
import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from portal.content import by_oid
from portal.rules.days import end_of_day, local_date
from portal.rules.errors import RuleError
from tests.functional.assembly import OPENS, Assembly, at, meeting_of
from tests.functional.test_extension import step

TESTS = Path(__file__).parent.parent.parent


@pytest.fixture
def assembly(site, moved_clock):
    return Assembly(site, moved_clock)


def kind_of(assembly, kind):
    assembly.site.run(lambda request: setattr(meeting_of(request), "convenor_kind", kind))


@pytest.mark.clause("SZ-1")
def test_article_1_the_notice_names_the_law_it_stands_on(assembly):
    assembly.notice()

    def body(request):
        return by_oid(request.site, meeting_of(request).notice_oid).body

    text = assembly.site.run(body)
    assert "《深圳市物业管理电子投票规则（征求意见稿）》" in text
    assert "《中华人民共和国民法典》" in text


@pytest.mark.clause("SZ-2.1")
def test_article_2_exactly_five_bodies_convene_and_the_service_company_does_not(assembly):
    form = assembly.site.logged_in("convenor").get(assembly.path + "edit").forms["form"]
    assert [value for value, *_ in form["convenor_kind"].options] == [
        *("committee", "preparatory_group", "reelection_group"),
        *("street_office", "residents_committee"),
    ]
    form["convenor_kind"].force_value("service_company")
    form.submit("save", status=422)
    kind_of(assembly, "service_company")
    page = step(assembly.site.logged_in("convenor"), assembly.path, "submit", status=422)
    assert "SZ-2.1" in page.text


@pytest.mark.clause("SZ-6")
def test_article_6_nobody_launches_without_a_registered_account_of_a_convenor(assembly):
    add = "/communities/haitang/meetings/add/meeting"
    assert "/login" in assembly.site.browser().get(add, status=303).location
    assembly.site.logged_in("anna").get(add, status=403)
    assembly.site.logged_in("convenor").get(add, status=200)


@pytest.mark.clause("SZ-7.1", "SZ-7.2", "BJ-G2.1")
def test_article_7_launch_waits_for_street_community_and_confirmed_totals(assembly):
    def forget(request):
        meeting = meeting_of(request)
        meeting.community.confirmation = None

    assembly.site.run(forget)
    convenor = assembly.site.logged_in("convenor")
    assert "SZ-7.2" in step(convenor, assembly.path, "submit", status=422).text

    def homeless(request):
        meeting_of(request).community.office_oid = 0

    assembly.site.run(homeless)
    with pytest.raises(RuleError, match=r"refusal\.office_missing"):
        assembly.step("submit")


@pytest.mark.clause("SZ-10", "SZ-11.2", "SZ-N4")
def test_article_10_and_11_the_convenor_chooses_the_way_of_voting_without_a_resolution(assembly):
    form = assembly.site.logged_in("convenor").get(assembly.path + "edit").forms["form"]
    ways = [value for value, *_ in form["method"].options]
    assert ways == ["electronic", "electronic_paper", "paper"]
    assert not [name for name in form.fields if name and "resolution" in name]


@pytest.mark.clause("SZ-12.1", "SZ-12.2", "SZ-12.3", "SZ-12.6", "SZ-N5")
def test_article_12_a_change_is_published_again_and_moves_the_opening_by_fifteen_days(assembly):
    assembly.notice()
    old = assembly.look(lambda m: m.notice_oid)
    assembly.clock.to(at("2026-06-10T09:00"))
    convenor = assembly.site.logged_in("convenor")
    step(convenor, assembly.path, "amend", "增加一个议题")
    assert assembly.look(lambda m: (m.workflow_state, m.noticed_at)) == ("draft", None)
    with pytest.raises(RuleError, match=r"refusal\.opening_too_early"):
        assembly.step("submit")

    def move(request, opens="2026-06-25T09:00"):
        meeting = meeting_of(request)
        meeting.voting_opens_at, meeting.voting_closes_at = at(opens), at("2026-07-10T18:00")

    assembly.site.run(move)
    with pytest.raises(RuleError, match=r"refusal\.opening_too_early"):
        assembly.step("submit")
    # Fifteen full days lie between 10 and 26 June; twenty are not asked for a second time.
    assembly.site.run(lambda request: move(request, "2026-06-26T09:00"))
    assembly.step("submit", "approve")
    assembly.post("posting")
    assembly.step("publish_notice")

    def look(request):
        meeting = meeting_of(request)
        notice = by_oid(request.site, old)
        return notice.workflow_state, meeting.notice_oid != old, len(meeting.versions)

    assert assembly.site.run(look) == ("retracted", True, 2)
    assembly.until(OPENS)
    assert assembly.look(lambda m: m.workflow_state) == "noticed"
    assembly.until("2026-06-26T09:00")
    assert assembly.look(lambda m: m.workflow_state) == "voting"


@pytest.mark.clause("SZ-12.2", "SZ-25.5")
def test_article_12_and_25_silence_of_the_street_office_passes_after_five_and_three_days(assembly):
    assembly.step("submit")  # on Wednesday, 6 May
    assembly.until("2026-05-11T23:59")
    assert assembly.look(lambda m: m.workflow_state) == "submitted"
    assembly.until("2026-05-12T00:01")
    assert assembly.look(lambda m: m.workflow_state) == "approved"
    assembly.post("posting")
    assembly.step("publish_notice")
    assembly.until(OPENS)
    assembly.close()
    assembly.step("submit_result")  # on Wednesday, 1 July: the third day is a Saturday
    assembly.until("2026-07-06T23:59")
    assert assembly.look(lambda m: m.workflow_state) == "result_review"
    assembly.until("2026-07-07T00:01")
    assert assembly.look(lambda m: m.workflow_state) == "resolved"


@pytest.mark.clause("SZ-15.2", "SZ-15.3")
def test_article_15_objection_to_a_false_owner_is_due_in_time_and_unbinds_with_a_notice(assembly):
    assembly.notice()
    dora = assembly.site.logged_in("dora")
    form = dora.get(assembly.path + "add/objection").forms["form"]
    form["subject"], form["unit"] = "owner_information", "1栋1单元102"
    form["text"] = "102 的绑定人不是业主。"
    path = form.submit("save", status=303).location
    noticed, due = assembly.look(lambda m: (m.noticed_at, m.objections()[0].due_at))
    assert due == end_of_day(local_date(noticed) + timedelta(days=10)) < at(OPENS)
    assembly.until(OPENS)
    assert assembly.look(lambda m: m.workflow_state) == "noticed"  # undecided, so it stays shut
    convenor = assembly.site.logged_in("convenor")
    step(convenor, path, "uphold_unbind", status=422)
    step(convenor, path, "uphold_unbind", "经核实不是真实业主")

    def look(request):
        unit = assembly.unit(request, "102")
        notices = list(meeting_of(request).community["announcements"].values())
        return len(unit.bindings), notices[-1].workflow_state, notices[-1].body

    bindings, state, body = assembly.site.run(look)
    assert (bindings, state) == (0, "published")
    assert "102" in body
    assert "业主bo" not in body
    assembly.clock.forward(minutes=1)
    assembly.site.drain()
    assert assembly.look(lambda m: m.workflow_state) == "voting"
    with pytest.raises(RuleError, match=r"refusal\.not_bound"):
        assembly.cast("bo", m1=("for",))


@pytest.mark.clause("SZ-16", "BJ-OQ6.3", "BJ-OQ7")
def test_article_16_one_voter_votes_once_and_no_page_changes_a_ballot_or_a_result(assembly):
    assembly.open()
    assembly.cast("anna", m1=("for",))
    with pytest.raises(RuleError, match=r"refusal\.already_voted"):
        assembly.cast("anna", m1=("against",))
    assembly.close()
    digest = assembly.look(lambda m: m.result.digest)
    for login in ("convenor", "street", "municipal"):
        browser = assembly.site.logged_in(login)
        for name in ("edit", "delete", "add/motion"):
            browser.get(assembly.path + name, status=403)
    assert assembly.look(lambda m: (m.result.digest, len(m.results))) == (digest, 1)


@pytest.mark.clause("SZ-18")
def test_article_18_who_binds_during_the_notice_does_not_vote_electronically(assembly):
    assembly.open()
    with pytest.raises(RuleError, match=r"refusal\.late_binding"):
        assembly.cast("eve", m1=("for",))


@pytest.mark.clause("SZ-26", "EV-6.6.2")
def test_article_26_notices_stand_before_the_start_and_after_the_result_for_their_days(assembly):
    assembly.open()
    assembly.cast_four()
    assembly.close()
    assembly.publish()
    noticed, opens, closes, result = assembly.look(
        lambda m: (m.noticed_at, m.voting_opens_at, m.voting_closes_at, m.result_published_at)
    )
    assert noticed < opens < closes <= result
    assembly.clock.forward(days=10)
    assembly.site.drain()
    assert assembly.look(lambda m: m.workflow_state) == "published"
    assembly.clock.forward(days=1)
    assembly.site.drain()
    assert assembly.look(lambda m: m.workflow_state) == "archived"


@pytest.mark.clause("SZ-27")
def test_article_27_archived_assembly_is_readable_years_later_and_never_deleted(assembly):
    assembly.open()
    assembly.cast_four()
    assembly.close()
    assembly.publish()
    assembly.clock.forward(days=12)
    assembly.site.drain()
    assembly.clock.forward(days=1100)
    page = assembly.site.browser().get(assembly.path + "result")
    assert "未通过" in page.text
    for login in ("convenor", "street", "municipal"):
        assembly.site.logged_in(login).get(assembly.path + "delete", status=403)


@pytest.mark.clause("SZ-30", "BJ-GQ9")
def test_article_30_no_step_of_a_vote_asks_for_money(assembly):
    assembly.open()
    anna, convenor = (assembly.site.logged_in(login) for login in ("anna", "convenor"))
    pages = [convenor.get(assembly.path), anna.get(assembly.path), anna.get(assembly.path + "vote")]
    form = pages[-1].forms["vote"]
    form["m-2026-001"] = "for"
    pages.append(form.submit("step", index=0))
    form = next(one for one in pages[-1].forms.values() if "nonce" in one.fields)
    pages.append(form.submit("step", index=0, status=303).follow())
    assert "电子投票凭证" in pages[-1].text
    for page in pages:
        assert not re.search("支付|缴费|付款|收费", page.html.main.get_text())


@pytest.mark.clause("SZ-32", "SZ-33", "SZ-34")
@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        ("preparatory_group", True),
        ("street_office", True),
        ("residents_committee", True),
        ("committee", False),
        ("reelection_group", False),
    ],
)
def test_article_32_to_34_first_assembly_is_called_by_preparatory_group_or_offices(
    assembly, kind, allowed
):
    def first(request):
        meeting_of(request).community.has_committee = False

    assembly.site.run(first)
    kind_of(assembly, kind)
    if allowed:
        assembly.step("submit")
        assert assembly.look(lambda m: m.workflow_state) == "submitted"
    else:
        with pytest.raises(RuleError, match=r"refusal\.convenor_not_allowed"):
            assembly.step("submit")


# Articles proven elsewhere, with the clause their test is marked by.
ELSEWHERE = {
    3: "SZ-3",
    4: "SZ-4.3",
    5: "SZ-5.5",
    8: "SZ-8",
    9: "SZ-9.1",
    13: "SZ-13",
    14: "SZ-14.1",
    17: "SZ-17.1",
    19: "SZ-19.2",
    20: "SZ-20.1",
    21: "SZ-21.1",
    22: "SZ-22.2",
    23: "SZ-23",
    24: "SZ-24.4",
    25: "SZ-25.1",
    28: "SZ-28",
    29: "SZ-29",
    31: "SZ-31",
    35: "SZ-35",
}


@cache
def marked_clauses():
    """Return every clause that a test of the project is marked by."""
    found = set()
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.clause"):
                found |= {one.value for one in node.args if isinstance(one, ast.Constant)}
    return found


@pytest.mark.parametrize("article", sorted(ELSEWHERE))
def test_article_that_has_no_scenario_here_is_proven_by_a_test_of_its_clause(article):
    assert ELSEWHERE[article] in marked_clauses()


def test_every_article_of_the_rules_is_covered_once():
    here = {1, 2, 6, 7, 10, 11, 12, 15, 16, 18, 26, 27, 30, 32, 33, 34}
    assert here | set(ELSEWHERE) == set(range(1, 36))
    assert not here & set(ELSEWHERE)
