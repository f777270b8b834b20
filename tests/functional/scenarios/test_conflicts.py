"""The conflicts between the sources, C-1 to C-25: the same assembly played in every place.

One play per place goes from the form of the meeting to its result and keeps what the pages said;
each test then reads one conflict off the three plays.
"""

import re
from pathlib import Path

import pytest

from portal import clock
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from tests.functional.scenarios.play_of_a_place import options, play, steps_of, words
from tests.functional.scenarios.test_shenzhen_articles import marked_clauses

SHENZHEN, BEIJING, GENERIC = "shenzhen-draft-2019", "beijing-2019", "generic"
# Proven elsewhere by what pages, interface or files do, with a mark of the conflict.
ELSEWHERE = {
    "C-3": "paper/test_paper_round.py",
    "C-8": "test_title_change.py",
    "C-21": "scenarios/test_national_law.py",
    "C-23": "test_identity_and_binding.py",
    "C-24": "test_corrections.py",
}


@pytest.fixture(scope="module")
def plays(tmp_path_factory):
    """Return what was seen in Shenzhen, in Beijing and by the standard alone."""
    found = []
    for profile in (SHENZHEN, BEIJING, GENERIC):
        source = MovedClock(START)
        clock.set_clock(source)
        off = {"yitang.limits": "off", "yitang.identity.face": "off"}
        site = SiteUnderTest(tmp_path_factory.mktemp(profile), **off)
        found.append(play(site, source, profile))
        site.close()
    clock.set_clock(None)
    return found


@pytest.mark.clause("C-1", "C-3", "SZ-11.2", "BJ-GQ10")
def test_c1_paper_may_supplement_but_not_in_beijing(plays):
    every = ["electronic", "electronic_paper", "paper"]
    assert [one.methods for one in plays] == [every, ["electronic"], every]


@pytest.mark.clause("C-2", "BJ-G9")
def test_c2_assisted_terminal_opens_but_not_in_shenzhen(plays):
    assert [one.kiosk.status_int for one in plays] == [422, 200, 200]
    assert "C-2" in plays[0].kiosk.text
    offered = ["/kiosk" in one.open.text for one in plays]
    assert offered == [False, True, True]


@pytest.mark.clause("C-4", "SZ-21.1", "SZ-21.2", "BJ-OQ5")
def test_c4_coowners_choose_a_representative_in_shenzhen_and_the_first_vote_counts_everywhere(
    plays,
):
    assert ["与共有人推选一人投票" in one.chen for one in plays] == [True, False, False]
    assert all("先投的一票有效" in one.chen for one in plays)
    for one, clause in zip(plays, ("SZ-21.2", "BJ-OQ5", "C-4"), strict=True):
        assert "coowner_voted" in one.coowner
        assert clause in one.coowner


@pytest.mark.clause("C-5", "BJ-OQ13.3", "CN-I9")
def test_c5_later_house_joins_the_ballot_in_beijing_only(plays):
    rows = [
        next(
            row.get_text(" ") for row in one.table["street"].html.select("tr") if "502" in row.text
        )
        for one in plays
    ]
    assert ["电子投票" in row for row in rows] == [False, True, False]
    # One head all the same: anna, bo with chen, dora, the developer, eve, fang and gao.
    for one in plays:
        assert "3 / 7" in words(one.result)


@pytest.mark.clause("C-6", "BJ-OQ13.2")
def test_c6_one_ballot_is_recorded_on_every_house_of_the_owner(plays):
    for one, clause in zip(plays, ("C-6", "BJ-OQ13.2", "C-6"), strict=True):
        assert f"1栋1单元201、1栋1单元202 {clause}" in one.voucher
        for text in one.each_unit:
            assert "已投票" in text
            assert "already_voted" in text


@pytest.mark.clause("C-7", "SZ-18", "BJ-OQ13.3")
def test_c7_who_binds_during_the_notice_votes_on_paper_in_shenzhen_and_online_elsewhere(plays):
    assert ["现在可以投票" in one.eve for one in plays] == [False, True, True]
    assert "SZ-18" in plays[0].eve
    assert "书面选票" in plays[0].eve


@pytest.mark.clause("C-9", "SZ-19.1", "SZ-19.2", "BJ-GQ3")
def test_c9_extension_needs_a_cause_or_is_once_for_fifteen_days_or_is_unknown(plays):
    shenzhen, beijing, generic = (one.extend for one in plays)
    form = shenzhen.forms["form"]
    assert {"cause", "new_end"} <= set(form.fields)
    assert [one for one in options(form, "cause") if one] == [
        *("force_majeure", "accident", "technical_failure")
    ]
    assert "须经街道办事处同意" in words(shenzhen)
    assert not {"cause", "new_end"} & set(beijing.forms["form"].fields)
    assert "延期一次，每次 15 天，确认后立即生效" in words(beijing)
    assert generic.status_int == 404


@pytest.mark.clause("C-10", "BJ-GQ5")
def test_c10_nobody_ends_a_vote_early_anywhere(plays):
    for one in plays:
        assert one.closing in (403, 404, 422)
        assert "close_voting" not in steps_of(one.open)


@pytest.mark.clause("C-11", "SZ-12.6", "BJ-GQ2")
def test_c11_noticed_meeting_is_amended_but_in_beijing_suspended(plays):
    assert [one.noticed & {"amend", "suspend"} for one in plays] == [
        *({"amend"}, {"suspend"}, {"amend"})
    ]
    assert [steps_of(one.open) & {"amend", "suspend"} for one in plays] == [
        set(),
        {"suspend"},
        set(),
    ]


