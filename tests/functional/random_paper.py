"""Paper in random procedures: handed out, spoiled, returned, read twice, compared and corrected."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from content_types.meeting.paper import closing, entry, ledger, opening
from content_types.meeting.paper.model import Reading
from portal.errors import USER_ERRORS
from portal.rules.errors import RuleError
from portal.rules.paper import serial as serial_of
from tests.functional.assembly import meeting_of
from tests.functional.paper.steps import PEOPLE as BOX
from tests.functional.paper.steps import SEED, Round

UNITS = {"anna": "101", "bo": "102", "dora": "201", "gao": "501", "eve": "401", "fang": "402"}
# A paper ballot is of the whole right, whatever of it was bound in time (SZ-18).
AREAS = {"anna": 8000, "bo": 9000, "dora": 15_000, "gao": 7000, "eve": 6000, "fang": 11_000}
PRINTED = 12
CHOICES = ("for", "against", "abstain")


@dataclass
class Paper:
    """A ballot as the model knows it; ``choice`` is empty until it is returned."""

    serial: str
    choice: str = ""
    misread: bool = False


class PaperRules(RuleBasedStateMachine):
    """What people do with paper while the vote is open, after its close and after the count."""

    def begin_paper(self):
        """Say what the rules of the place offer; elsewhere the meeting keeps to the phone."""
        self.offered = self.rules.paper_mode.value != "none"
        self.papers, self.used, self.spoiled, self.corrected = {}, 0, 0, 0

    def may_paper(self, login, function):
        """Return whether something was accepted at the desk; a refused act changes nothing."""
        try:
            self.meeting.act(login, function)
        except USER_ERRORS:
            return False
        return True

    def returned(self):
        return {owner: one for owner, one in self.papers.items() if one.choice}

    # -- while the vote is open

    @precondition(lambda self: self.state == "voting" and self.offered and self.used < PRINTED)
    @rule(owner=st.sampled_from(sorted(UNITS)))
    def issue(self, owner):
        open_now = self.is_open()
        if open_now and not self.used and not self.meeting.look(lambda m: m["paper"].printed):
            self.meeting.act("convenor", lambda p, r: ledger.print_ballots(p, r, number=PRINTED))
            self.meeting.appoint()
        serial, unit = serial_of(self.used + 1), self.meeting.code(UNITS[owner])
        free = open_now and owner not in self.papers

        def hand_out(**more):
            return self.may_paper("convenor", lambda p, r: ledger.issue(p, serial, unit, r, **more))

        # Who voted electronically is warned first; then the profile decides (SZ-22.2).
        accepted = hand_out()
        assert accepted == (free and owner not in self.ballots)
        if not accepted:
            assert hand_out(although_voted=True) == free
        if free:
            self.used += 1
            self.papers[owner] = Paper(serial)

    @precondition(lambda self: self.papers and self.state == "voting")
    @rule(data=st.data())
    def spoil(self, data):
        owner = data.draw(st.sampled_from(sorted(self.papers)))
        one = self.papers[owner]
        done = self.may_paper("convenor", lambda p, r: ledger.spoil(p, one.serial, r, note="x"))
        assert done == (self.is_open() and not one.choice)
        if done:
            del self.papers[owner]
            self.spoiled += 1

    @precondition(lambda self: self.papers and self.state == "voting")
    @rule(data=st.data(), choice=st.sampled_from(CHOICES), misread=st.booleans())
    def hand_back(self, data, choice, misread):
        one = self.papers[data.draw(st.sampled_from(sorted(self.papers)))]
        done = self.may_paper("convenor", lambda p, r: ledger.take_back(p, one.serial, r))
        assert done == (self.is_open() and not one.choice)
        if done:
            one.choice, one.misread = choice, misread

    # -- after the close

    def count_paper(self):
        """Open the box, read every ballot twice, let the sums agree and compare the sample."""
        if not self.used:
            return
        assert self.meeting.look(lambda m: (m.workflow_state, len(m.results))) == ("counting", 0)
        site, found = self.site, self.returned()
        street = site.run(lambda r: r.site.accounts.find(r.vault, "street").id)
        self.meeting.act(
            "convenor", lambda p, r: opening.set_session(p, "会所", self.closes, street, r)
        )
        for place, login in enumerate(BOX):
            assert self.meeting.look(lambda m: m["paper"].opened_at) is None, place
            self.meeting.confirm(login)
        for one in found.values():
            self.read(one)
        self.meeting.act("monitor", ledger.declare_unreturned)
        stock = PRINTED - self.used
        wrong = closing.HandCount(len(found) + 1, 0, stock, self.spoiled)
        assert not self.may_paper("monitor", lambda p, r: closing.finish_entry(p, wrong, r))
        hand = closing.HandCount(len(found), 0, stock, self.spoiled)
        self.meeting.act("monitor", lambda p, r: closing.finish_entry(p, hand, r))
        if found:
            self.meeting.act("monitor", lambda p, r: closing.draw(p, SEED, r))
            drawn = self.meeting.look(lambda m: [s.serial for s in closing.drawn(m["paper"])])
            choices = {one.serial: one.choice for one in found.values()}
            for serial in drawn:
                assert self.meeting.compare(serial, marks(choices[serial]))

    def read(self, one):
        """Enter a ballot by two persons; what they read differently a third decides."""
        self.meeting.enter("caller", one.serial, marks(one.choice))
        second = one.choice
        if one.misread:
            second = CHOICES[(CHOICES.index(one.choice) + 1) % len(CHOICES)]
        self.meeting.enter("counter", one.serial, marks(second))
        if one.misread:
            assert self.meeting.numbers().disputed == 1
            decided = Reading(marks(one.choice))
            self.meeting.act("monitor", lambda p, r: entry.resolve(p, one.serial, decided, "x", r))

    # -- after the count

    @precondition(lambda self: self.state in ("counted", "published") and self.returned())
    @rule(data=st.data(), choice=st.sampled_from(CHOICES))
    def correct_paper(self, data, choice):
        one = self.papers[data.draw(st.sampled_from(sorted(self.returned())))]
        reading = Reading(marks(choice))
        # Who read it before does not correct it.
        for login, allowed in (("caller", False), ("monitor", True)):
            done = self.may_paper(
                login, lambda p, r: closing.correct(p, p.sheets[one.serial], reading, "x", r)
            )
            assert done == allowed
        one.choice, self.waiting = choice, True
        self.corrected += 1

    def counted_ballots(self):
        """Return choice and area of every ballot that counts, and how many do not."""
        valid, left_out = [], self.corrected
        for owner in UNITS:
            phone, paper = self.ballots.get(owner), self.returned().get(owner)
            # Electronic wins wherever there is paper (C-3, SZ-22.2).
            left_out += bool(phone and paper)
            if owner in self.excluded:
                left_out += 1
            elif phone:
                valid.append(phone)
            elif paper:
                valid.append((paper.choice, AREAS[owner]))
        return valid, left_out


def marks(choice):
    return {"2026-001": (choice,)}


def paper_assembly(site, moved_clock, profile_id, motions):
    """Make the meeting; where no paper is offered, a meeting that wants it is refused."""
    meeting = Round(site, moved_clock, profile_id, motions)
    rules = site.registry.profiles[profile_id]
    if rules.paper_mode.value == "none":
        with pytest.raises(RuleError) as refused:
            meeting.step("submit")
        assert refused.value.message_id == rules.refusals["paper_not_offered"].message
        site.run(lambda request: setattr(meeting_of(request), "method", "electronic"))
    return meeting
