"""Every way of voting from the ballot to the result, with a tie at the last seat."""

import pytest

from content_types.meeting.opening import rule_of
from portal import files
from portal.evidence.canonical import canonical_value, digest
from portal.rules.errors import RuleError
from tests.functional.assembly import OPENS, Assembly, meeting_of
from tests.functional.world import photo

CANDIDATES = ("张三", "李四", "王五")
ELECTION = {"matter": "committee_election", "options": CANDIDATES}
MOTIONS = (
    {"title": "续聘物业服务企业", "matter": "service_company"},
    {
        "title": "公共收益用途",
        "matter": "other_major",
        "item": "other_major",
        "mode": "multiple",
        "options": ("绿化", "监控", "充电桩"),
        "max_marks": 2,
        "seats": 2,
    },
    ELECTION | {"title": "差额选举", "mode": "competitive", "max_marks": 2, "seats": 1},
    ELECTION | {"title": "等额选举", "mode": "equal", "max_marks": 3, "seats": 3},
    {"title": "筹集维修资金", "matter": "maintenance_fund", "item": "maintenance_fund_raise"},
    {"title": "使用维修资金", "matter": "maintenance_fund", "item": "maintenance_fund_use"},
)
VOTERS = ("anna", "bo", "dora", "eve", "fang", "gao")


@pytest.fixture
def voting(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock, "beijing-2019", MOTIONS)
    open_site.run(lambda request: assembly.bind(request, "fang", ("402",)))
    return assembly.open()


@pytest.mark.clause(
    "BJ-G7.3.7", "BJ-GQ7", "EV-6.2.3", "SZ-25.3", "EV-8.2.1", "CN-278.G", "CN-278.S"
)
def test_every_mode_is_counted_and_a_tie_at_the_last_seat_is_left_to_a_further_vote(voting):
    for name in VOTERS:
        voting.cast(
            name,
            m1=["for"],
            m2=["o1", "o2"],
            m3=["o2", "o3"],
            m4=["o1", "o2", "o3"] if name != "anna" else ["o1"],
            m5=["for"] if name != "fang" else ["against"],
            m6=["for"] if name in ("anna", "bo", "dora", "eve") else ["against"],
        )
    voting.close()
    motions = voting.look(lambda meeting: meeting.result.record["motions"])
    assert motions[0]["verdict"]["carried"]
    statuses = [[row["status"] for row in motion["standings"] or ()] for motion in motions]
    assert statuses[1] == ["elected", "elected", "not_elected"]
    assert statuses[2] == ["tied", "tied", "not_elected"]
    assert statuses[3] == ["elected", "elected", "elected"]
    raising, using = motions[4]["verdict"], motions[5]["verdict"]
    assert (raising["rule"]["category"], using["rule"]["category"]) == ("special", "ordinary")
    # Five of six owners and 45 of 56 thousand: more than three quarters by both measures.
    assert raising["carried"]
    assert using["carried"]
    page = voting.site.logged_in("convenor").get(voting.path + "result")
    assert "票数相同，需再次表决：李四、王五" in page.text


@pytest.mark.clause("EV-6.2.3", "BJ-G7.3.7")
@pytest.mark.parametrize(
    "marks", [{"m1": ["for", "against"]}, {"m2": ["o1", "o2", "o3"]}, {"m3": ["o1", "o2", "o3"]}]
)
def test_one_mark_too_many_is_refused_in_every_mode(voting, marks):
    with pytest.raises(RuleError) as refused:
        voting.cast("anna", **marks)
    assert refused.value.message_id == "refusal.too_many_marks"


@pytest.mark.clause("EV-6.5.1", "EV-6.1.3")
def test_log_holds_amount_scope_and_digests_of_a_motion_before_the_first_ballot(
    open_site, moved_clock
):
    roof = {
        "title": "翻修屋面",
        "matter": "maintenance_fund_use",
        "description": "翻修 1 栋屋面。",
        "amount_fen": 48_600_000,
        "scope_units": ("1栋",),
    }
    assembly = Assembly(open_site, moved_clock, motions=(roof,))

    def attach(request):
        stored = files.keep(photo(), "plan.jpg", "image/jpeg", request)
        meeting_of(request).motions()[0].attach(stored)
        return stored.sha256

    sha256 = open_site.run(attach)
    voting = assembly.open().close()
    motion = voting.look(lambda meeting: meeting.result.settings["motions"][0])
    assert (motion["amount"], motion["scope"]) == (48_600_000, ["1栋"])
    assert motion["files"] == [f"sha256:{sha256}"]
    text = {"description": "翻修 1 栋屋面。", "notes": []}
    assert motion["explanation"] == digest(canonical_value(text))


@pytest.mark.clause("EV-6.3.3", "EV-6.3.1.1", "EV-6.3.1.2", "CN-278.T")
def test_poll_of_the_standard_counts_by_the_rule_its_convenor_chose(open_site, moved_clock):
    poll = {"title": "征求意见", "matter": "opinion_poll"}
    rules = ("simple_majority", "absolute_majority", "area_majority", "two_thirds")
    motions = tuple(poll | {"advisory": rule} for rule in rules)
    assembly = Assembly(open_site, moved_clock, "generic", motions)
    convenor = open_site.logged_in("convenor")
    form = convenor.get(assembly.path + "add/motion").forms["form"]
    form["title"], form["matter"], form["mode"] = "意见", "opinion_poll", "single"
    form["description"] = "征求意见。"
    assert "请选择征求意见的计票规则" in form.submit("save", status=422).text
    found = assembly.look(
        lambda meeting: [rule_of(one, meeting, open_site.registry) for one in meeting.motions()]
    )
    assert [rule.rule for rule in found] == list(rules)
    assert {rule.category for rule in found} == {"advisory"}
    page = convenor.get(assembly.path + "second-reading").text
    assert all(
        words in page for words in ("简单多数", "绝对多数", "按面积过半数", "特定比例（三分之二）")
    )


@pytest.mark.clause("EV-6.3.2", "EV-6.3.3")
def test_same_ballots_carry_by_area_what_they_do_not_carry_by_heads(open_site, moved_clock):
    poll = {"title": "征求意见", "matter": "opinion_poll"}
    rules = ("simple_majority", "area_majority", "two_thirds")
    assembly = Assembly(
        open_site, moved_clock, "generic", tuple(poll | {"advisory": rule} for rule in rules)
    )
    assembly.notice()
    assembly.give_roster()
    assembly.until(OPENS)
    # Dora has 150.00 m² in two units, anna and bo have 80.00 and 90.00.
    for name, mark in (("dora", "for"), ("gao", "for"), ("anna", "against"), ("bo", "against")):
        assembly.cast(name, m1=[mark], m2=[mark], m3=[mark])
    assembly.close()
    motions = assembly.look(lambda meeting: meeting.result.record["motions"])
    assert [motion["verdict"]["carried"] for motion in motions] == [False, True, False]
    checks = [[check["key"] for check in motion["verdict"]["checks"]] for motion in motions]
    assert checks[:2] == [["majority_heads"], ["majority_area"]]
    page = open_site.logged_in("convenor").get(assembly.path + "result").text
    assert "按面积过半数" in page
