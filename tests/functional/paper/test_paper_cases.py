"""A doubted ballot on paper that is left out by decision: the count, and both verifiers of it."""

from datetime import timedelta

import pytest

from content_types.meeting.paper import entry
from content_types.meeting.paper.model import Reading
from portal.evidence.verify import verify
from tests.functional.assembly import CLOSES, at
from tests.functional.paper.steps import S4, packed
from tests.functional.paper.whole_round import check_opening, play_audit, play_desk, play_entry
from tests.functional.test_corrections import doubt
from tests.functional.test_extension import step
from tests.unit.evidence.test_second_verifier import second


@pytest.fixture
def counted(voting):
    """Return a counted round: dora and eve on paper; anna and bo both ways, which leaves paper."""
    play_desk(voting)
    voting.close()
    voting.give_back(S4, received_at=at(CLOSES) - timedelta(minutes=1))
    check_opening(voting)
    play_entry(voting)
    decided = Reading({"2026-001": ("for", "against"), "2026-002": ("for",)})
    voting.act("monitor", lambda p, r: entry.resolve(p, S4, decided, "两项都打了勾", r))
    voting.finish()
    play_audit(voting)
    voting.site.drain()
    return voting


@pytest.mark.clause("EV-8.6.2", "EV-8.6.3", "SZ-22.2")
@pytest.mark.parametrize(
    ("room", "kind"), [("201", "duplicate"), ("101", "conflict"), ("101", "invalid")]
)
def test_right_left_out_by_decision_counts_by_no_way_and_both_verifiers_agree(
    counted, tmp_path, room, kind
):
    before = counted.look(lambda m: m.result.record["participation"][0])
    path = doubt(counted, f"1栋1单元{room}", kind)
    step(counted.site.logged_in("street"), path, "exclude", "经核实是他人冒投")
    step(counted.site.logged_in("convenor"), counted.path, "recount", "按更正重新计票")
    counted.site.drain()
    state = counted.look(lambda m: (m.workflow_state, m.count_failure, len(m.results)))
    assert state == ("counted", None, 2)
    assert counted.look(lambda m: m.result.record["participation"][0]) == before - 1
    for level in ("P0", "P2"):
        data = packed(counted, level)
        report = verify(data)
        assert report.ok, report.text()
        outcome, code = second(tmp_path, data)
        assert (set(outcome.values()), code) == ({"ok"}, 0)
