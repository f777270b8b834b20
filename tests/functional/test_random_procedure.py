"""Random procedures against a small model, for the rules of each place.

People bind, choose a representative, appoint and withdraw a proxy, vote, take and return paper,
extend, suspend, object, complain, doubt, correct and count again in any order while the clock goes
on; the model says after each act what must be so.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RULE_MARKER,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from content_types.acting import choosing
from content_types.meeting import casting, extending
from content_types.meeting.checking import fault_of
from content_types.proxy_appointment import appointing
from portal import clock, workflow
from portal.errors import USER_ERRORS
from tests.functional.acting_world import PHONES, document_of, introduce
from tests.functional.assembly import AREA, CLOSES, HEADS, MOTIONS, OPENS, at, meeting_of
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from tests.functional.random_disputes import OWNERS, DisputeRules
from tests.functional.random_paper import PaperRules, paper_assembly

PEOPLE = [person for people, _, _ in OWNERS.values() for person in people]
CHOICES = ("for", "against", "abstain")
BEAT = timedelta(seconds=30)  # the clock closes votes every few seconds
OPEN = {"yitang.limits": "off"}
MOST = 3  # extensions, so that a vote comes to its end
PROFILES = ("generic", "shenzhen-draft-2019", "beijing-2019")


class Procedure(DisputeRules, PaperRules):
    """One meeting from the opening of its vote to its archive."""

    profile_id = ""
    folder = None
    number = 0

    @initialize(first=st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(CHOICES))))
    def begin(self, first):
        Procedure.number += 1
        self.clock = MovedClock(START)
        clock.set_clock(self.clock)
        self.site = SiteUnderTest(self.folder.mktemp(f"procedure-{Procedure.number}"), **OPEN)
        self.rules = self.site.registry.profiles[self.profile_id]
        self.meeting = paper_assembly(self.site, self.clock, self.profile_id, MOTIONS[:1]).notice()
        self.begin_paper()
        self.meeting.give_roster()
        self.meeting.until(OPENS)
        self.late_counts = self.rules.late_binding.value == "allowed"
        self.state, self.closes, self.extended = "voting", at(CLOSES), 0
        self.ballots, self.excluded, self.digests = {}, set(), []
        self.representative, self.fang_bound = None, False
        introduce(self.meeting, "dora", "sun")
        self.appointment, self.by_proxy = "", False
        self.open_cases, self.open_disputes, self.waiting = {}, [], False
        for person, choice in first:
            self.cast(person, choice)

    def teardown(self):
        if hasattr(self, "site"):
            fault = self.site.run(lambda request: fault_of(meeting_of(request)))
            self.site.close()
            clock.set_clock(None)
            event(f"{len(self.returned())} on paper, {self.corrected} corrected")
            event(f"{self.state} after {len(self.digests)} counts and {self.extended} extensions")
            assert fault == ""

    # -- helpers

    def act(self, function):
        """Return whether an act was accepted; a refused one changes nothing."""
        try:
            self.site.run(function)
        except USER_ERRORS:
            return False
        return True

    def take(self, name, item=meeting_of):
        return self.act(
            lambda request: workflow.transition(item(request), name, request, "x", system=True)
        )

    def child(self, name):
        return lambda request: meeting_of(request)[name]

    def area(self, owner):
        """Return the area that would be counted for an owner, 0 for one who may not vote."""
        _, early, late = OWNERS[owner]
        if owner == "fang":
            return 11_000 if self.fang_bound and self.late_counts else 0
        return early + (late if self.late_counts else 0)

    def is_open(self):
        return self.state == "voting" and self.clock.instant < self.closes

    # -- while the vote is open

    @rule(person=st.sampled_from(PEOPLE), choice=st.sampled_from(CHOICES))
    def vote(self, person, choice):
        self.cast(person, choice)

    def cast(self, person, choice):
        owner = next(name for name, (people, *_) in OWNERS.items() if person in people)
        chosen = self.representative
        expected = (
            self.is_open()
            and owner not in self.ballots
            and self.area(owner) > 0
            and not (owner == "bo" and chosen and person != chosen)
        )
        try:
            self.meeting.cast(person, m1=(choice,))
        except USER_ERRORS:
            assert not expected, (person, choice)
        else:
            assert expected, (person, choice)
            self.ballots[owner] = (choice, self.area(owner))

    @precondition(lambda self: self.is_open() and not self.fang_bound)
    @rule()
    def bind(self):
        self.clock.forward(seconds=1)
        self.site.run(lambda request: self.meeting.bind(request, "fang", ("402",)))
        self.clock.forward(seconds=1)
        self.fang_bound = True

    @precondition(lambda self: self.is_open() and self.representative is None)
    @rule(person=st.sampled_from(("bo", "chen")))
    def represent(self, person):
        def choose(request):
            register = meeting_of(request).community["owners"]
            unit = self.meeting.unit(request, "102")
            token = self.meeting.token(request, person)
            accounts = request.site.accounts
            request.account = accounts[self.meeting.ids["bo"]]
            item = choosing.propose(register, unit, token, request)
            request.account = accounts[self.meeting.ids["chen"]]
            choosing.agree(item, request)

        offered = self.rules.coowner_rule.value == "representative_then_first"
        assert self.act(choose) == (offered and "bo" not in self.ballots)
        if offered and "bo" not in self.ballots:
            self.representative = person
            self.clock.forward(seconds=1)

    @precondition(lambda self: self.state == "voting" and not self.appointment)
    @rule()
    def delegate(self):
        values = {"phone": PHONES["sun"], "name": "业主sun", "id_kind": "passport", "powers": "x"}
        values |= {"id_number": document_of("sun"), "matters": frozenset(), "until": at(CLOSES)}
        names = []

        def appoint(request):
            request.account = request.site.accounts[self.meeting.ids["dora"]]
            request.account_id = request.account.id
            names.append(appointing.appoint(meeting_of(request), request, values).__name__)

        in_time = self.is_open() and self.clock.instant < values["until"]
        expected = self.rules.proxy.value.allowed and in_time and "dora" not in self.ballots
        assert self.act(appoint) == expected
        if expected:
            self.clock.forward(seconds=1)
            assert self.take("accept", self.child(names[-1]))
            self.appointment = names[-1]

    @precondition(lambda self: self.appointment)
    @rule()
    def revoke(self):
        self.clock.forward(seconds=1)
        assert self.take("cancel", self.child(self.appointment)) != self.by_proxy
        if not self.by_proxy:
            self.appointment = ""

    @precondition(lambda self: self.appointment)
    @rule(choice=st.sampled_from(CHOICES))
    def vote_by_proxy(self, choice):
        def cast(request):
            meeting, marks = meeting_of(request), {"2026-001": (choice,)}
            key = meeting.ballot_box.roll.key_of["b1/1-201"]
            casting.cast(meeting, key, marks, request, account_id=self.meeting.ids["sun"])

        in_time = self.is_open() and self.clock.instant < at(CLOSES)
        expected = in_time and "dora" not in self.ballots
        assert self.act(cast) == expected
        if expected:
            self.ballots["dora"], self.by_proxy = (choice, self.area("dora")), True

    @precondition(lambda self: self.state in ("voting", "counted") and self.extended < MOST)
    @rule(days=st.integers(1, 4), consent=st.booleans())
    def extend(self, days, consent):
        rule_ = self.rules.extension.value
        values = {"text": "x"}
        if rule_.causes:
            values["cause"] = "accident"
        if rule_.days is None:
            values["new_end"] = self.closes + timedelta(days=days)
        used_up = rule_.max_count is not None and self.extended >= rule_.max_count
        expected = self.is_open() and rule_.allowed and not used_up
        names = []

        def ask(request):
            names.append(extending.ask(meeting_of(request), request, values).__name__)

        assert self.act(ask) == expected
        if not expected:
            return
        if rule_.approval:
            assert self.meeting.look(lambda m: m.voting_closes_at) == self.closes
            assert self.take("grant" if consent else "refuse", self.child(names[-1]))
        if consent or not rule_.approval:
            self.closes += timedelta(days=rule_.days or days)
            self.extended += 1

    @precondition(lambda self: len(self.ballots) > 3)
    @rule()
    def suspend(self):
        allowed = self.is_open() and self.rules.amend.value == "suspend_relaunch"
        assert self.take("suspend") == allowed
        if allowed:
            self.state = "suspended"

    @precondition(lambda self: self.state != "archived")
    @rule(hours=st.integers(12, 150))
    def wait(self, hours):
        self.clock.forward(hours=hours)
        self.site.drain()
        if self.state == "voting" and not self.is_open():
            self.counted()

    @precondition(lambda self: self.is_open())
    @rule(late=st.booleans())
    def reach_the_end(self, late):
        end = self.closes if late else self.closes - 2 * BEAT
        self.clock.to(max(end, self.clock.instant + BEAT))
        self.site.drain()
        if not self.is_open():
            self.counted()

    def counted(self):
        """Compare the newest result with the ballots of the model."""
        if not self.digests:
            self.count_paper()
            self.site.drain()
        self.state, self.waiting = "counted", False
        record, digest = self.meeting.look(lambda m: (m.result.record, m.result.digest))
        self.digests.append(digest)
        valid, left_out = self.counted_ballots()
        assert record["version"] == len(self.digests)
        assert record["totals"] == [HEADS, AREA]
        assert record["participation"] == [len(valid), sum(area for _, area in valid)]
        assert len(record["excluded"]) == left_out
        votes = {row["option"]: row["votes"] for row in record["motions"][0]["options"]}
        for choice in CHOICES:
            areas = [area for one, area in valid if one == choice]
            assert votes[choice] == [len(areas), sum(areas)]

    # -- always

    @invariant()
    def meeting_is_where_the_model_says(self):
        if not hasattr(self, "site"):
            return
        state, closes, digests = self.meeting.look(
            lambda m: (m.workflow_state, m.voting_closes_at, [one.digest for one in m.results])
        )
        if self.state == "counted" and state == "published":
            # The clock publishes what is due, where no street office has to see it first.
            assert self.rules.result_review.value.mode == "none"
            assert self.rules.result_times.publish_working_days
            held = self.open_cases or self.waiting
            assert not held
            self.state = "published"
        if self.state == "published" and state == "archived":
            # The clock archives by itself as soon as nothing holds it.
            held = self.open_disputes or self.open_cases or self.waiting
            assert not held
            self.state = "archived"
        assert state == self.state
        assert closes == self.closes
        assert digests == self.digests

    @invariant()
    def box_holds_exactly_the_ballots_that_were_accepted(self):
        if hasattr(self, "site"):
            cast = self.meeting.look(
                lambda m: sum(slot.is_cast for slot in m.ballot_box.slots.values())
            )
            assert cast == len(self.ballots)


@pytest.mark.clause("EV-6.4.3", "EV-8.1.4", "EV-8.6.3", "SZ-27")
@pytest.mark.parametrize("profile", PROFILES)
def test_random_procedure_agrees_with_the_model(profile, tmp_path_factory):
    machine = type("Machine", (Procedure,), {"profile_id": profile, "folder": tmp_path_factory})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=4,
            stateful_step_count=40,
            deadline=None,
            # Each act takes a transaction, so a failure is told as it was found.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_random_procedure_plays_every_act_the_model_knows():
    """A verb that nobody plays any more would prove nothing."""
    played = {name for name in dir(Procedure) if hasattr(getattr(Procedure, name), RULE_MARKER)}
    named = {"bind", "represent", "delegate", "revoke", "vote", "extend", "suspend", "recount"}
    named |= {"reach_the_end", "dispute", "issue", "spoil", "hand_back", "correct_paper"}
    assert named <= played