@pytest.mark.clause("C-12", "SZ-12.2", "BJ-GQ8.2")
def test_c12_silence_of_the_street_office_passes_after_five_days_but_in_beijing_never(plays):
    assert [one.states for one in plays] == [
        ["submitted", "submitted", "approved"],
        ["submitted"] * 3,
        ["approved"] * 3,
    ]


@pytest.mark.clause("C-13", "SZ-25.5")
def test_c13_result_waits_three_days_for_the_street_office_in_shenzhen_only(plays):
    assert [one.reviewed for one in plays] == ["result_review", "counted", "counted"]
    assert [one.submits for one in plays] == [True, False, False]
    assert ["街道办事处对结果出具意见截止" in one.times for one in plays] == [True, False, False]
    assert "SZ-25.5" in plays[0].times


@pytest.mark.clause("C-14", "SZ-17.1", "BJ-G8", "EV-7.4.3")
def test_c14_convenor_may_choose_figures_while_voting_only_by_the_standard_alone(plays):
    assert [one.asks_for_figures for one in plays] == [False, False, True]
    for one in plays:  # Nobody chose them here.
        assert "各选项得票情况" not in one.turnout


@pytest.mark.clause("C-15", "SZ-2.1", "BJ-GQ8.1")
def test_c15_service_company_convenes_in_beijing_and_residents_committee_elsewhere(plays):
    assert ["service_company" in one.convenors for one in plays] == [False, True, False]
    assert ["residents_committee" in one.convenors for one in plays] == [True, False, True]
    assert [len(one.convenors) for one in plays] == [5, 4, 5]


@pytest.mark.clause("C-16", "SZ-9.2", "SZ-N3", "BJ-O3.3", "BJ-O4.1")
def test_c16_failed_identification_leads_on_site_in_shenzhen_and_to_an_upload_elsewhere(plays):
    assert ["现场核验" in words(one.failed) for one in plays] == [True, False, False]
    assert ["也可以上传证件和产权证明" in words(one.failed) for one in plays] == [False, True, True]
    assert [one.on_site.status_int for one in plays] == [200, 403, 403]
    assert "BJ-O3" in plays[1].on_site.text


@pytest.mark.clause("C-17", "SZ-20.1", "BJ-OQ14")
def test_c17_proxy_is_offered_in_shenzhen_only(plays):
    assert [one.proxy.status_int for one in plays] == [200, 422, 422]
    assert ["委托他人投票" in one.chen for one in plays] == [True, False, False]
    assert "C-17" in plays[1].proxy.text


@pytest.mark.clause("C-18", "SZ-23")
def test_c18_unanswered_motion_is_an_abstention_everywhere(plays):
    for one, clause in zip(plays, ("SZ-23", "C-18", "C-18"), strict=True):
        sentence = "没有选择的议题按弃权计算，您仍计入全部议题的参与人数和面积。"
        assert f"{sentence} {clause}" in one.ballot
        # Of three ballots two answer only the first motion; all three take part in the second.
        second = one.result.html.find(id="r-2026-002").find_parent("section")
        rows = second.select_one(".table-wrap table.data").select("tbody tr")
        votes = {row.th.text: row.td.get_text(" ").split()[0] for row in rows}
        assert votes == {"同意": "1", "反对": "0", "弃权": "0", "未选择（弃权）": "2"}
        assert "3 / 7" in " ".join(second.get_text(" ").split())


@pytest.mark.clause("C-19", "SZ-12.1", "SZ-12.3", "SZ-12.4", "SZ-14.1")
def test_c19_days_before_the_meeting_are_set_in_shenzhen_only(plays):
    for clause in ("SZ-12.1", "SZ-12.3", "SZ-12.4", "SZ-14.1"):
        assert [clause in one.times for one in plays] == [True, False, False]
    assert "最迟录入会议信息" in plays[0].times
    assert ["最迟" in one.times.replace("最迟公示结果", "") for one in plays[1:]] == [False, False]


@pytest.mark.clause("C-20", "SZ-26", "BJ-OQ10")
def test_c20_result_is_due_after_three_days_or_one_working_day_or_never(plays):
    due = [re.search(r"最迟公示结果 \S+ (\S+)", one.times) for one in plays]
    assert [one and one[1] for one in due] == ["2026年7月6日", "2026年7月2日", None]
    assert "结果公示最早可撤下" in plays[0].times
    assert "结果公示最早可撤下" not in plays[1].times


@pytest.mark.clause("C-22", "SZ-16", "BJ-OQ7", "EV-8.1.4")
def test_c22_voter_never_corrects_his_ballot(plays):
    for one, clause in zip(plays, ("SZ-16", "BJ-OQ7", "EV-8.1.4"), strict=True):
        assert (one.again["code"], one.again["clause"]) == ("already_voted", clause)


@pytest.mark.clause("C-25", "SZ-25.4")
def test_c25_table_by_unit_is_for_the_street_office_and_not_for_the_convenor(plays):
    for one, clause in zip(plays, ("SZ-25.4", "C-25", "EV-8.5.1"), strict=True):
        assert one.table["street"].status_int == 200
        assert one.table["convenor"].status_int == 403
        assert clause in one.table["convenor"].text


@pytest.mark.parametrize("conflict", ELSEWHERE)
def test_conflict_without_a_play_here_is_proven_where_it_happens(conflict):
    assert conflict in marked_clauses()


def test_every_conflict_is_read_off_the_plays_or_proven_elsewhere():
    here = {
        f"C-{found}" for found in re.findall(r"def test_c(\d+)_", Path(__file__).read_text("utf-8"))
    }
    assert here | set(ELSEWHERE) == {f"C-{number}" for number in range(1, 26)}
    assert not here & set(ELSEWHERE)
