"""The count after the close, by the Shenzhen rules and the Civil Code."""

import json

import pytest

from portal.rules.decision import reevaluate
from tests.functional.assembly import AREA, HEADS


@pytest.mark.clause("SZ-25.1", "SZ-23", "EV-8.2.1", "EV-8.2.3", "EV-6.4.3")
def test_vote_closes_by_the_clock_and_is_counted_exactly(voting):
    voting.cast_four()
    voting.close()
    assert voting.look(lambda m: m.workflow_state) == "counted"
    record = voting.look(lambda m: m.result.record)
    assert record["totals"] == [HEADS, AREA]
    # gao's second unit was bound too late and is not covered.
    assert record["participation"] == [4, 8000 + 9000 + 15_000 + 4000]
    first, second, third = record["motions"]
    votes = {row["option"]: row["votes"] for row in first["options"]}
    assert votes == {"for": [3, 32_000], "against": [1, 4000], "abstain": [0, 0]}
    assert second["blank"] == [1, 15_000]
    assert [c["key"] for c in second["verdict"]["checks"]] == [
        "quorum_heads",
        "quorum_area",
        "majority_heads",
        "majority_area",
    ]
    assert first["verdict"]["carried"] is False  # 4 of 7 heads took part, two thirds are needed
    assert first["verdict"]["rule"]["rule"] == "civil_code_278"
    assert second["verdict"]["rule"]["category"] == "special"
    assert reevaluate(first["verdict"])
    assert [row["candidate"] for row in third["standings"]] == ["o1", "o2", "o3"]
    assert record["channels"] == [
        {"channel": "electronic", "ballots": 4, "counted": 4, "votes": record["participation"]}
    ]


@pytest.mark.clause("EV-8.8", "EV-8.4.2")
def test_count_log_names_inputs_with_digests_rules_and_result(voting):
    voting.cast_four()
    voting.close()
    log, digest = voting.look(lambda m: (m.result.log, m.result.digest))
    assert log["result"] == digest
    assert log["inputs"]["ballots"] == 4
    assert log["inputs"]["log_size"] == 6
    assert all(
        log["inputs"][name].startswith("sha256:") for name in ("settings", "roll", "release")
    )
    assert {row["rule"] for row in log["rules"]} == {"civil_code_278"}
    leaves = voting.look(lambda m: [json.loads(m.ballot_box.log.leaf(i))["type"] for i in (6, 7)])
    assert leaves == ["keys-released", "result"]


@pytest.mark.clause("EV-8.6.1")
def test_damaged_ballot_stops_the_count_visibly_and_a_repair_lets_it_run(voting):
    voting.cast_four()
    voting.clock.forward(seconds=60)
    voting.site.drain()

    def swap(request):
        from tests.functional.assembly import meeting_of

        slot = meeting_of(request).ballot_box.slots["r00001"]
        slot.sealed = bytes([slot.sealed[0] ^ 1]) + slot.sealed[1:]

    voting.site.run(swap)
    voting.close()
    assert voting.look(lambda m: (m.workflow_state, m.results)) == ("counting", ())
    convenor = voting.site.logged_in("convenor")
    page = convenor.get(voting.path)
    assert "计票没有完成" in page.text
    assert "does not match its hash" in page.text
    convenor.get(voting.path + "result", status=404)
    voting.site.run(swap)
    form = next(f for f in page.forms.values() if f.action.endswith("/recount"))
    form.submit(status=303)
    voting.site.drain()
    assert voting.look(lambda m: m.workflow_state) == "counted"
    assert "计票没有完成" not in convenor.get(voting.path).text


def test_vote_without_any_ballot_is_counted_and_nothing_is_carried(voting):
    voting.close()
    assert voting.look(lambda m: m.workflow_state) == "counted"
    record = voting.look(lambda m: m.result.record)
    assert record["participation"] == [0, 0]
    assert not any(voting.look(lambda m: m.result.verdicts()).values())


@pytest.mark.clause("EV-8.5.1", "EV-7.1.3")
def test_result_is_seen_by_nobody_before_the_count_by_staff_after_it_by_all_when_public(voting):
    voting.cast_four()
    for login in ("convenor", "street"):
        voting.site.logged_in(login).get(voting.path + "result", status=404)
    voting.close()
    anna = voting.site.logged_in("anna")
    anna.get(voting.path + "result", status=404)
    anna.get(voting.path + "result.csv", status=404)
    assert "未通过" not in anna.get(voting.path).text
    for login in ("convenor", "street"):
        assert "未通过" in voting.site.logged_in(login).get(voting.path + "result").text
    voting.publish()
    assert "未通过" in voting.site.browser().get(voting.path + "result").text
    assert "未通过" in voting.site.browser().get(voting.path).text
