"""A house verified after its owner voted joins the earlier ballot, only while voting is open."""

import json
from dataclasses import replace

import pytest

from content_types.meeting import joined_units, late_units
from content_types.meeting.packages import package
from content_types.meeting.turnout import voted_units
from portal.evidence import joins
from portal.evidence.canonical import EvidenceError, canonical, canonical_value
from portal.evidence.recount import recount
from portal.evidence.verify import verify
from portal.rules.errors import RuleError
from tests.functional.assembly import CLOSES, OPENS, Assembly, at, meeting_of
from tests.functional.secrecy.steps import faults
from tests.unit.evidence.sample import reseal, unpack
from tests.unit.evidence.test_second_verifier import second

MOTIONS = (
    {"title": "续聘物业服务企业", "matter": "service_company"},
    {"title": "调整物业服务费", "matter": "service_company"},
)
VOTERS = ("anna", "bo", "eve", "gao")
# dora owns 201 with 100 m² and 202 with 50 m².
FIRST, LATER = 10_000, 5000


class LateVote(Assembly):
    """A vote by Beijing's guide in which dora has verified one of her two houses only."""

    def __init__(self, site, moved_clock, profile="beijing-2019"):
        super().__init__(site, moved_clock, profile, MOTIONS)
        site.run(lambda request: self.unit(request, "202").unbind(self.ids["dora"]))
        self.open()

    def bind_later(self):
        self.site.run(lambda request: self.bind(request, "dora", ("202",)))

    def tick(self):
        self.clock.forward(seconds=40)
        self.site.drain()

    def right(self):
        return self.site.run(self._right)

    def _right(self, request):
        return meeting_of(request).ballot_box.roll.right_of(self.unit(request, "202").code)

    def area(self):
        return self.look(lambda m: m.ballot_box.turnout.area)

    def record(self):
        return self.look(lambda m: m.result.record)

    def packages(self):
        def make(request):
            levels = ("P0", "P1", "P2")
            return [package(meeting_of(request), one, request.registry) for one in levels]

        return self.site.run(make)


@pytest.fixture
def voting(open_site, moved_clock):
    return LateVote(open_site, moved_clock)


@pytest.mark.clause("BJ-OQ13.3", "BJ-OQ13.2")
def test_house_verified_after_voting_joins_the_ballot_of_its_owner_without_a_new_one(voting):
    dora = voting.site.logged_in("dora")
    page = dora.get(voting.path + "vote")
    assert "投票截止前完成认证的，自动并入这张选票" in page.text
    key = voting.cast("dora", m1=["for"], m2=["against"])
    voting.tick()
    voucher = dora.get(f"{voting.path}voucher/{key}.json").body
    leaf = voting.look(lambda m: m.ballot_box.leaf(m.ballot_box.slots[key]))
    assert voting.area() == FIRST
    assert "已自动并入" not in dora.get(f"{voting.path}voucher/{key}").text
    voting.clock.forward(days=1)
    voting.bind_later()
    voting.tick()
    dora = voting.site.logged_in("dora")
    # The area is added; head, ballot, leaf and voucher are the same.
    assert voting.area() == FIRST + LATER
    assert voting.look(lambda m: m.ballot_box.turnout.ballots) == 1
    assert voting.look(lambda m: m.ballot_box.leaf(m.ballot_box.slots[key])) == leaf
    assert (
        json.loads(dora.get(f"{voting.path}voucher/{key}.json").body)["leaf"]
        == (json.loads(voucher)["leaf"])
    )
    shown = dora.get(f"{voting.path}voucher/{key}").text
    assert "投票后认证、已自动并入" in shown
    assert "202" in shown
    assert "已自动并入业主" in dora.get("/messages").text
    assert voting.right().units[1] in voting.look(voted_units)
    # Nothing is left to join, and nobody can vote with it again.
    size = voting.look(lambda m: len(m.ballot_box.log))
    voting.tick()
    assert voting.look(lambda m: len(m.ballot_box.log)) == size
    with pytest.raises(RuleError, match=r"refusal\.already_voted"):
        voting.cast("dora", m1=["against"])
    assert voting.site.run(faults) == set()


@pytest.mark.clause("BJ-OQ13.3", "EV-8.4.1", "EV-8.1.3")
def test_joined_house_is_counted_and_recounted_and_passes_both_verifiers(voting, tmp_path):
    voting.cast("dora", m1=["for"], m2=["against"])
    voting.tick()
    voting.bind_later()
    voting.tick()
    for name in VOTERS:
        voting.cast(name, m1=["for"], m2=["for"])
    voting.close()
    assert voting.look(lambda m: (m.workflow_state, m.count_failure)) == ("counted", None)
    record = voting.record()
    assert record["participation"] == [5, 8000 + 9000 + FIRST + LATER + 6000 + 4000 + 3000]
    against = record["motions"][1]["options"][1]
    assert (against["option"], against["votes"]) == ("against", [1, FIRST + LATER])
    for level, data in zip(("P0", "P1", "P2"), voting.packages(), strict=True):
        report = verify(data)
        assert (report.ok, report.level) == (True, level)
        outcome, code = second(tmp_path, data)
        passed = {check["name"] for check in report.checks if check["status"] == "ok"}
        assert (set(outcome.values()), code, set(outcome)) == ({"ok"}, 0, passed)
    assert recount(data) == record
    files, unit = unpack(data), voting.right().units[1]
    assert any(name.endswith("-joined-units.json") for name in files)
    table = [json.loads(line) for line in files["units.jsonl"].splitlines()]
    row = next(one for one in table if one["unit"] == unit)
    assert row["choices"]["2026-002"] == ["against"]
    # Neither the public package nor the leaf names unit or ballot.
    public = b"".join(unpack(voting.packages()[0]).values())
    assert unit.encode() not in public
    assert voting.site.run(faults) == set()


@pytest.mark.clause("BJ-OQ13.3", "EV-8.4.1")
@pytest.mark.parametrize(
    "change", ["other_unit", "late", "other_ballot", "lost", "doubled", "other_rules"]
)
def test_package_with_a_changed_join_fails_in_both_verifiers(voting, tmp_path, change):
    voting.cast("dora", m1=["for"])
    voting.tick()
    voting.bind_later()
    voting.cast("anna", m1=["against"])
    voting.tick()
    voting.close()
    files = unpack(voting.packages()[2])
    (line,) = files["ballots/joins.jsonl"].splitlines()
    opened = json.loads(line)
    if change == "other_unit":
        opened["units"] = [voting.right().units[0]]
    elif change == "late":
        opened["at"] += 100 * 24 * 3600 * 1000
    elif change == "other_ballot":
        opened["ballot"] += 1
    files["ballots/joins.jsonl"] = canonical(opened) + b"\n"
    if change == "lost":
        del files["ballots/joins.jsonl"]
    elif change == "doubled":
        files["ballots/joins.jsonl"] = line + b"\n" + line + b"\n"
    elif change == "other_rules":
        rules = json.loads(files["profile.json"])
        rules["multi_unit"]["value"] = "one_ballot_one_head"
        files["profile.json"] = canonical_value(rules)
    data = reseal(files)
    failed = {row["name"] for row in verify(data).failures}
    assert "openings" in failed
    outcome, code = second(tmp_path, data)
    assert outcome["openings"] != "ok"
    assert code == 1


@pytest.mark.clause("BJ-OQ13.3")
@pytest.mark.parametrize(("seconds", "joins_it"), [(-5, True), (5, False)])
def test_house_joins_until_the_end_of_the_vote_and_not_after_it(voting, seconds, joins_it):
    voting.cast("dora", m1=["for"])
    voting.tick()
    closes = at(CLOSES)
    # The clock of the site looks again only after the end.
    voting.clock.to(closes)
    voting.clock.forward(seconds=seconds)
    voting.bind_later()
    voting.clock.forward(seconds=30)
    voting.site.drain()
    assert voting.look(lambda m: (m.workflow_state, m.count_failure)) == ("counted", None)
    assert voting.record()["participation"] == [1, FIRST + (LATER if joins_it else 0)]
    assert voting.site.run(faults) == set()


@pytest.mark.clause("C-5", "SZ-22.2")
@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ("shenzhen-draft-2019", "不计入这次投票"),
        ("generic", "请先完成绑定再投票"),
    ],
)
def test_elsewhere_nothing_joins_and_the_ballot_says_what_becomes_of_the_house(
    open_site, moved_clock, profile, text
):
    rules = open_site.registry.profiles["generic"]
    # What the notary needs is proved elsewhere.
    rules = replace(rules, roster_to_notary=replace(rules.roster_to_notary, value=False))
    open_site.registry.profiles = {**open_site.registry.profiles, "generic": rules}
    voting = LateVote(open_site, moved_clock, profile)
    assert text in open_site.logged_in("dora").get(voting.path + "vote").text
    voting.cast("dora", m1=["for"])
    voting.tick()
    voting.bind_later()
    voting.tick()
    assert voting.area() == FIRST


@pytest.mark.clause("BJ-OQ13.3")
def test_check_finds_a_join_that_was_changed_and_the_count_stops(voting):
    key = voting.cast("dora", m1=["for"])
    voting.tick()
    voting.bind_later()
    voting.tick()

    def change(request):
        slot = meeting_of(request).ballot_box.slots[key]
        (one,) = slot.joins
        slot.joins = (one._replace(units=(voting.right().units[0],)),)

    voting.site.run(change)
    assert any("joined" in text for _, text in voting.site.run(faults))
    voting.close()
    assert "joined" in voting.look(lambda m: m.count_failure.reason)


@pytest.mark.clause("BJ-OQ13.3")
def test_box_lets_only_units_join_that_a_ballot_left_out(voting):
    key = voting.cast("dora", m1=["for"])
    voting.tick()
    covered = voting.right().units[0]

    def join(request):
        box = meeting_of(request).ballot_box
        joined_units.join(box, key, joins.opening(box.meeting_id, 2, [covered], at(OPENS)))

    with pytest.raises(EvidenceError, match="cannot join"):
        voting.site.run(join)
    assert late_units.JOIN_SECONDS <= 60
